"""Severity by the matrix, changed with a reason; what it costs."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from catalog.models import User
from config import recorded_rows
from incidents import lifecycle, queries
from incidents.models import SeverityRule
from ledger import timeline, verify
from ledger.decision import Refused

pytestmark = pytest.mark.django_db
GRID = {(1, 1): 1, (1, 2): 2, (1, 3): 3, (2, 1): 2, (2, 2): 3, (2, 3): 4, (3, 1): 3, (3, 2): 4}


def last(ref: str) -> tuple[str, dict]:
    event = timeline.events_of(subject=ref).latest("position")
    hidden = ("row_digest", "rows")
    return event.verb, {name: one for name, one in event.data.items() if name not in hidden}


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


@pytest.mark.parametrize(("impact", "urgency"), GRID)
def test_severity_follows_from_impact_and_urgency(declared, impact, urgency):
    incident = declared(severity=None, impact=impact, urgency=urgency)

    assert incident.severity == GRID[impact, urgency]
    assert (incident.impact, incident.urgency) == (impact, urgency)
    assert last(incident.ref)[1]["impact"] == impact


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "severity"),
        ({"impact": 1}, "urgency"),
        ({"urgency": 1}, "impact"),
        ({"impact": 4, "urgency": 1}, "impact"),
        ({"impact": 3, "urgency": 3}, "severity"),
    ],
)
def test_what_gives_no_severity_is_refused(declared, given, field):
    SeverityRule.objects.filter(impact=3, urgency=3).delete()

    with pytest.raises(ValidationError) as refused:
        declared(**{"severity": None} | given)
    assert list(refused.value.message_dict) == [field]


def test_severity_is_changed_with_a_reason(declared, oncall, now):
    ref = declared(severity=3).ref

    lifecycle.set_severity(ref=ref, impact=1, urgency=1, reason=" All. ", actor=oncall, now=now)

    assert queries.by_ref(ref).severity == 1
    changed = {"severity": 1, "before": 3, "note": "All.", "impact": 1, "urgency": 1}
    assert last(ref) == ("incident.severity_changed", changed)
    count = timeline.events_of(subject=ref).count()
    lifecycle.set_severity(ref=ref, impact=1, urgency=1, reason="All.", actor=oncall, now=now)
    assert timeline.events_of(subject=ref).count() == count
    assert broken() == []


@pytest.mark.parametrize(
    "given", [{"severity": 1, "reason": " "}, {"severity": 7, "reason": "x"}, {"reason": "x"}]
)
def test_a_change_of_severity_that_says_too_little_is_refused(declared, oncall, now, given):
    ref = declared(severity=3).ref

    with pytest.raises(ValidationError):
        lifecycle.set_severity(ref=ref, actor=oncall, now=now, **given)
    assert queries.by_ref(ref).severity == 3


def test_what_it_costs_is_said_also_afterwards(declared, oncall, now):
    ref = declared().ref
    lifecycle.close(ref=ref, note="Over.", actor=oncall, now=now)

    say = {"ref": ref, "actor": oncall, "now": now}
    lifecycle.measure(users_affected=1200, money_affected=Decimal("9.5"), currency="eur", **say)

    row = queries.by_ref(ref)
    assert (row.users_affected, row.money_affected, row.currency) == (1200, Decimal("9.50"), "EUR")
    costs = {"users_affected": 1200, "money_affected": "9.50", "currency": "EUR"}
    assert last(ref) == ("incident.measured", costs)
    assert broken() == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"users_affected": -1}, "users_affected"),
        ({"money_affected": Decimal(-1), "currency": "EUR"}, "money_affected"),
        ({"money_affected": Decimal(1)}, "currency"),
        ({"money_affected": Decimal(1), "currency": "EURO"}, "currency"),
    ],
)
def test_figures_that_are_none_are_refused(declared, oncall, now, given, field):
    with pytest.raises(ValidationError) as refused:
        lifecycle.measure(ref=declared().ref, actor=oncall, now=now, **given)
    assert list(refused.value.message_dict) == [field]


def test_a_stranger_says_nothing_of_it(declared, now):
    ref, stranger = declared().ref, User.objects.create_user("stranger")
    say = {"ref": ref, "actor": stranger, "now": now}
    before = timeline.events_of(subject=ref).count()

    with pytest.raises(Refused):
        lifecycle.set_severity(severity=4, reason="Calm.", **say)
    with pytest.raises(Refused):
        lifecycle.measure(users_affected=0, **say)
    assert timeline.events_of(subject=ref).count() == before
