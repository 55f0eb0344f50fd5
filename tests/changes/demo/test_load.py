"""The demo: a company that could have lived like this."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from pytest_django import DjangoDbBlocker

from catalog.models import ApiToken, Environment, Service, Team, User
from changes.demo.load import load
from changes.models import (
    Change,
    Deployment,
    GateAnswer,
    IncidentLink,
    Override,
    PolicyRule,
    Template,
    Window,
)
from changes.policies.filling import gaps
from changes.queries import facts as gathered
from changes.queries.agreement import for_planning
from changes.queries.overrides import waiting_for
from changes.risk import RiskLevel
from changes.states import Kind, Outcome, State
from incidents import queries as incidents
from incidents.models import Incident
from ledger.models import Delivery, Event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEDNESDAY = datetime(2026, 11, 18, 14, 10, tzinfo=AMSTERDAM)


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo as of a Wednesday afternoon, loaded once for all that look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(password="tide-tide", now=WEDNESDAY)
        yield
        transaction.set_rollback(True)


def states_of(**which: object) -> set[str]:
    return set(Change.objects.filter(**which).values_list("state", flat=True))


def test_there_are_changes_in_every_state_of_every_kind_with_every_outcome():
    assert states_of() == set(State)
    assert set(Change.objects.values_list("kind", flat=True)) == set(Kind)
    assert set(Change.objects.exclude(outcome="").values_list("outcome", flat=True)) == set(Outcome)
    assert states_of(kind="emergency") == {"closed", "awaiting_approval", "implementing"}
    assert Change.objects.filter(held_at__isnull=False).count() == 1
    assert Change.objects.filter(broke_glass_at__isnull=False).count() == 1
    assert Change.objects.filter(rolled_back_at__isnull=False, state="validating").count() == 1


def test_the_executives_are_mailed_of_what_happens_to_incidents():
    great = [
        f"INC-{number}"
        for number in Incident.objects.filter(severity=1).values_list("pk", flat=True)
    ]
    told = Delivery.objects.filter(subscription__target="executives@example.org")

    assert great
    assert {*great} <= set(told.values_list("subject", flat=True))


def test_people_are_named_by_their_role_and_sign_in_with_the_one_password():
    people = User.objects.filter(is_robot=False).order_by("pk")
    names = list(people.values_list("username", flat=True))

    assert " ".join(names) == "engineer peer owner cab-1 cab-2 manager auditor oncall admin"
    assert [authenticate(username=name, password="tide-tide").username for name in names] == names
    assert set(User.objects.filter(is_staff=True).values_list("username", flat=True)) == {
        "cab-1",
        "cab-2",
        "manager",
        "auditor",
        "admin",
    }
    assert all(user.email.endswith("@example.org") for user in people)
    robots = User.objects.filter(is_robot=True).order_by("username")
    assert [(robot.username, robot.has_usable_password()) for robot in robots] == [
        ("ci", False),
        ("intake", False),
    ]
    assert not ApiToken.objects.exists()


def test_the_catalogue_holds_what_the_first_steps_name():
    service = Service.objects.get(slug="payments-api")
    assert (service.tier, service.owner_team.slug) == (1, "payments")
    assert Service.objects.count() == 12
    assert set(Environment.objects.values_list("slug", "default")) == {
        ("production", "open"),
        ("staging", "open"),
    }
    assert Team.objects.get(slug="payments").time_zone == "Europe/Amsterdam"
    template = Template.objects.get(slug="restart-service")
    assert (template.state, "rollback_plan" in template.locked) == ("published", True)


def test_every_default_rule_can_be_filled_for_every_service_the_engineer_changes():
    engineer = User.objects.get(username="engineer")

    for change in Change.objects.filter(author=engineer).select_related("service"):
        facts = gathered.of_change(change_id=change.pk, actor=engineer, now=WEDNESDAY)
        for kind, risk in product((Kind.NORMAL, Kind.EMERGENCY), RiskLevel):
            asked = replace(facts, kind=kind, risk_level=risk)
            planning = for_planning(asked, change=change, now=WEDNESDAY)
            assert planning.needs
            assert gaps(planning.needs, planning.candidates or {}, frozenset()) == []


def test_production_changes_never_started_inside_the_weekend_freeze_unless_they_may():
    for change in Change.objects.filter(started_at__isnull=False, environment__slug="production"):
        started = change.started_at.astimezone(AMSTERDAM)
        frozen = started.weekday() > 4 or (started.weekday() == 4 and started.hour >= 16)
        passes = change.kind == "emergency" or (
            change.kind == "standard" and change.risk_level == "low"
        )
        assert not frozen or passes, change


def test_a_lesser_incident_is_open_on_payments_and_a_major_one_elsewhere():
    assert set(incidents.still_open().values_list("service__slug", "severity")) == {
        ("payments-api", 3),
        ("search", 2),
    }


def test_the_gate_said_allow_wait_and_deny():
    assert set(GateAnswer.objects.values_list("decision", flat=True)) == {"allow", "wait", "deny"}
    codes = {reason["code"] for answer in GateAnswer.objects.all() for reason in answer.reasons}
    assert {"freeze_active", "no_rollback_plan", "no_change", "incident_open"} <= codes
    assert Deployment.objects.filter(status="started").exclude(permit_id="").count() == 6


def test_two_of_the_cab_opened_a_freeze_and_a_third_person_owes_the_review():
    row = Override.objects.get()

    assert (row.requested_by.username, row.confirmed_by.username) == ("cab-1", "cab-2")
    assert row.change.state == "closed"
    assert row.starts_at <= row.change.started_at < row.expires_at
    assert row.review_due_at > WEDNESDAY
    waits = waiting_for(user=User.objects.get(username="manager"), now=WEDNESDAY)
    assert [(one.ref, verb) for one, verb in waits] == [(row.ref, "review")]
    assert waiting_for(user=User.objects.get(username="cab-1"), now=WEDNESDAY) == []


def test_a_freeze_lies_ahead_and_the_weekend_is_frozen():
    one_off = Window.objects.get(name="Audit sampling")
    assert one_off.starts_at > WEDNESDAY
    assert set(Window.objects.values_list("name", flat=True)) == {
        "Audit sampling",
        "Month-end close",
        "Public holidays",
        "Weekend freeze",
    }
    assert Event.objects.get(subject=one_off.ref).verb == "window.created"


def test_one_policy_rule_decides_and_one_is_tried_out():
    rules = PolicyRule.objects.order_by("mode").values_list("mode", "effect", "is_active")
    assert list(rules) == [("enforce", "deny", True), ("shadow", "deny", True)]
    tried_out = Event.objects.filter(data__has_key="would_have")
    assert {event.data["would_have"][0]["source"] for event in tried_out} == {
        "policy rule High risk goes out by canary, version 1"
    }
    assert any(answer.would_have for answer in GateAnswer.objects.all())


def test_a_calendar_lists_the_public_holidays_of_a_year_to_come():
    holidays = Window.objects.get(source="holidays")

    listed = holidays.times.order_by("starts_at")

    assert holidays.calendar.failure == ""
    assert {"Christmas Day", "King's Day"} <= {one.summary for one in listed}
    assert all(one.ends_at > WEDNESDAY - timedelta(days=7) for one in listed)


def test_one_change_was_watched_until_it_had_held_and_waits_for_a_check_and_a_task():
    change = Change.objects.get(title__startswith="Score payments")
    check = change.checks.get(name="scoring-answers")
    run = check.run

    assert (change.state, check.passed, check.reported_by) == ("validating", True, None)
    assert (run.looks, run.failures, run.state) == (19, 1, "passed")
    assert check.evidence["samples"][2]["said"].endswith("ms, not 200.")
    assert list(change.tasks.values_list("kind", "state")) == [
        ("implement", "done"),
        ("test", "done"),
        ("review", "open"),
    ]


def test_what_was_deployed_without_leave_is_found_and_one_of_two_is_reviewed():
    found = Change.objects.filter(unauthorised_at__isnull=False).order_by("id")

    assert [(one.service.slug, one.state, bool(one.reviewed_at)) for one in found] == [
        ("storefront", "closed", True),
        ("help-centre", "validating", False),
    ]


def test_outages_that_are_over_have_their_alerts_steps_notes_and_ends():
    over = Incident.objects.filter(state="closed").exclude(resolution="")
    told = {
        one.title: (
            one.service.slug,
            one.severity,
            one.alerts.count(),
            {alert.state for alert in one.alerts.all()} <= {"resolved"},
            one.tasks.exclude(state="done").count(),
            one.notes.count() > 0,
        )
        for one in over
    }

    assert told == {
        "New pods of payments-api crash in a loop": ("payments-api", 3, 2, True, 0, True),
        "Refunds wait for database connections": ("refunds", 2, 2, True, 0, True),
        "The disk of the report store is full": ("reporting", 3, 2, True, 0, True),
        "A node of the gateway does not answer": ("gateway", 2, 2, True, 0, True),
        "Names of internal services do not resolve": ("identity", 1, 3, True, 0, True),
        "The certificate of the help centre has expired": ("help-centre", 3, 1, True, 0, True),
        "Twice the visitors, and the shop front is slow": ("storefront", 2, 2, True, 0, True),
        "Customers get no receipt by e-mail": ("notifications", 3, 0, True, 0, True),
    }
    cause = IncidentLink.objects.get(relation="caused")
    assert (cause.change.title, cause.incident.title) == (
        "Retry declined cards once more",
        "New pods of payments-api crash in a loop",
    )
