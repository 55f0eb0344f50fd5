import pytest
from django.test import Client

from catalog.models import User
from config import recorded_rows
from incidents import lifecycle, queries
from incidents.models import Incident
from ledger import timeline, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


def page(incident: Incident) -> str:
    return f"/admin/incidents/incident/{incident.pk}/change/"


def verbs(ref: str) -> list[str]:
    return list(timeline.events_of(subject=ref).values_list("verb", flat=True))


def is_as_recorded() -> bool:
    seen = verify.Seen(lambda seen: None)
    return not list(verify.faults(rows=recorded_rows.ROWS, seen=seen))


def test_an_incident_is_declared(administrator, checkout):
    given = {"title": "Payments fail", "service": checkout.pk, "severity": 2}
    answer = administrator.post("/admin/incidents/incident/add/", given)

    incident = Incident.objects.get()
    assert answer.status_code == 302
    assert (incident.declared_by.username, incident.severity) == ("admin", 2)
    assert verbs(incident.ref) == ["incident.declared"]


def test_an_incident_is_commanded_and_closed(administrator, declared, oncall):
    incident = declared()

    administrator.post(page(incident), {"commander": oncall.pk, "closing_note": "Rolled back."})

    incident = queries.by_ref(incident.ref)
    assert (incident.state, incident.closing_note) == ("closed", "Rolled back.")
    assert (incident.commander, incident.closed_by.username) == (oncall, "admin")
    assert verbs(incident.ref) == [
        "incident.declared",
        "incident.commander_assigned",
        "incident.closed",
    ]
    assert is_as_recorded()


def test_the_state_and_the_story_are_never_edited(administrator, declared):
    incident = declared()

    administrator.post(page(incident), {"state": "closed", "severity": 4, "title": "Nothing"})

    incident.refresh_from_db()
    assert (incident.state, incident.severity, incident.title) == ("declared", 1, "Payments fail")
    assert verbs(incident.ref) == ["incident.declared"]
    assert is_as_recorded()


def test_a_closed_incident_is_only_read(administrator, declared, oncall, now):
    incident = declared()
    lifecycle.close(ref=incident.ref, note="Rolled back.", actor=oncall, now=now)

    assert administrator.get(page(incident)).status_code == 200
    given = {"closing_note": "Another story.", "commander": oncall.pk}
    assert administrator.post(page(incident), given).status_code == 403

    incident.refresh_from_db()
    assert (incident.closing_note, incident.commander) == ("Rolled back.", None)
    assert is_as_recorded()


def test_an_incident_is_never_deleted(administrator, declared):
    incident = declared()

    assert administrator.get(page(incident).replace("change", "delete")).status_code == 403
    assert Incident.objects.count() == 1


def test_the_list_opens(administrator, declared):
    declared()
    assert "Payments fail" in administrator.get("/admin/incidents/incident/").content.decode()
