"""May I deploy, what is in my way, who can unblock it, until when. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from changes import policies, windows
from changes.models import Change
from changes.policies import Facts, filling
from changes.policies.approvals import RETROACTIVE_WITHIN
from changes.policies.facts import ActorFacts
from changes.policies.needs import among
from changes.policies.retrying import begins_anew
from changes.states import State
from changes.windows import Interval
from ledger.decision import Decision, Reason

#: What a single objection is called in a headline; several are counted.
IN_SHORT: Final[dict[str, str]] = {
    "approvals_missing": "Votes are missing.",
    "approvals_stale": "The plan changed after it was approved.",
    "freeze_active": "A freeze holds.",
    "outside_maintenance_window": "No maintenance window is open.",
    "outside_planned_period": "Now is outside its planned period.",
    "on_hold": "It is on hold.",
    "incident_open": "An incident is open.",
    "review_overdue": "What an emergency owes is overdue.",
    "no_rollback_plan": "There is no rollback plan.",
    "template_suspended": "Its template is suspended.",
    "wrong_state": "It is still being planned.",
}
PAST_DEPLOYING: Final = (State.VALIDATING, State.CLOSED, State.CANCELLED)
YES: Final[dict[State, str]] = {
    State.SCHEDULED: "Deploy it now.",
    State.IMPLEMENTING: "It is being implemented.",
    State.VALIDATING: "Its deployment failed: deploy it again, or roll it back.",
}
STEWARDED: Final = frozenset({"on_hold", "no_rollback_plan", "plan_incomplete", "wrong_state"})


@dataclass(frozen=True, slots=True)
class Answer:
    """`decision` is allow, wait, deny, or the state the change has gone past deploying into."""

    decision: str
    word: str
    headline: str
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()
    who: tuple[str, ...] = ()
    until: datetime | None = None
    next_allowed_at: datetime | None = None
    says: str = ""


def answer(
    change: Change, facts: Facts, *, candidates: Mapping[str, Collection[str]], now: datetime
) -> Answer:
    """What the gate would say of this change at `now`, to whoever asks."""
    if facts.state in PAST_DEPLOYING and not begins_anew(facts):
        return _over(change, facts)
    anyone = replace(facts, actor=ActorFacts(username="anyone"))
    decision = policies.may("deploy", anyone, now=now)
    if decision.allowed:
        return Answer(
            "allow",
            "Yes.",
            YES[facts.state],
            warnings=(*_owed(facts), *decision.warnings),
            who=_voters(facts, candidates=candidates) if _owed(facts) else (),
            until=_shuts_at(facts, now=now),
        )
    planning = facts.state is State.PLANNING
    outlook = policies.outlook("deploy", anyone, now=now)
    waits = planning or policies.settles_by_itself(decision, anyone, now=now)
    return Answer(
        "wait" if waits else "deny",
        "Not yet." if waits else "No.",
        _headline(decision.reasons),
        reasons=decision.reasons,
        warnings=decision.warnings,
        who=_who(change, facts, decision, candidates=candidates),
        next_allowed_at=outlook.at,
        says=outlook.says,
    )


def _over(change: Change, facts: Facts) -> Answer:
    """Past deploying: how it went, and what is left to do."""
    if facts.state is State.VALIDATING:
        rolled_back = change.rolled_back_at is not None
        word = "Rolled back." if rolled_back else "Deployed."
        return Answer(
            "rolled_back" if rolled_back else "validating", word, "It is being validated."
        )
    if facts.state is State.CANCELLED:
        return Answer("cancelled", "Cancelled.", change.closing_note)
    return Answer("closed", f"{change.get_outcome_display()}.", change.closing_note)


def _owed(facts: Facts) -> tuple[Reason, ...]:
    """The votes that are due since the glass was broken."""
    if facts.broke_glass_at is None or facts.retroactively_approved:
        return ()
    return (
        Reason(
            "approvals_missing",
            "It was started before its votes were in.",
            "Ask the emergency CAB to vote: until then the service's other changes may be held.",
            until=facts.broke_glass_at + RETROACTIVE_WITHIN,
        ),
    )


def _shuts_at(facts: Facts, *, now: datetime) -> datetime | None:
    """When the planned period ends or the next freeze begins."""
    if facts.planned is None or facts.planned.ends_at <= now:
        return None
    freeze = windows.next_freeze(facts.windows, Interval(now, facts.planned.ends_at))
    if freeze is None or facts.kind == "emergency":
        return facts.planned.ends_at
    return freeze.interval.starts_at


def _headline(reasons: Sequence[Reason]) -> str:
    codes = dict.fromkeys(reason.code for reason in reasons)
    if len(codes) > 1:
        return f"{len(codes)} things are in the way."
    return IN_SHORT.get(next(iter(codes)), reasons[0].message)


def _who(
    change: Change, facts: Facts, decision: Decision, *, candidates: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """Whom to turn to: voters who are still missing, the author of what is not written yet."""
    names: list[str] = []
    if "approvals_missing" in decision.codes:
        names += _voters(facts, candidates=candidates)
    if STEWARDED & set(decision.codes):
        names += [change.author.username]
    if facts.hold is not None:
        names += [facts.hold.by]
    return tuple(dict.fromkeys(names))


def _voters(facts: Facts, *, candidates: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Who could fill what is still open."""
    missing = filling.missing(facts.needs, filling.approvals(facts))
    names = [name for need, _ in missing for name in among(need, candidates)]
    return tuple(dict.fromkeys(names))
