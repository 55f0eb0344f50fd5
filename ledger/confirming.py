"""Confirming who one is once more: the password again, and a code where a second factor is set up.

# Note [Who is signed in is not who sits there]
A session outlives a walk to the coffee machine, so some votes ask again. What was confirmed holds
for five minutes, in that session alone. Attempts are counted with those of signing in, before they
are tried; one that fails is an event, so that the person, and an auditor, can see it.
"""

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog import failed_sign_ins
from catalog.models import User
from catalog.sign_in import TooManyFailures
from ledger import second_factors, timeline

GOOD_FOR: Final = timedelta(minutes=5)
PASSWORD, SECOND_FACTOR = "password", "second_factor"
FAILED: Final = "user.confirmation_failed"
_KEPT: Final = "confirmed"


def confirm(
    *, user: User, password: str, code: str, address: str, now: datetime, about: str = ""
) -> str:
    """How the person confirmed who they are: by password, or by second factor too.

    `about` is the ref of what it is for. Raises `TooManyFailures`, and `ValidationError` with one
    sentence that does not say which of the two was wrong.
    """
    opens = failed_sign_ins.admit(name=user.username, address=address, now=now)
    if opens is not None:
        raise TooManyFailures(max(1, round((opens - now).total_seconds())))
    factor = second_factors.of(user)
    knows = user.check_password(password) or (factor is not None and not user.has_usable_password())
    if not user.is_active or not knows:
        _refuse(user, with_code=factor is not None, about=about, now=now)
    if factor is not None and not second_factors.takes(user=user, code=code, now=now):
        _refuse(user, with_code=True, about=about, now=now)
    failed_sign_ins.forget(name=user.username, address=address)
    return SECOND_FACTOR if factor is not None else PASSWORD


def remember(session: MutableMapping[str, Any], *, user: User, how: str, now: datetime) -> None:
    """Note in a session that its person has just confirmed who they are."""
    session[_KEPT] = [user.pk, how, now.timestamp()]


def recall(session: MutableMapping[str, Any], *, user: User, now: datetime) -> str:
    """How the person confirmed it in this session within `GOOD_FOR`; "" where they did not."""
    who, how, at = session.get(_KEPT) or (None, "", 0.0)
    fresh = timedelta() <= timedelta(seconds=now.timestamp() - at) < GOOD_FOR
    return str(how) if who == user.pk and fresh else ""


def _refuse(user: User, *, with_code: bool, about: str, now: datetime) -> None:
    with transaction.atomic():
        timeline.record(
            subject=f"user:{user.username}",
            about=[about] if about else [],
            verb=FAILED,
            actor=user.username,
            at=now,
            data={"with_code": with_code},
        )
    if with_code:
        raise ValidationError("The password or the code is wrong. A code counts only once.")
    raise ValidationError("That is not your password. It is case-sensitive.")
