"""Rules about freezes that were overridden: said with every answer, and reviewed in time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from changes import windows
from changes.policies.facts import Facts, OverrideFacts
from changes.policies.reasons import listed, moment
from changes.states import Kind
from changes.windows import Effect, Level
from ledger.decision import Reason

OVERRIDDEN = "freeze_overridden"


def freezes_are_overridden(facts: Facts, now: datetime) -> Iterator[Reason]:
    """What lets it through although a freeze holds is always said, with who, until when and why."""
    for one in _opening(facts, now):
        names = _opened(one, facts, now)
        if names:
            ends = moment(one.period.ends_at, facts.zone)
            yield Reason(
                OVERRIDDEN,
                f"{listed(f'“{name}”' for name in names)} {'is' if len(names) == 1 else 'are'} "
                f"overridden for {one.place} by {one.requested_by} and {one.confirmed_by} until "
                f"{ends}, because: {one.reason}",
                f"Be done by then; {one.ref} is reviewed by "
                f"{moment(one.review_due_at, facts.zone)}.",
                until=one.period.ends_at,
                source=one.ref,
            )


def overrides_end(facts: Facts, *, now: datetime) -> Iterator[datetime]:
    """When what is opened by an override at `now` is shut again."""
    for one in _opening(facts, now):
        if _opened(one, facts, now):
            yield one.period.ends_at


def overrides_are_reviewed_in_time(facts: Facts, now: datetime) -> Iterator[Reason]:
    """A change does not close while the review of its override is late."""
    for one in facts.overrides:
        if one.place == facts.ref and not one.reviewed and one.review_due_at <= now:
            yield Reason(
                "review_overdue",
                f"The review of {one.ref} was due {moment(one.review_due_at, facts.zone)}.",
                f"Ask a change manager or the CAB to review {one.ref}, neither "
                f"{one.requested_by} nor {one.confirmed_by}.",
                source=one.ref,
            )


def _opening(facts: Facts, now: datetime) -> list[OverrideFacts]:
    if facts.kind is Kind.EMERGENCY:
        return []
    return [one for one in facts.overrides if now in one.period]


def _opened(one: OverrideFacts, facts: Facts, now: datetime) -> list[str]:
    """The names of the freezes that would hold at `now`, were it not for the override."""
    named = [
        replace(window, lifted=())
        for window in facts.windows
        if window.ref in one.windows
        and window.effect is Effect.FREEZE
        and window.level is Level.BLOCK
    ]
    return [held.name for held in windows.in_force(named, now)]
