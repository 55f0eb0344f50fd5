import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from catalog.models import User
from config import recorded_rows
from incidents import lifecycle, queries
from incidents.models import Incident
from ledger import rows, timeline, verify
from ledger.decision import Refused

pytestmark = pytest.mark.django_db


def verbs(ref: str) -> list[str]:
    return list(timeline.events_of(subject=ref).values_list("verb", flat=True))


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


def test_a_declared_incident_is_open_and_recorded(declared, production, oncall, now):
    incident = declared(description=" Cards time out. ", environment=production)

    incident.refresh_from_db()
    assert (incident.state, incident.severity, incident.is_open) == ("declared", 1, True)
    assert (incident.declared_by, incident.declared_at) == (oncall, now)
    assert incident.description == "Cards time out."
    (event,) = timeline.events_of(subject=incident.ref)
    assert (event.verb, event.actor, event.at) == ("incident.declared", "oncall", now)
    assert event.about == ["service:checkout", "team:payments"]
    clocks = {one.ref: rows.digest(one) for one in incident.clocks.all()}
    assert event.data == {
        "rows": clocks,
        "title": "Payments fail",
        "service": "checkout",
        "environment": "production",
        "severity": 1,
        "row_digest": queries.row_digest(incident),
    }


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"severity": 0}, "severity"),
        ({"severity": 5}, "severity"),
    ],
)
def test_a_wrong_declaration_is_refused_and_writes_nothing(declared, given, field):
    with pytest.raises(ValidationError) as refused:
        declared(**given)

    assert list(refused.value.message_dict) == [field]
    assert Incident.objects.count() == 0


def test_a_closed_incident_says_when_who_and_why(declared, oncall, now):
    ref = declared().ref

    lifecycle.close(ref=ref, note=" Rolled back. ", actor=oncall, now=now + timedelta(hours=1))

    incident = queries.by_ref(ref)
    assert (incident.state, incident.closing_note) == ("closed", "Rolled back.")
    assert (incident.closed_by, incident.closed_at) == (oncall, now + timedelta(hours=1))
    assert verbs(ref) == ["incident.declared", "incident.closed"]


def test_a_closed_incident_cannot_be_closed_again(declared, oncall, now):
    ref = declared().ref
    lifecycle.close(ref=ref, note="Rolled back.", actor=oncall, now=now)

    with pytest.raises(Refused) as refused:
        lifecycle.close(ref=ref, note="Again.", actor=oncall, now=now)

    assert refused.value.decision.codes == ("wrong_state",)
    assert str(refused.value) == (
        f"{ref} is closed, since Fri 20 Nov 16:00 UTC. "
        "Reopen it if the trouble is back, or declare a new incident."
    )
    assert verbs(ref) == ["incident.declared", "incident.closed"]


def test_closing_without_a_note_is_refused(declared, oncall, now):
    with pytest.raises(ValidationError, match="Say how the incident ended"):
        lifecycle.close(ref=declared().ref, note="  ", actor=oncall, now=now)


@pytest.mark.parametrize("ref", ["INC-999999", "INC-", "INC-1x", "CHG-1", "", "INC-" + "9" * 30])
def test_an_unknown_ref_is_not_found(declared, oncall, now, ref):
    declared()
    with pytest.raises(Incident.DoesNotExist):
        lifecycle.close(ref=ref, note="Gone.", actor=oncall, now=now)


def test_a_person_takes_command(declared, oncall, now):
    ref = declared().ref

    lifecycle.assign_commander(ref=ref, commander=oncall, actor=oncall, now=now)

    assert queries.by_ref(ref).commander == oncall
    assert verbs(ref) == ["incident.declared", "incident.commander_assigned"]


@pytest.mark.parametrize("kind", [{"is_robot": True}, {"is_active": False}])
def test_only_an_active_person_takes_command(declared, oncall, now, kind):
    somebody = User.objects.create_user("somebody", **kind)

    with pytest.raises(ValidationError, match="Choose an active person"):
        lifecycle.assign_commander(ref=declared().ref, commander=somebody, actor=oncall, now=now)


def test_a_closed_incident_takes_no_commander(declared, oncall, now):
    ref = declared().ref
    lifecycle.close(ref=ref, note="Rolled back.", actor=oncall, now=now)

    with pytest.raises(Refused):
        lifecycle.assign_commander(ref=ref, commander=oncall, actor=oncall, now=now)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("state = 'closed'", "closed_incident_says_when_and_why"),
        ("closing_note = 'x'", "closed_incident_says_when_and_why"),
        ("closed_at = now()", "closed_incident_says_when_and_why"),
        ("state = 'acknowledged'", "acknowledged_incident_says_when"),
        ("state = 'mitigated'", "mitigated_incident_says_when"),
        ("state = 'resolved'", "resolved_incident_says_when"),
        ("onset_at = declared_at + interval '1 s'", "incident_begins_before_it_is_declared"),
        ("folded_as = 'merged'", "folded_incident_is_closed"),
        ("severity = 9", "incident_severity_is_one_to_four"),
        ("title = ''", "incident_has_a_title"),
    ],
)
def test_the_database_refuses_half_a_story(declared, columns, constraint):
    declared()
    with (
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
    ):
        cursor.execute(f"UPDATE incidents_incident SET {columns}")


def test_every_step_leaves_a_digest_that_verifies(declared, production, oncall, now):
    declared()
    ref = declared(environment=production, description="Cards time out.").ref
    assert broken() == []
    lifecycle.assign_commander(ref=ref, commander=oncall, actor=oncall, now=now)
    assert broken() == []
    lifecycle.close(ref=ref, note="Rolled back.", actor=oncall, now=now)
    assert broken() == []


def test_an_incident_edited_in_sql_is_named(declared):
    incident = declared()
    Incident.objects.update(severity=4)

    assert broken() == [
        f"{incident.ref} was changed in the database behind the ledger since event 1 "
        "(incident.declared, 2026-11-20 16:00:00 UTC)."
    ]


@pytest.mark.django_db(transaction=True)
def test_of_four_who_close_at_once_one_succeeds(declared, oncall, now):
    ref, together, ends = declared().ref, threading.Barrier(4), []

    def close() -> None:
        together.wait()
        try:
            lifecycle.close(ref=ref, note="Rolled back.", actor=oncall, now=now)
            ends.append("closed")
        except Refused as refused:
            ends.append(*refused.decision.codes)
        connection.close()

    threads = [threading.Thread(target=close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ends) == ["closed", "wrong_state", "wrong_state", "wrong_state"]
    assert verbs(ref) == ["incident.declared", "incident.closed"]
