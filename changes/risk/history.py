"""How changes went before, and what so few of them can tell. Pure.

# Note [Few changes prove little]
Two failures of three are no 67 %. A rate counts as if ten more changes had been seen that went as
is usual in the organisation: the mean of a beta distribution with that prior (Gelman et al.,
*Bayesian Data Analysis*, 3rd ed., ch. 2 and 5). So one failure moves a new service little, and the
fortieth of a hundred speaks for itself. The organisation's own rate is drawn in the same way to one
in ten, the order of the change fail rates that DORA's reports find.
"""

from dataclasses import dataclass
from math import sqrt

AS_IF_SEEN = 10
USUAL_FAILED = 0.10
USUAL_FOLLOWED = 0.02
ORGANISATION_AS_IF_SEEN = 20
_Z = 1.96  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Record:
    """How many changes closed in a year, how many of them failed or were rolled back, and how many
    were followed within a day by a SEV-1 or SEV-2 on their service."""

    closed: int = 0
    failed: int = 0
    followed: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """The records a change is held against; a change without a template has none of one."""

    organisation: Record = Record()
    service: Record = Record()
    template: Record | None = None
    category: Record = Record()


@dataclass(frozen=True, slots=True)
class Shrunk:
    """So many of so many, and the share from 0 to 1 that they are counted as."""

    some: int
    of: int
    share: float

    @property
    def percent(self) -> int:
        return round(self.share * 100)

    @property
    def is_few(self) -> bool:
        """Whether what is usual weighs as much as what was seen."""
        return self.of <= AS_IF_SEEN


def counted(some: int, of: int, *, usual: float, as_if_seen: int = AS_IF_SEEN) -> Shrunk:
    """The share that `some` of `of` counts as, drawn to the `usual` one.

    See Note [Few changes prove little].
    """
    return Shrunk(some, of, (some + usual * as_if_seen) / (of + as_if_seen))


def failures(record: Record, *, organisation: Record) -> Shrunk:
    """The share of changes that failed or were rolled back."""
    return counted(record.failed, record.closed, usual=usual_failures(organisation).share)


def followers(record: Record, *, organisation: Record) -> Shrunk:
    """The share of changes that a SEV-1 or SEV-2 on their service followed within a day."""
    usual = counted(
        organisation.followed,
        organisation.closed,
        usual=USUAL_FOLLOWED,
        as_if_seen=ORGANISATION_AS_IF_SEEN,
    )
    return counted(record.followed, record.closed, usual=usual.share)


def usual_failures(organisation: Record) -> Shrunk:
    """What is usual in the organisation."""
    return counted(
        organisation.failed,
        organisation.closed,
        usual=USUAL_FAILED,
        as_if_seen=ORGANISATION_AS_IF_SEEN,
    )


def interval(some: int, of: int) -> tuple[float, float]:
    """The bounds, from 0 to 1, between which the true share lies 19 times in 20.

    Source: E. B. Wilson (1927), *Probable Inference*; it holds for small counts too.
    """
    if not of:
        return 0.0, 1.0
    share, square = some / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, middle - half), min(1.0, middle + half)
