"""Rules about overriding a freeze: who may ask for it, confirm it, withdraw it and review it. Pure.

# Note [Two people open a freeze]
One person of the freeze's group asks, with a reason and an end; a second one confirms, who has not
written, revised or implemented the change. Until then nothing is open. Whoever reviews it
afterwards is a third. A freeze is opened by its own group alone, and by none where it says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from changes.policies.facts import OverdueReview
from changes.policies.reasons import listed, moment
from changes.windows import Interval
from ledger.decision import Decision, Reason, in_order

LONGEST = timedelta(hours=72)
AHEAD = timedelta(days=60)
NOBODY = "nobody"
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Asker:
    """Who says something of an override; `roles` are the groups held, a superuser holds all."""

    username: str
    roles: frozenset[str] = frozenset()
    is_superuser: bool = False
    is_active: bool = True
    is_robot: bool = False
    is_auditor: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """An override as the rules look at it; `ref` is "" before it is asked for.

    `roles` are the groups of the freezes it opens, all of which a person must hold. `involved`
    wrote, revised or implement the change. `overdue` are overrides of the service that should have
    been reviewed by now. `may_review` are groups whose people review overrides besides `roles`.
    """

    ref: str
    place: str
    roles: frozenset[str]
    period: Interval
    involved: frozenset[str] = frozenset()
    requested_by: str = ""
    confirmed_by: str = ""
    withdrawn_at: datetime | None = None
    reviewed_by: str = ""
    overdue: tuple[OverdueReview, ...] = ()
    may_review: frozenset[str] = frozenset()

    @property
    def ends_at(self) -> datetime:
        """When it ends, or has been withdrawn."""
        return min(self.period.ends_at, self.withdrawn_at or self.period.ends_at)


class Standing(StrEnum):
    """How far an override has come."""

    WAITING = "waiting"
    LAPSED = "lapsed"
    AGREED = "agreed"
    OPEN = "open"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


STANDING_WORDS = {
    Standing.WAITING: "Waits for a second person",
    Standing.LAPSED: "Never confirmed",
    Standing.AGREED: "Confirmed, not begun",
    Standing.OPEN: "Open",
    Standing.ENDED: "Ended",
    Standing.WITHDRAWN: "Withdrawn",
}


def standing(case: Case, *, now: datetime) -> Standing:
    """How far it has come at `now`."""
    if case.withdrawn_at is not None:
        return Standing.WITHDRAWN
    over = now >= case.period.ends_at
    if not case.confirmed_by:
        return Standing.LAPSED if over else Standing.WAITING
    if over:
        return Standing.ENDED
    return Standing.OPEN if now >= case.period.starts_at else Standing.AGREED


Rule = Callable[[Case, Asker, datetime], Iterator[Reason]]


def by_a_person(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """Robots never override, nor do auditors, nor accounts that are closed."""
    for wrong, message, remedy in (
        (not asker.is_active, f"{asker.username} is no longer active.", "Ask somebody else."),
        (asker.is_robot, "Robots never override a freeze.", "Ask a person to do it."),
        (
            asker.is_auditor,
            "Auditors read everything and change nothing.",
            "Ask somebody outside the Auditors group.",
        ),
    ):
        if wrong:
            yield Reason("not_permitted", message, remedy, source="people")


def by_its_group(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """Each freeze names the group whose people may override it."""
    if NOBODY in case.roles:
        yield Reason(
            "not_permitted",
            "A freeze it would open cannot be overridden by anybody.",
            "Plan the change outside it, or answer an open incident with an emergency change.",
            source="window",
        )
        return
    lacking = sorted(case.roles - asker.roles)
    if lacking and not asker.is_superuser:
        yield Reason(
            "not_permitted",
            f"Only {listed(lacking)} may override this freeze; {asker.username} is not among them.",
            f"Ask somebody of {listed(lacking)}.",
            source="people",
        )


def by_a_second_person(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """See Note [Two people open a freeze]."""
    parts = [
        word
        for word, holds in (
            (f"asked for {case.ref}", asker.username == case.requested_by),
            (f"wrote, revised or implements {case.place}", asker.username in case.involved),
        )
        if holds
    ]
    if parts:
        yield Reason(
            "self_approval",
            f"{asker.username} {listed(parts)}, so a second person must confirm it.",
            f"Ask somebody else of {listed(sorted(case.roles))}.",
            source="separation of duties",
        )


def by_a_third_person(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """Nobody reviews what they asked for, confirmed, wrote or implemented."""
    if asker.username in (case.requested_by, case.confirmed_by) or asker.username in case.involved:
        yield Reason(
            "self_approval",
            f"{asker.username} had a part in {case.ref}, so somebody else must review it.",
            f"Ask somebody else of {listed(sorted(case.roles | case.may_review))}.",
            source="separation of duties",
        )
    elif not (asker.roles & (case.roles | case.may_review)) and not asker.is_superuser:
        groups = listed(sorted(case.roles | case.may_review))
        yield Reason(
            "not_permitted",
            f"Only {groups} review overrides; {asker.username} is not among them.",
            f"Ask somebody of {groups}.",
            source="people",
        )


def by_a_party(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """Whoever asked for it takes it back, and so does its group: closing is never the risk."""
    if asker.username not in (case.requested_by, case.confirmed_by):
        yield from by_its_group(case, asker, now)


def no_review_is_overdue(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """Nobody opens a freeze again before the last time was looked at."""
    for review in case.overdue:
        yield Reason(
            "review_overdue",
            f"The review of {review.ref} was due {moment(review.due_at)}.",
            f"Ask for the review of {review.ref} first.",
            source=review.ref,
        )


def waits_for_a_second_person(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """It was neither confirmed nor withdrawn, and has not run out."""
    if case.confirmed_by:
        yield _wrong(f"{case.ref} was confirmed by {case.confirmed_by}.", "Nothing is left to do.")
    yield from still_runs(case, asker, now)


def still_runs(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """It was not withdrawn, and has not run out."""
    if case.withdrawn_at is not None:
        yield _wrong(
            f"{case.ref} was withdrawn {moment(case.withdrawn_at)}.", "Ask for a new override."
        )
    elif now >= case.period.ends_at:
        yield _wrong(
            f"{case.ref} expired {moment(case.period.ends_at)}.", "Ask for a new override."
        )


def has_ended_unreviewed(case: Case, asker: Asker, now: datetime) -> Iterator[Reason]:
    """What was confirmed is reviewed once, after it has ended."""
    if not case.confirmed_by:
        yield _wrong(f"{case.ref} was never confirmed.", "Nothing was opened, so nothing is owed.")
    elif case.reviewed_by:
        yield _wrong(f"{case.ref} was reviewed by {case.reviewed_by}.", "Nothing is left to do.")
    elif now < case.ends_at:
        yield _wrong(
            f"{case.ref} runs until {moment(case.ends_at)}.",
            "Review it when it has ended, or withdraw it now.",
        )


RULES: dict[str, tuple[Rule, ...]] = {
    "request": (by_a_person, by_its_group, no_review_is_overdue),
    "confirm": (by_a_person, by_its_group, by_a_second_person, waits_for_a_second_person),
    "withdraw": (by_a_person, by_a_party, still_runs),
    "review": (by_a_person, by_a_third_person, has_ended_unreviewed),
}


def may(verb: str, case: Case, asker: Asker, *, now: datetime) -> Decision:
    """Whether `asker` may say `verb` of an override at `now`, with every objection there is."""
    reasons = [reason for rule in RULES[verb] for reason in rule(case, asker, now)]
    return Decision(verb, in_order(reasons))


def review_due(ends_at: datetime, *, working_days: int, zone: str) -> datetime:
    """So many working days after an instant, at the same local time.

    Saturdays and Sundays are none; `zone` is IANA.
    """
    due = ends_at.astimezone(ZoneInfo(zone))
    while working_days:
        due += timedelta(days=1)
        working_days -= due.weekday() < SATURDAY
    return due.astimezone(ends_at.tzinfo)


def _wrong(message: str, remedy: str) -> Reason:
    return Reason("wrong_state", message, remedy, source="override")
