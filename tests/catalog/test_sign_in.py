"""The door: who is let in, who is not, and how often one may knock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client

from catalog import failed_sign_ins
from catalog.models import User

pytestmark = pytest.mark.django_db
SECRET = "a long enough secret"


@pytest.fixture
def engineer(db: None) -> User:
    return User.objects.create_user("engineer", password=SECRET)


def knock(client: Client, name: str = "engineer", password: str = SECRET, **more: Any) -> Any:
    return client.post("/sign-in", {"username": name, "password": password, **more})


def said(response: Any) -> list[str]:
    return [str(one) for one in response.context["form"].non_field_errors()]


def test_a_person_is_let_in_and_goes_on_to_where_they_wanted_to_be(client: Client, engineer: User):
    wanted = client.get("/catalog/")
    answer = knock(client, next="/catalog/")

    assert (wanted.status_code, wanted["Location"]) == (302, "/sign-in?next=/catalog/")
    assert (answer.status_code, answer["Location"]) == (302, "/catalog/")
    assert client.get("/catalog/").status_code == 200
    assert client.get("/sign-in?next=/catalog/")["Location"] == "/catalog/"


def test_nobody_is_sent_on_to_another_site(client: Client, engineer: User):
    assert knock(client, next="https://elsewhere.example/")["Location"] == "/"


def test_signing_out_ends_the_session_and_takes_a_post(client: Client, engineer: User):
    knock(client)

    assert client.get("/sign-out").status_code == 405
    answer = client.post("/sign-out")

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in")
    assert client.get("/catalog/").status_code == 302


def test_a_wrong_password_is_told_apart_from_a_wrong_name_by_nothing(
    client: Client, engineer: User
):
    wrong, unknown = knock(client, password="wrong"), knock(client, name="nobody")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert (
        said(wrong)
        == said(unknown)
        == ["The username and password do not match. Both are case-sensitive."]
    )


def test_a_robot_never_signs_in(client: Client, robot: User):
    robot.set_password(SECRET)
    robot.save()

    answer = knock(client, name="ci")

    assert answer.status_code == 422
    assert said(answer) == ["Robots act through API tokens and never sign in."]
    assert client.get("/catalog/").status_code == 302


def test_the_eleventh_failure_is_not_even_tried(client: Client, engineer: User):
    for _ in range(10):
        assert knock(client, password="wrong").status_code == 422

    answer = knock(client)

    assert answer.status_code == 429
    assert 890 < int(answer["Retry-After"]) <= 900
    assert said(answer) == [
        "10 sign-ins failed for this name from your address. Try again in 15 minutes."
    ]
    assert client.get("/catalog/").status_code == 302


def test_failures_count_for_one_name_from_one_address(client: Client, engineer: User):
    User.objects.create_user("peer", password=SECRET)
    for _ in range(11):
        knock(client, password="wrong")

    assert knock(client, name="peer").status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert knock(elsewhere).status_code == 302


def test_a_right_password_wipes_the_slate(client: Client, engineer: User):
    for _ in range(9):
        knock(client, password="wrong")
    knock(client)
    client.post("/sign-out")

    assert [knock(client, password="wrong").status_code for _ in range(10)] == [422] * 10


def test_each_failure_is_forgotten_after_a_quarter_of_an_hour(now: datetime):
    def admitted(after: timedelta) -> datetime | None:
        return failed_sign_ins.admit(name="engineer", address="192.0.2.7", now=now + after)

    minute = timedelta(minutes=1)
    assert [admitted(number * minute) for number in range(10)] == [None] * 10
    assert admitted(10 * minute) == now + 15 * minute
    assert admitted(15 * minute) is None
    assert admitted(15 * minute) == now + 16 * minute


@pytest.mark.django_db(transaction=True)
def test_guesses_sent_at_once_are_counted_one_by_one(now: datetime):
    def guess(number: int) -> datetime | None:
        try:
            return failed_sign_ins.admit(name="engineer", address="192.0.2.7", now=now)
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(guess, range(40)))
    finally:
        cache.clear()

    assert answers.count(None) == 10
    assert set(answers) == {None, now + timedelta(minutes=15)}


def test_empty_fields_are_asked_for_and_cost_no_attempt(client: Client, engineer: User):
    answers = [knock(client, name="", password="") for _ in range(11)]

    assert answers[-1].context["form"].errors == {
        "username": ["Give your username."],
        "password": ["Give your password."],
    }
    assert knock(client).status_code == 302


def test_the_admin_has_no_door_of_its_own(client: Client, engineer: User):
    stranger = client.get("/admin/", follow=True)
    knock(client)
    signed_in = client.get("/admin/", follow=True)

    assert stranger.redirect_chain[-1] == ("/sign-in?next=%2Fadmin%2F", 302)
    assert signed_in.status_code == 403
    assert "may not enter the admin" in signed_in.content.decode()


def test_those_with_a_desk_in_the_admin_come_in_through_the_same_door(
    client: Client, engineer: User, groups: dict[str, Group]
):
    engineer.is_staff = True
    engineer.save()
    engineer.groups.add(groups["CAB"])

    knock(client, next="/admin/")

    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/")["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("name", "password"), [("x" * 5000, "y"), ("engineer\x00", "y"), ("é" * 150, "y" * 10_000)]
)
def test_odd_names_are_only_wrong(client: Client, name: str, password: str):
    assert knock(client, name=name, password=password).status_code == 422
