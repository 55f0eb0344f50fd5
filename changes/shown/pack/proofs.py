"""What can be computed again from a pack alone: digests of plans, events and rows. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from changes.models import PlanVersion
from changes.queries.packs import Pack
from changes.queries.plans import plan_digest
from changes.queries.rows import (
    WORDS,
    Beside,
    override_digest,
    ref_beside,
    row_digest,
    vote_digest,
    vote_ref,
)
from changes.shown.pack.sealed import wrong
from ledger import rows
from ledger.chains import START, link_digest
from ledger.models import Event
from ledger.timeline import content_digest

KINDS = frozenset({"vote", "override", *WORDS.values()})


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing computed again: `holds` is false where `faults` names what differs."""

    what: str
    count: int
    faults: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.faults


def proofs(pack: Pack) -> list[Proof]:
    """Plans, events and rows against their digests, as the ledger holds them."""
    own = [event for event in pack.events if event.subject == pack.change.ref]
    own.sort(key=lambda event: event.position)
    now = _digests_now(pack)
    return [
        Proof(
            "Each version of the plan has the digest it is known by",
            len(pack.versions),
            tuple(_wrong_plans(pack.versions, of=pack.change.plan_digest)),
        ),
        Proof(
            "Each event says what was recorded and follows the one before it",
            len(pack.events),
            tuple(_wrong_events(pack.events, own=own)),
        ),
        Proof(
            "Each row reads as the ledger last recorded it",
            len(now),
            tuple(_wrong_rows(now, own, of=pack.change.ref)),
        ),
        Proof(
            "Each sealed event leads to the signed root of its seal",
            len(pack.sealed),
            tuple(wrong(pack)),
        ),
    ]


def _wrong_plans(versions: list[PlanVersion], *, of: str) -> Iterator[str]:
    for version in versions:
        if plan_digest(version.fields) != version.digest:
            yield f"version {version.version} of the plan does not have the digest it is kept with"
    if not versions or versions[-1].digest != of:
        yield "the change names another plan than the last version that is kept"


def _wrong_events(events: Iterable[Event], *, own: list[Event]) -> Iterator[str]:
    for event in events:
        link = link_digest(
            subject=event.subject,
            position=event.position,
            previous=event.previous_digest,
            content=event.content_digest,
        )
        if event.content_digest != _content(event) or event.digest != link:
            yield f"{event.subject} event {event.position} ({event.verb}) was changed"
    before, digest = 0, START
    for event in own:
        if event.position != before + 1 or event.previous_digest != digest:
            yield f"{event.subject} event {event.position} does not follow event {before}"
        before, digest = event.position, event.digest


def _content(event: Event) -> str:
    return content_digest(
        subject=event.subject,
        about=event.about,
        verb=event.verb,
        actor=event.actor,
        at=event.at,
        data=event.data,
    )


def _digests_now(pack: Pack) -> dict[str, str]:
    """The digest of every row the ledger knows of, as it reads today."""
    beside: list[Beside] = [
        *pack.versions,
        *pack.requirements,
        *pack.tasks,
        *pack.checks,
        *pack.deployments,
        *pack.steps,
    ]
    return {
        pack.change.ref: row_digest(pack.change),
        **{vote_ref(vote): vote_digest(vote) for vote in pack.votes},
        **{ref_beside(row): rows.digest(row) for row in beside},
        **{row.row_ref: override_digest(row) for row in pack.overrides},
    }


def _wrong_rows(now: dict[str, str], own: list[Event], *, of: str) -> Iterator[str]:
    recorded: dict[str, str | None] = {}
    for event in own:
        recorded.update(event.data.get("rows") or {})
        if "row_digest" in event.data:
            recorded[event.subject] = event.data["row_digest"]
    for ref, digest in now.items():
        if ref not in recorded:
            yield f"the ledger never heard of {ref}"
        elif recorded[ref] != digest:
            yield f"{ref} was changed in the database behind the ledger"
    for ref, told in recorded.items():
        known = ref == of or ref.removeprefix(f"{of} ").partition(" ")[0] in KINDS
        if told is not None and ref not in now and known:
            yield f"{ref} is gone from the database"
