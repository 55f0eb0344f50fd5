"""Checks that we run: begun when a change is finished, ended with a check or with the change."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.lifecycle.moving import decide, locked_facts, record
from changes.models import Change, Check, CheckRule, CheckRun
from changes.policies import Facts
from changes.queries.check_words import asks
from ledger.decision import Decision, Reason, Refused

State = CheckRun.State
BEGUN = "check.begun"


def begin(
    change: Change, facts: Facts, *, now: datetime, names: Collection[str] | None = None
) -> list[str]:
    """Begin the checks that rules ask for and that we run, or those of these names; which they are.

    No statement where there are none.
    """
    running = {run.name for run in facts.check_runs}
    keys = [
        rule.key
        for rule in facts.check_rules
        if rule.ours and rule.name not in running and (names is None or rule.name in names)
    ]
    if not keys:
        return []
    words = {
        "service": facts.service,
        "environment": facts.environment,
        "revision": change.revision,
        "change": change.ref,
    }
    rules = CheckRule.objects.select_related("server").filter(pk__in=keys).order_by("name")
    made = CheckRun.objects.bulk_create(
        CheckRun(
            change=change,
            rule=rule,
            server=rule.server,
            name=rule.name,
            asks=asks(rule, **words),
            interval=rule.interval,
            soak=rule.soak,
            give_up_after=rule.give_up_after,
            started_at=now,
            due_at=now,
        )
        for rule in rules
    )
    return [run.name for run in made]


def cancel(change: Change, facts: Facts, *, now: datetime) -> None:
    """End the runs that still go on, for their change has; no statement where there are none."""
    if facts.check_runs:
        running = CheckRun.objects.filter(change=change, state=State.RUNNING)
        running.update(state=State.CANCELLED, due_at=None, ended_at=now, holding_since=None)


@transaction.atomic
def run_check(*, ref: str, name: str, actor: User, now: datetime) -> CheckRun:
    """Begin a check of ours anew: it failed, or a rule asked for it later."""
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    decide(change, "check", facts=facts, now=now)
    if not any(rule.ours and rule.name == name for rule in facts.check_rules):
        known = ", ".join(rule.name for rule in facts.check_rules if rule.ours)
        told = f"Those of this change are: {known}." if known else "This change has none."
        raise ValidationError({"name": f"Tidegate runs no check “{name[:80]}” here. {told}"})
    if any(run.name == name for run in facts.check_runs):
        running = Reason(
            "wrong_state", f"{name} is running.", "Wait for its result.", source="checks"
        )
        raise Refused(Decision("check", (running,)), ref=change.ref)
    begin(change, facts, now=now, names=[name])
    record(change, BEGUN, actor=actor, now=now, says={"name": name})
    return CheckRun.objects.get(change=change, name=name, state=State.RUNNING)


def conclude(
    run: CheckRun, *, passed: bool, detail: str, evidence: Mapping[str, Any], now: datetime
) -> Check:
    """End a run, whose change is locked, with its check, which says what was seen."""
    change = run.change
    check = Check.objects.create(
        change=change,
        name=run.name,
        passed=passed,
        detail=detail,
        reported_at=now,
        evidence=dict(evidence),
    )
    run.state, run.check_row = (State.PASSED if passed else State.FAILED), check
    run.due_at, run.ended_at = None, now
    says = {"name": run.name, "passed": passed, "detail": detail, "url": ""}
    record(change, "check", actor=None, now=now, says=says, written=[check])
    return check
