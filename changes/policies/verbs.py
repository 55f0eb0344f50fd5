"""Which rules each verb answers to, and the one question everything asks: `may`."""

from dataclasses import replace
from datetime import datetime

from changes import windows
from changes.policies import approvals, closing, people, periods, plan
from changes.policies.facts import Facts
from changes.policies.people import Rule
from changes.policies.wrong_state import right_state
from changes.states import State
from ledger.decision import Decision, in_order

CALENDAR: tuple[Rule, ...] = (
    periods.no_freeze_holds,
    periods.closed_environment_has_a_window,
    periods.service_has_no_open_major_incident,
    approvals.no_review_is_overdue,
)

READY: tuple[Rule, ...] = (
    periods.not_on_hold,
    plan.rollback_plan_is_there,
    plan.service_takes_changes,
    plan.template_is_published,
    plan.incident_is_open,
    approvals.approvals_match_the_plan,
    approvals.approvals_are_in,
    periods.inside_planned_period,
    *CALENDAR,
)

RULES: dict[str, tuple[Rule, ...]] = {
    "submit": (
        people.by_author_or_team,
        periods.not_on_hold,
        plan.plan_is_complete,
        plan.rollback_plan_is_there,
        plan.monitoring_plan_is_there,
        plan.planned_period_lies_ahead,
        plan.service_takes_changes,
        plan.template_is_published,
        plan.incident_is_open,
        approvals.somebody_must_agree,
        approvals.needs_can_be_filled,
    ),
    "vote": (
        people.by_eligible_voter,
        people.vote_is_wanted,
        people.has_not_voted,
        periods.not_on_hold,
    ),
    "approve": (
        periods.not_on_hold,
        approvals.somebody_must_agree,
        approvals.approvals_match_the_plan,
        approvals.approvals_are_in,
    ),
    "reject": (people.by_eligible_voter, periods.not_on_hold),
    "revise": (people.by_author_or_team, periods.not_on_hold),
    "edit": (people.by_author_or_team,),
    "start": (people.by_implementer_or_ci, people.not_by_an_approver, *READY),
    "deploy": READY,
    "break_glass": (
        people.by_responder,
        periods.not_on_hold,
        plan.rollback_plan_is_there,
        approvals.glass_may_be_broken,
        approvals.no_review_is_overdue,
    ),
    "finish": (people.by_implementer_or_ci,),
    "roll_back": (people.by_implementer_or_ci,),
    "check": (people.by_implementer_or_ci,),
    "review": (people.by_steward,),
    "close": (
        people.by_team,
        closing.outcome_is_named,
        closing.rolled_back_is_not_successful,
        closing.checks_have_passed,
        closing.review_is_done,
        approvals.retroactive_approvals_are_in,
    ),
    "cancel": (people.by_steward,),
    "hold": (people.by_steward, periods.not_on_hold),
    "resume": (people.by_steward, periods.on_hold),
    "explain": CALENDAR,
}

# Asked of a change, not said to it: whoever may read may ask.
QUESTIONS = frozenset({"deploy", "explain"})

WARNINGS: dict[str, tuple[Rule, ...]] = {
    "submit": (periods.planned_period_meets_no_freeze,),
    "start": (periods.freezes_that_warn,),
    "deploy": (periods.freezes_that_warn, periods.freezes_that_let_finish),
    "explain": (periods.freezes_that_warn, periods.freezes_that_let_finish),
}


def may(verb: str, facts: Facts, *, now: datetime) -> Decision:
    """Whether `verb` may be said of the change in `facts` at `now`, with every objection there is.

    Raises KeyError for a verb that is not in `RULES`.
    """
    reasons = [*right_state(verb, facts)]
    if verb not in QUESTIONS:
        reasons += people.not_by_an_auditor(facts, now)
    for rule in RULES[verb]:
        reasons += rule(facts, now)
    warnings = [reason for rule in WARNINGS.get(verb, ()) for reason in rule(facts, now)]
    return Decision(verb, in_order(reasons), in_order(warnings))


def next_allowed_at(verb: str, facts: Facts, *, now: datetime) -> datetime | None:
    """The first instant from `now` on at which time alone lets `verb` through.

    None when time alone never does, or not within `windows.HORIZON`.
    """
    instant = now
    while instant <= now + windows.HORIZON:
        reasons = may(verb, facts, now=instant).reasons
        if not reasons:
            return instant
        waits = [reason.until for reason in reasons if reason.until is not None]
        if len(waits) < len(reasons) or max(waits) <= instant:
            return None
        instant = max(waits)
    return None


def settles_by_itself(decision: Decision, facts: Facts, *, now: datetime) -> bool:
    """Whether time or a pending vote will settle every objection, with nothing to be edited."""
    timed = [reason for reason in decision.reasons if reason.code != "approvals_missing"]
    if len(timed) < len(decision.reasons) and facts.state is not State.AWAITING_APPROVAL:
        return False
    if any(reason.until is None for reason in timed):
        return False
    voted = replace(facts, needs=(), votes=(), state=State.SCHEDULED)
    return not timed or next_allowed_at(decision.verb, voted, now=now) is not None
