"""Confirming who one is: the password, the code where one is set up, and how often one may try."""

from datetime import timedelta

import pyotp
import pytest
from django.core.exceptions import ValidationError

from catalog.models import User
from catalog.sign_in import TooManyFailures
from ledger import confirming, second_factors, timeline

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=SECRET)


@pytest.fixture
def app(ada, now) -> pyotp.TOTP:
    """The app of Ada's second factor."""
    then = now - timedelta(hours=1)
    made = pyotp.TOTP(second_factors.begin(user=ada, now=then))
    second_factors.confirm(user=ada, code=made.at(then), now=then)
    return made


def confirm(user: User, now, *, password: str = SECRET, code: str = "", **given: str) -> str:
    words = {"address": "10.0.0.7", "about": "CHG-1"} | given
    return confirming.confirm(user=user, password=password, code=code, now=now, **words)


def failures() -> list[tuple[list[str], dict[str, object]]]:
    rows = timeline.events_of(subject="user:ada").filter(verb="user.confirmation_failed")
    return [(row.about, row.data) for row in rows]


def test_the_password_confirms_who_has_no_second_factor(ada, now):
    assert confirm(ada, now) == "password"
    assert failures() == []


def test_a_wrong_password_confirms_nobody_and_leaves_an_event(ada, now):
    with pytest.raises(ValidationError, match="That is not your password"):
        confirm(ada, now, password="guess")

    assert failures() == [(["CHG-1"], {"with_code": False})]


def test_with_a_second_factor_both_are_asked(ada, app, now):
    wrong = [
        {"code": app.at(now), "password": "guess"},
        {"code": "000000"},
        {"code": ""},
    ]
    said = set()
    for given in wrong:
        with pytest.raises(ValidationError) as refused:
            confirm(ada, now, **given)
        said.update(refused.value.messages)

    assert said == {"The password or the code is wrong. A code counts only once."}
    assert failures() == [(["CHG-1"], {"with_code": True})] * 3
    assert confirm(ada, now, code=app.at(now)) == "second_factor"


def test_a_code_that_was_used_confirms_nobody_again(ada, app, now):
    confirm(ada, now, code=app.at(now))

    with pytest.raises(ValidationError):
        confirm(ada, now, code=app.at(now))


def test_who_has_no_password_confirms_by_the_code_alone(ada, app, now):
    ada.set_unusable_password()
    ada.save()

    assert confirm(ada, now, password="", code=app.at(now)) == "second_factor"


def test_who_has_neither_confirms_nothing(ada, now):
    ada.set_unusable_password()
    ada.save()

    with pytest.raises(ValidationError):
        confirm(ada, now, password="")


def test_who_is_no_longer_active_confirms_nothing(ada, now):
    ada.is_active = False

    with pytest.raises(ValidationError):
        confirm(ada, now)


def test_ten_failures_close_the_door_for_a_quarter_of_an_hour(ada, now):
    for _ in range(10):
        with pytest.raises(ValidationError):
            confirm(ada, now, password="guess")

    with pytest.raises(TooManyFailures) as closed:
        confirm(ada, now)

    assert closed.value.seconds == 900
    assert len(failures()) == 10
    assert confirm(ada, now + timedelta(minutes=15)) == "password"


def test_it_holds_for_five_minutes_in_that_session_for_that_person(ada, now):
    session: dict[str, object] = {}
    eve = User.objects.create_user("eve")
    confirming.remember(session, user=ada, how="password", now=now)

    def after(seconds: float, user: User = ada) -> str:
        at = now + timedelta(seconds=seconds)
        return confirming.recall(session, user=user, now=at)

    assert [after(0), after(299), after(300), after(-1)] == ["password", "password", "", ""]
    assert after(1, eve) == ""
    assert confirming.recall({}, user=ada, now=now) == ""
