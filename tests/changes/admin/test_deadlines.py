"""Deadlines of votes in the admin."""

from datetime import timedelta

import pytest
from django.urls import reverse

from changes.models import ApprovalDeadline
from ledger.models import Event

ADD = reverse("admin:changes_approvaldeadline_add")


def page_of(deadline: ApprovalDeadline) -> str:
    return reverse("admin:changes_approvaldeadline_change", args=[deadline.pk])


def filled(**given: str) -> dict[str, str]:
    wanted = {
        "authority": "peer",
        "is_active": "on",
        "remind_after": "01:00:00",
        "escalate_after": "02:00:00",
        "next_authority": "change_manager",
    }
    return wanted | given


def test_an_edit_is_recorded_with_what_changed(signed_in):
    row = ApprovalDeadline.objects.get(authority="peer")

    answer = signed_in("manager").post(page_of(row), filled())

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert (row.remind_after, row.escalate_after) == (timedelta(hours=1), timedelta(hours=2))
    event = Event.objects.get(subject=row.ref)
    assert (event.verb, event.actor, event.data["of"]) == (
        "approval_deadline.edited",
        "manager",
        "Peer of the owner team",
    )
    assert event.data["diff"]["remind_after"] == ["P0DT04H00M00S", "P0DT01H00M00S"]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({}, "authority", "has a deadline already"),
        ({"authority": ""}, "authority", "Choose an authority, or one rule instead."),
        ({"escalate_after": "00:30:00"}, "escalate_after", "Escalate after the reminder"),
        ({"next_authority": ""}, "next_authority", "Say who is asked then."),
        ({"next_authority": "peer"}, "next_authority", "another authority than the one"),
        ({"next_authority": "group"}, "next_group", "Choose the group"),
        ({"remind_after": "00:00:01"}, "remind_after", "Remind after a minute at the earliest"),
        ({"remind_after": ""}, "remind_after", "This field is required."),
    ],
)
def test_a_wrong_field_is_said_beside_it_and_nothing_is_written(
    signed_in, given: dict[str, str], field: str, sentence: str
):
    rows, events = ApprovalDeadline.objects.count(), Event.objects.count()

    answer = signed_in("manager").post(ADD, filled(**given))

    assert answer.status_code == 200
    assert sentence in str(answer.context["adminform"].form.errors[field])
    assert (ApprovalDeadline.objects.count(), Event.objects.count()) == (rows, events)


def test_auditors_read_only(signed_in):
    row = ApprovalDeadline.objects.get(authority="peer")

    assert signed_in("auditor").get(page_of(row)).status_code == 200
    assert signed_in("auditor").post(page_of(row), filled()).status_code == 403
