"""An incident follows its alerts: when it began, and how grave it is."""

from datetime import timedelta

import pytest

from catalog.models import User
from config import recorded_rows
from incidents import clocks, lifecycle
from incidents.models import Alert, AlertGroup, Incident
from incidents.web.sentences import sentence
from ledger import timeline, verify
from tests.incidents.conftest import NOW

pytestmark = pytest.mark.django_db


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def told(incident: Incident, verb: str) -> list[str]:
    events = timeline.events_of(subject=incident.ref).filter(verb=f"incident.{verb}")
    return [sentence(one.verb, one.data) for one in events]


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


def stands(incident: Incident) -> tuple[float, int]:
    """How many minutes ago it began, and its severity."""
    incident.refresh_from_db()
    return (NOW - incident.onset_at) / minutes(1), incident.severity


def test_an_alert_that_began_before_it_moves_its_beginning_back_and_never_forward(say, route):
    route(grouping="service")
    say("a1", "firing", started_at=NOW - minutes(5), severity=3)
    incident = Incident.objects.get()

    say("a2", "firing", after=1, started_at=NOW - minutes(9), severity=4)
    say("a3", "firing", after=2, started_at=NOW - minutes(2), severity=3)
    say("a4", "firing", after=3, started_at=NOW - timedelta(days=365), occurrence="x")

    assert stands(incident) == (9, 3)
    assert told(incident, "onset_moved") == [
        "moved its beginning from 2026-11-20 15:55 UTC to 2026-11-20 15:51 UTC, when the alert "
        "“a2 is bad” began"
    ]
    assert told(incident, "severity_changed") == []
    assert broken() == []


def test_a_graver_alert_raises_it_and_its_clocks_and_a_milder_one_changes_nothing(say, route):
    route(grouping="service")
    say("a1", "firing", severity=3)
    incident = Incident.objects.get()

    say("a2", "firing", after=1, severity=1)
    say("a3", "firing", after=2, severity=2)
    say("a2", "resolved", after=3)

    assert stands(incident) == (0, 1)
    respond, update = clocks.running(incident)
    assert (respond.started_at, respond.due_at) == (NOW + minutes(1), NOW + minutes(6))
    assert update.due_at == NOW + minutes(31)
    (changed,) = timeline.events_of(subject=incident.ref).filter(verb="incident.severity_changed")
    assert (changed.actor, changed.data["before"]) == (timeline.SYSTEM, 3)
    assert changed.data["note"] == "The alert “a2 is bad” is SEV-1."
    assert broken() == []


def test_an_alert_that_grows_worse_while_it_fires_raises_it_too(say, route):
    route(grouping="service")
    say("a1", "firing", severity=3)
    say("a2", "firing", severity=4)
    incident = Incident.objects.get()

    say("a2", "firing", after=1, severity=2)
    say("a2", "firing", after=2, severity=2)

    assert stands(incident) == (0, 2)
    assert told(incident, "severity_changed") == ["made it SEV-2; it was SEV-3"]
    say("a2", "firing", after=3, severity=4)
    assert stands(incident) == (0, 2)


def test_what_a_person_decided_stands_and_the_timeline_says_against_what(say, route, oncall):
    route(grouping="service")
    say("a1", "firing", severity=2)
    incident = Incident.objects.get()
    decided = {"ref": incident.ref, "severity": 4, "reason": "One shop.", "actor": oncall}
    lifecycle.set_severity(**decided, now=NOW + minutes(1))

    for number, severity in enumerate((2, 2, 3, 1), start=2):
        say(f"a{number}", "firing", after=number, severity=severity)

    assert stands(incident) == (0, 4)
    decided_at = "as oncall decided at 2026-11-20 16:01 UTC: “One shop.”"
    assert told(incident, "severity_kept") == [
        f"kept it SEV-4, {decided_at}, though the alert “a2 is bad” is SEV-2",
        f"kept it SEV-4, {decided_at}, though the alert “a5 is bad” is SEV-1",
    ]
    assert broken() == []


def test_who_declared_it_decided_its_severity_unless_that_was_a_robot(say, route, declared):
    route(grouping="alert")
    robot = User.objects.create_user("probe", is_robot=True)
    for number, by in enumerate((None, robot)):
        say(f"a{number}", "firing", severity=3)
        incident = declared(severity=3, **({"actor": by} if by else {}))
        group = AlertGroup.objects.latest("id")
        AlertGroup.objects.filter(pk=group.pk).update(incident=incident)
        Alert.objects.filter(group=group).update(incident=incident)
        say(f"a{number}", "firing", after=1, severity=1)

        assert stands(incident) == (0, 1 if by else 3)
        assert len(told(incident, "severity_kept")) == (0 if by else 1)
