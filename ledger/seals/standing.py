"""How the ledger stands: its newest seals, the keys that signed them, what waits to be sealed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from ledger.models import Event, Seal, SigningKey
from ledger.seals import PURPOSE, SEALED

SHOWN = 25


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Events that no seal covers yet; what tells of seals alone is not counted."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some seals, newest first; `older` is the number before which the next page begins, or 0."""

    seals: list[Seal]
    older: int


def page(*, before: int = 0) -> Page:
    """The newest seals, or those before a number. One statement."""
    rows = Seal.objects.defer("heads").order_by("-number")
    rows = rows.filter(number__lt=before) if before else rows
    found = list(rows[: SHOWN + 1])
    return Page(found[:SHOWN], found[SHOWN - 1].number if len(found) > SHOWN else 0)


def unsealed() -> Unsealed:
    """What the next seal will cover. Two statements."""
    first = waiting_since()
    return Unsealed(_unsealed().count() if first else 0, first)


def keys() -> list[SigningKey]:
    """Every key that signs or signed seals, newest first."""
    rows = SigningKey.objects.filter(purpose=PURPOSE)
    return list(rows.defer("sealed_private").order_by("-created_at", "-pk"))


def events_of(*, first: int, last: int) -> int:
    """How many events these seals cover."""
    rows = Seal.objects.filter(number__gte=first, number__lte=last)
    return rows.aggregate(events=Sum("count"))["events"] or 0


def newest_at() -> datetime | None:
    """When the newest seal was made."""
    return Seal.objects.order_by("-number").values_list("sealed_at", flat=True).first()


def waiting_since() -> datetime | None:
    """When the first event happened that no seal covers."""
    return _unsealed().order_by("pk").values_list("at", flat=True).first()


def _unsealed() -> QuerySet[Event]:
    last = Seal.objects.order_by("-number").values("last_id")[:1]
    after = Coalesce(Subquery(last), 0)
    return Event.objects.filter(pk__gt=after).exclude(verb=SEALED)
