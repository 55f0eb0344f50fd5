"""A standard change whose deployment succeeded closes itself once every required check holds."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from changes import lifecycle
from changes.models import Change, Template
from changes.states import Kind, State
from tests.changes.deployments.given import report
from tests.changes.lifecycle.telling import told
from tests.living import at, change_at, fresh, say, verbs_of


def running(**given: Any) -> Change:
    """A standard change that is being implemented."""
    return change_at(State.IMPLEMENTING, kind=Kind.STANDARD, **given)


def check(change: Change, name: str, *, minutes: float, passed: bool = True) -> None:
    say("report_check", change, by="ci", minutes=minutes, name=name, passed=passed)


def due(minutes: float) -> int:
    return lifecycle.close_due(now=at(minutes), limit=10)


def test_it_closes_at_the_report_where_nothing_is_left_to_hold(settled: None) -> None:
    change = running()

    report("succeeded", change=change.ref, minutes=80)

    after = fresh(change)
    note = "It closed itself: its deployment succeeded, and deployment passed."
    assert (after.state, after.outcome, after.closing_note) == ("closed", "successful", note)
    assert (after.ended_at, after.ended_by) == (at(80), None)
    verb, actor, when, says = told(change)
    assert (verb, actor, when) == ("change.closed", "tidegate", at(80))
    assert (says["from"], says["outcome"], says["note"]) == ("validating", "successful", note)
    assert verbs_of(change.ref)[-2:] == ["deployment.succeeded", "change.closed"]
    call_command("verify_ledger", verbosity=0)


def test_it_waits_for_its_checks_and_then_closes_by_itself(settled: None) -> None:
    change = running(required_checks=["smoke", "latency"])
    report("succeeded", change=change.ref, minutes=80)
    check(change, "smoke", minutes=81)

    assert due(82) == 0
    check(change, "latency", minutes=83, passed=False)
    assert (due(84), fresh(change).state) == (0, "validating")
    check(change, "latency", minutes=85)

    assert (due(86), due(87)) == (1, 0)
    assert (fresh(change).state, fresh(change).ended_at) == ("closed", at(86))


def test_checks_that_come_with_the_report_count_at_once(settled: None) -> None:
    change = running(required_checks=["smoke"])

    report(
        "succeeded",
        change=change.ref,
        minutes=80,
        checks=({"name": "smoke", "passed": True},),
    )

    assert fresh(change).state == "closed"


def failed(change: Change) -> None:
    report("failed", change=change.ref, minutes=80)


def rolled_back(change: Change) -> None:
    report("succeeded", change=change.ref, minutes=80)
    report("rolled_back", change=change.ref, minutes=81)


def finished_by_hand(change: Change) -> None:
    say("finish", change, minutes=80)


def task_open(change: Change) -> None:
    say("add_task", change, minutes=70, fields={"kind": "review", "title": "Look back"})
    report("succeeded", change=change.ref, minutes=80)


def kept_open(change: Change) -> None:
    Template.objects.update(closes_itself=False)
    report("succeeded", change=change.ref, minutes=80)


@pytest.mark.parametrize("happens", [failed, finished_by_hand, task_open, kept_open])
def test_anything_else_is_left_to_its_team(happens: Any, settled: None) -> None:
    change = running()

    happens(change)

    assert due(90) == 0
    assert fresh(change).state in ("implementing", "validating")


def test_what_was_rolled_back_is_left_to_its_team(settled: None) -> None:
    change = running(required_checks=["smoke"])

    rolled_back(change)
    check(change, "smoke", minutes=82)

    assert (due(90), fresh(change).state) == (0, "validating")


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.EMERGENCY])
def test_other_changes_are_closed_by_people(kind: Kind, settled: None) -> None:
    change = change_at(State.IMPLEMENTING, kind=kind)

    report("succeeded", change=change.ref, minutes=80)

    assert (due(90), fresh(change).state) == (0, "validating")


def test_no_other_change_ends_by_nobody_in_the_database(settled: None) -> None:
    change = change_at(State.CLOSED)

    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(ended_by=None)


def test_it_closes_once(settled: None) -> None:
    change = running(required_checks=["smoke"])
    report("succeeded", change=change.ref, minutes=80)
    assert lifecycle.close_itself(ref=change.ref, now=at(81)) is False

    check(change, "smoke", minutes=82)

    assert lifecycle.close_itself(ref=change.ref, now=at(83)) is True
    assert lifecycle.close_itself(ref=change.ref, now=at(84)) is False
