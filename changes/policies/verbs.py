"""Which rules each verb answers to, and the one question everything asks: `may`."""

from datetime import datetime

from changes.policies import (
    approvals,
    canary,
    closing,
    overridden,
    people,
    periods,
    plan,
    retrying,
    rivals,
    rollbacks,
    standing_in,
    tasks,
    unauthorised,
)
from changes.policies.facts import Facts
from changes.policies.people import Rule
from changes.policies.wrong_state import right_state
from ledger.decision import Decision, Reason, in_order

CALENDAR: tuple[Rule, ...] = (
    periods.no_freeze_holds,
    periods.closed_environment_has_a_window,
    periods.service_has_no_open_major_incident,
    periods.error_budget_is_left,
    approvals.no_review_is_overdue,
    rivals.environment_is_not_locked,
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
    rivals.nobody_else_works_there,
    rivals.environment_has_room,
    rollbacks.somebody_carries_it_out,
    rollbacks.its_cause_still_stands,
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
        rivals.place_is_free_when_planned,
    ),
    "vote": (
        people.by_eligible_voter,
        people.vote_is_wanted,
        people.has_not_voted,
        standing_in.not_spoken_for,
        standing_in.not_on_leave,
        approvals.stage_has_come,
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
    "deploy": (
        *READY,
        retrying.place_is_free_again,
        rivals.turn_has_come,
        canary.no_step_failed,
    ),
    "retry": (
        people.by_implementer_or_ci,
        people.not_by_an_approver,
        retrying.deployment_failed,
        *READY,
        retrying.place_is_free_again,
        canary.no_step_failed,
    ),
    "step": (people.by_implementer_or_ci, canary.step_comes_next),
    "break_glass": (
        people.by_responder,
        periods.not_on_hold,
        plan.rollback_plan_is_there,
        approvals.glass_may_be_broken,
        approvals.no_review_is_overdue,
    ),
    "finish": (people.by_implementer_or_ci, tasks.work_is_done, canary.rollout_is_whole),
    "roll_back": (people.by_implementer_or_ci,),
    "check": (people.by_implementer_or_ci,),
    "review": (people.by_steward,),
    "close": (
        people.by_team,
        closing.outcome_is_named,
        closing.rolled_back_is_not_successful,
        tasks.no_task_is_open,
        closing.checks_have_passed,
        canary.rollout_is_whole,
        closing.review_is_done,
        overridden.overrides_are_reviewed_in_time,
        approvals.retroactive_approvals_are_in,
    ),
    "cancel": (people.by_steward,),
    "hold": (people.by_steward, periods.not_on_hold),
    "resume": (people.by_steward, periods.on_hold),
    "detect": (unauthorised.was_deployed_without_leave,),
    "clear": (unauthorised.was_deployed_without_leave, unauthorised.is_not_reviewed),
    "explain": CALENDAR,
}

# Asked of a change, not said to it: whoever may read may ask.
QUESTIONS = frozenset({"deploy", "explain"})

WARNINGS: dict[str, tuple[Rule, ...]] = {
    "submit": (periods.planned_period_meets_no_freeze, closing.soak_fits_the_period),
    "start": (
        periods.freezes_that_warn,
        overridden.freezes_are_overridden,
        rivals.others_that_are_passed_by,
    ),
    "retry": (
        periods.freezes_that_warn,
        overridden.freezes_are_overridden,
        rivals.others_that_are_passed_by,
    ),
    "break_glass": (rivals.others_that_are_passed_by,),
    "deploy": (
        periods.freezes_that_warn,
        periods.freezes_that_let_finish,
        overridden.freezes_are_overridden,
        rivals.others_that_are_passed_by,
    ),
    "explain": (
        periods.freezes_that_warn,
        periods.freezes_that_let_finish,
        overridden.freezes_are_overridden,
    ),
}


def may(verb: str, facts: Facts, *, now: datetime) -> Decision:
    """Whether `verb` may be said of the change in `facts` at `now`, with every objection there is.

    Ours come first, then those of the custom rules. Raises KeyError for a verb not in `RULES`.
    """
    reasons = [*right_state(verb, facts)]
    facts = retrying.as_scheduled(verb, facts)
    if verb not in QUESTIONS:
        reasons += people.not_by_an_auditor(facts, now)
    warnings: list[Reason] = []
    goes_ahead = rollbacks.goes_ahead(verb, facts)
    for rule in RULES[verb]:
        if goes_ahead and rule in rollbacks.PASSED:
            warnings += rollbacks.passes_by(rule, facts, now)
        else:
            reasons += rule(facts, now)
    warnings += [reason for rule in WARNINGS.get(verb, ()) for reason in rule(facts, now)]
    if facts.custom_rules is None:
        return Decision(verb, in_order(reasons), in_order(warnings))
    custom = facts.custom_rules.say(verb, facts, now=now)
    denials = custom.denials
    if goes_ahead:
        warnings += [rollbacks.passed(reason, facts) for reason in denials]
        denials = ()
    return Decision(
        verb,
        in_order((*reasons, *denials)),
        in_order((*warnings, *custom.warnings)),
        in_order(custom.would_have),
    )
