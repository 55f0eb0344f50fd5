"""Absences and delegations in the admin: change managers write those of others, nobody edits."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from catalog.models import User
from changes.models import Absence, Delegation
from ledger.models import Event

ADD = reverse("admin:changes_delegation_add")
LIST = reverse("admin:changes_delegation_changelist")


def filled(**given: Any) -> dict[str, Any]:
    begins = timezone.now() + timedelta(days=200)
    ends = begins + timedelta(days=7)
    wanted = {
        "delegator": User.objects.get(username="cab-1").pk,
        "delegate": User.objects.get(username="cab-2").pk,
        "starts_at_0": f"{begins:%Y-%m-%d}",
        "starts_at_1": "09:00",
        "ends_at_0": f"{ends:%Y-%m-%d}",
        "ends_at_1": "18:00",
    }
    return wanted | given


def test_a_change_manager_delegates_for_somebody_and_ends_it(signed_in):
    browser = signed_in("manager")

    answer = browser.post(ADD, filled())

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = Delegation.objects.latest("pk")
    assert (row.delegator.username, row.delegate.username) == ("cab-1", "cab-2")
    browser.post(LIST, {"action": "end", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.ended_by == User.objects.get(username="manager")
    verbs = Event.objects.filter(subject=row.ref).order_by("position")
    assert [event.verb for event in verbs] == ["delegation.made", "delegation.ended"]


def test_what_the_writer_refuses_stands_in_the_form(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, filled())
    there = Delegation.objects.latest("pk")

    answer = browser.post(ADD, filled())

    errors = str(answer.context["adminform"].form.non_field_errors())
    assert "cab-1 has delegated to cab-2 until" in errors
    assert there.ref in errors
    assert Delegation.objects.latest("pk") == there


def test_auditors_read_and_write_nothing(signed_in):
    browser = signed_in("auditor")
    rows = Delegation.objects.count(), Absence.objects.count()

    assert browser.get(LIST).status_code == 200
    assert browser.post(ADD, filled()).status_code == 403
    assert browser.post(reverse("admin:changes_absence_add"), {}).status_code == 403
    assert (Delegation.objects.count(), Absence.objects.count()) == rows
