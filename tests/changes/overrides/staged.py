"""Overrides as tests ask for them: change managers besides the one there is, and a freeze."""

from typing import Any

from django.contrib.auth.models import Group

from catalog.models import User
from catalog.roles import CHANGE_MANAGERS
from changes import overrides
from changes.models import Change, Override, Window
from changes.overrides import Asked
from changes.states import State
from tests.living import at, change_at, person, window

REASON = "Refunds are lost every hour it waits."
MANAGERS = ("manager-2", "manager-3")


def managers() -> None:
    """Two more change managers, so that one can confirm and one review."""
    group, _ = Group.objects.get_or_create(name=CHANGE_MANAGERS)
    group.user_set.add(*(User.objects.create(username=name, password="!") for name in MANAGERS))


def frozen_change(*, ends: float = 600, **given: Any) -> tuple[Change, Window]:
    """A scheduled change planned from 60 to 180 minutes, and a freeze over all of it."""
    change = change_at(State.SCHEDULED, **given)
    return change, window("Year end", ends=ends, reason="the books are closed")


def asked(change: Change, /, **given: Any) -> Asked:
    """All freezes of the change, for as long as it is planned."""
    fields = {"change": change.ref, "reason": REASON, "expires_at": at(180)}
    return Asked(**{**fields, **given})


def request(
    change: Change, /, *, by: str = "manager", minutes: float = 30, **given: Any
) -> Override:
    return overrides.request(asked(change, **given), actor=person(by), now=at(minutes))


def confirm(row: Override, *, by: str = "manager-2", minutes: float = 40) -> Override:
    return overrides.confirm(ref=row.ref, actor=person(by), now=at(minutes))


def withdraw(row: Override, *, by: str = "manager", minutes: float = 50) -> Override:
    return overrides.withdraw(ref=row.ref, reason="It can wait.", actor=person(by), now=at(minutes))


def review(row: Override, *, by: str = "manager-3", minutes: float = 300) -> Override:
    text = "It was needed; the freeze starts an hour too early."
    return overrides.review(ref=row.ref, text=text, actor=person(by), now=at(minutes))


def overridden(**given: Any) -> tuple[Change, Override]:
    """A frozen change whose override two people agreed to, from minute 40 to 180."""
    change, _ = frozen_change()
    return change, confirm(request(change, **given))
