"""Locks in the admin: taken and released by the same writer as on the page, never edited."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from catalog.models import Environment
from changes.demo.catalogue import ZONE
from changes.models import EnvironmentLock
from ledger.models import Event

ADD = reverse("admin:changes_environmentlock_add")
LIST = reverse("admin:changes_environmentlock_changelist")


def words(**more: Any) -> dict[str, Any]:
    until = timezone.localtime(timezone.now() + timedelta(hours=1), ZoneInfo(ZONE))
    return {
        "environment": Environment.objects.get(slug="production").pk,
        "reason": "Moving the rack.",
        "until_0": f"{until:%Y-%m-%d}",
        "until_1": f"{until:%H:%M:%S}",
        "change": "",
        **more,
    }


def said() -> list[str]:
    """What was done to production last."""
    events = Event.objects.filter(subject="environment:production").order_by("position")
    return list(events.values_list("verb", flat=True))[-2:]


def test_a_manager_locks_and_releases(signed_in):
    browser = signed_in("manager")

    answer = browser.post(ADD, words())

    assert answer.status_code == 302, answer.context["adminform"].form.errors.as_text()
    lock = EnvironmentLock.objects.get()
    assert (lock.locked_by.username, lock.reason) == ("manager", "Moving the rack.")
    page = browser.get(reverse("admin:changes_environmentlock_change", args=[lock.pk]))
    assert (page.status_code, b'name="reason"' in page.content) == (200, False)
    browser.post(LIST, {"action": "release", "_selected_action": [lock.pk]})
    lock.refresh_from_db()
    assert (lock.released_by.username, said()) == (
        "manager",
        ["environment.locked", "environment.released"],
    )


def test_what_is_taken_stands_beside_the_form_and_nothing_is_kept(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, words())

    answer = browser.post(ADD, words())

    assert answer.status_code == 200
    assert "manager has locked production until" in answer.content.decode()
    assert EnvironmentLock.objects.count() == 1


def test_others_of_the_desk_read_and_neither_lock_nor_release(signed_in):
    signed_in("manager").post(ADD, words())
    lock = EnvironmentLock.objects.get()

    for name in ("cab-1", "auditor"):
        browser = signed_in(name)
        assert browser.get(LIST).status_code == 200
        assert browser.post(ADD, words()).status_code == 403
        browser.post(LIST, {"action": "release", "_selected_action": [lock.pk]})
    lock.refresh_from_db()
    assert lock.released_at is None


def test_who_waits_is_read(signed_in):
    page = signed_in("manager").get(reverse("admin:changes_queueplace_changelist"))

    assert (page.status_code, b"9120" in page.content) == (200, True)
