"""Roles with their history, and the services an incident touches."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Service, Team, User
from config import recorded_rows
from incidents import lifecycle, queries
from incidents.models import AffectedService, IncidentRole
from ledger import timeline, verify
from ledger.decision import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def search(db: None) -> Service:
    team = Team.objects.create(slug="search", name="Search")
    return Service.objects.create(slug="search", name="Search", owner_team=team)


def verbs(ref: str) -> list[str]:
    return list(timeline.events_of(subject=ref).values_list("verb", flat=True))[1:]


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


def test_a_role_is_handed_over_and_its_history_kept(declared, oncall, ada, now):
    ref, later = declared().ref, now + timedelta(hours=4)

    lifecycle.assign(ref=ref, role="commander", person=oncall, actor=oncall, now=now)
    lifecycle.assign(ref=ref, role="scribe", person=ada, actor=oncall, now=now)
    lifecycle.assign(ref=ref, role="commander", person=ada, actor=oncall, now=later)
    lifecycle.assign(ref=ref, role="scribe", person=None, actor=ada, now=later)
    lifecycle.assign(ref=ref, role="commander", person=ada, actor=oncall, now=later)

    told = IncidentRole.objects.values_list("role", "person__username", "since", "until")
    assert list(told) == [
        ("commander", "oncall", now, later),
        ("scribe", "ada", now, later),
        ("commander", "ada", later, None),
    ]
    assert queries.by_ref(ref).commander == ada
    assert verbs(ref) == [
        "incident.commander_assigned",
        "incident.role_assigned",
        "incident.commander_assigned",
        "incident.role_ended",
    ]
    assert broken() == []


def test_whoever_has_a_role_answers_the_incident(declared, oncall, ada, now):
    ref = declared().ref
    with pytest.raises(Refused):
        lifecycle.acknowledge(ref=ref, actor=ada, now=now)

    lifecycle.assign(ref=ref, role="communications", person=ada, actor=oncall, now=now)
    lifecycle.acknowledge(ref=ref, actor=ada, now=now)

    assert queries.by_ref(ref).acknowledged_by == ada


def test_a_stranger_hands_out_no_role_and_touches_no_service(declared, ada, search, now):
    ref = declared().ref

    with pytest.raises(Refused):
        lifecycle.assign(ref=ref, role="scribe", person=ada, actor=ada, now=now)
    with pytest.raises(Refused):
        lifecycle.affect(ref=ref, service=search, actor=ada, now=now)
    assert (IncidentRole.objects.count(), AffectedService.objects.count()) == (0, 0)


def test_a_role_that_is_none_is_refused(declared, oncall, now):
    with pytest.raises(ValidationError, match="Use one of: commander, communications, scribe"):
        lifecycle.assign(ref=declared().ref, role="king", person=oncall, actor=oncall, now=now)


def test_other_services_are_named_and_taken_back(declared, oncall, search, now):
    ref = declared().ref
    say = {"ref": ref, "service": search, "actor": oncall, "now": now}

    lifecycle.affect(**say)
    lifecycle.affect(**say)
    lifecycle.affect(**say, affected=False)
    assert AffectedService.objects.get().until == now
    lifecycle.affect(**say)

    assert AffectedService.objects.get().until is None
    added, removed = "incident.service_added", "incident.service_removed"
    assert verbs(ref) == [added, removed, added]
    (event,) = timeline.events_of(subject=ref).filter(position=2)
    assert event.about == ["service:checkout", "team:payments", "service:search", "team:search"]
    assert broken() == []


def test_services_are_named_with_the_declaration(declared, checkout, search):
    incident = declared(affected=[search, checkout, search])

    assert [row.service for row in AffectedService.objects.filter(incident=incident)] == [search]
    assert timeline.events_of(subject=incident.ref).get().data["affected"] == ["search"]
    assert broken() == []
