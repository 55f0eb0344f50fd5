"""One's own second factor: what is shown once, and what each deed asks."""

import re
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import SecondFactor, User
from ledger import second_factors, timeline

pytestmark = pytest.mark.django_db
PAGE = "/account/second-factor"
SECRET = "a long enough secret"


@pytest.fixture
def client() -> Client:
    """A browser in which Ada has signed in."""
    browser = Client()
    ada = User.objects.create_user("ada", password=SECRET)
    browser.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def say(client: Client, deed: str, **given: str) -> Any:
    return client.post(PAGE, {"deed": deed, "password": SECRET, **given})


def set_up(client: Client) -> tuple[pyotp.TOTP, list[str]]:
    shown = say(client, "begin").context["secret"]
    app = pyotp.TOTP(shown["words"].replace(" ", ""))
    return app, say(client, "confirm", code=app.now()).context["codes"]


def test_the_secret_is_shown_once_as_words_and_picture(client: Client) -> None:
    empty = client.get(PAGE)

    answer = say(client, "begin")

    secret = answer.context["secret"]
    assert empty.context["factor"] is None
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", secret["words"])
    assert secret["address"].startswith("otpauth://totp/Tidegate:ada?secret=")
    assert "<svg" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret["words"] not in client.get(PAGE).content.decode()


def test_the_first_code_sets_it_up_and_shows_the_recovery_codes_once(client: Client) -> None:
    _, codes = set_up(client)

    page = client.get(PAGE)

    assert len(codes) == 10
    assert (page.context["left"], page.context["codes"]) == (10, None)
    assert codes[0] not in page.content.decode()


def test_a_wrong_first_code_sets_nothing_up(client: Client) -> None:
    say(client, "begin")

    answer = say(client, "confirm", code="000000")

    assert answer.status_code == 422
    assert answer.context["code_form"].errors["code"] == [second_factors.WRONG]
    assert second_factors.of(User.objects.get()) is None


def test_guesses_of_the_first_code_are_counted(client: Client) -> None:
    say(client, "begin")

    statuses = [say(client, "confirm", code="000000").status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]


@pytest.mark.parametrize("deed", ["begin", "renew", "remove"])
def test_each_deed_asks_for_the_password(deed: str, client: Client) -> None:
    answer = say(client, deed, password="guess")

    assert (answer.status_code, answer.context["secret"]) == (422, None)
    assert SecondFactor.objects.count() == 0


def test_removing_it_asks_for_a_code_too(client: Client) -> None:
    _, codes = set_up(client)

    without = say(client, "remove")
    with_it = say(client, "remove", code=codes[0])

    assert (without.status_code, with_it.status_code) == (422, 302)
    assert SecondFactor.objects.count() == 0
    assert [e.verb for e in timeline.events_of(subject="user:ada")] == [
        "user.second_factor_added",
        "user.recovery_code_used",
        "user.second_factor_removed",
    ]


def test_new_recovery_codes_are_shown_once(client: Client) -> None:
    _, codes = set_up(client)

    new = say(client, "renew", code=codes[0]).context["codes"]

    assert (len(new), set(new) & set(codes)) == (10, set())


def test_a_second_one_beside_the_first_is_refused(client: Client) -> None:
    _, codes = set_up(client)

    answer = say(client, "begin", code=codes[0])

    assert answer.status_code == 409
    assert [one.code for one in answer.context["refused"]["reasons"]] == ["wrong_state"]


def test_an_unknown_deed_is_not_found_and_nobody_signed_in_is_sent_to_the_door(
    client: Client,
) -> None:
    assert say(client, "borrow").status_code == 404
    assert Client().get(PAGE)["Location"] == f"/sign-in?next={PAGE}"


def test_an_administrator_removes_what_was_lost(client: Client) -> None:
    set_up(client)
    boss = Client()
    boss.force_login(
        User.objects.create_superuser("admin"), backend="django.contrib.auth.backends.ModelBackend"
    )
    ada = User.objects.get(username="ada")
    chosen = {"action": "remove_second_factor", "_selected_action": [ada.pk]}

    boss.post("/admin/catalog/user/", chosen)

    assert SecondFactor.objects.count() == 0
    last = timeline.events_of(subject="user:ada").last()
    assert (last.verb, last.actor) == ("user.second_factor_removed", "admin")
    assert last.at <= timezone.now()
