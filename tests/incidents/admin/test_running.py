"""The matrix, the targets and the checklists in the admin."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS, ON_CALL
from incidents.models import ChecklistItem, SeverityRule, SeverityTarget
from ledger import timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client: Client):
    def sign(role: str) -> Client:
        user = User.objects.create_user("somebody", is_staff=True)
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign


def test_a_change_manager_writes_a_target_and_the_ledger_tells(sign_in):
    row = SeverityTarget.objects.get(severity=2)
    page = f"/admin/incidents/severitytarget/{row.pk}/change/"
    given = {
        "severity": 2,
        "respond_within": "0:10:00",
        "respond_reminder": "0:02:00",
        "update_every": "0:30:00",
        "update_reminder": "0:05:00",
    }
    client = sign_in(CHANGE_MANAGERS)

    wrong = client.post(page, given | {"respond_reminder": "0:10:00"})
    answer = client.post(page, given)

    assert "Remind before it is due" in wrong.content.decode()
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.respond_within, row.owes_postmortem) == (timedelta(minutes=10), False)
    (event,) = timeline.events_of(subject="severity-target:2")
    assert event.verb == "severity_target.edited"
    assert event.data["diff"]["respond_within"] == ["P0DT00H15M00S", "P0DT00H10M00S"]
    assert "severity_target.edited" in client.get(page).content.decode()


def test_the_matrix_and_the_checklist_are_written_too(sign_in):
    client = sign_in(CHANGE_MANAGERS)
    cell = SeverityRule.objects.get(impact=3, urgency=3)

    answer = client.post(
        f"/admin/incidents/severityrule/{cell.pk}/change/",
        {"impact": 3, "urgency": 3, "severity": 3},
    )
    other = client.post(
        "/admin/incidents/checklistitem/add/",
        {"within_minutes": 5, "position": 9, "text": "Breathe.", "severities": [1]},
    )

    assert (answer.status_code, other.status_code) == (302, 302)
    cell.refresh_from_db()
    assert cell.severity == 3
    assert ChecklistItem.objects.get(text="Breathe.").severities == [1]


def test_who_is_on_call_only_reads_them(sign_in):
    client = sign_in(ON_CALL)
    row = SeverityTarget.objects.get(severity=1)
    page = f"/admin/incidents/severitytarget/{row.pk}/change/"

    assert client.get(page).status_code == 200
    assert client.post(page, {"severity": 1}).status_code == 403
