import re

import pytest
from django.utils import timezone

from catalog import tokens
from catalog.models import ApiToken, Environment, Team, User

pytestmark = pytest.mark.django_db
ADD = "/admin/catalog/apitoken/add/"


@pytest.fixture
def page(administrator, robot, checkout):
    """Issue a token in the admin; answers the page that follows."""
    given = {"user": robot.pk, "name": "deploys", "scopes": ["gate"], "services": ["checkout"]}
    return administrator.post(ADD, given, follow=True).content.decode()


def test_a_secret_is_shown_once_after_issuing(page, administrator):
    (secret,) = re.findall(r"tg_[\w-]{43}", page)

    token = tokens.identify(secret=secret, now=timezone.now())
    assert (token.name, token.scopes, token.services) == ("deploys", ["gate"], ["checkout"])
    for path in ("", f"{token.pk}/change/", f"{token.pk}/history/"):
        again = administrator.get(f"/admin/catalog/apitoken/{path}")
        assert again.status_code == 200
        assert secret not in again.content.decode()
        assert token.digest.hex() not in again.content.decode()


def test_an_issued_token_cannot_be_edited(page, administrator):
    token = ApiToken.objects.get()

    administrator.post(f"/admin/catalog/apitoken/{token.pk}/change/", {"scopes": ["admin"]})

    token.refresh_from_db()
    assert (token.scopes, ApiToken.objects.count()) == (["gate"], 1)


def test_a_token_is_revoked_and_never_deleted(page, administrator):
    token = ApiToken.objects.get()
    selected = {"_selected_action": [token.pk]}

    administrator.post("/admin/catalog/apitoken/", {"action": "revoke", **selected})
    administrator.post("/admin/catalog/apitoken/", {"action": "delete_selected", **selected})

    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "revoked" in administrator.get("/admin/catalog/apitoken/").content.decode()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["everything"]}, "Select a valid choice. everything is not one"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "Choose an instant to come"),
    ],
)
def test_a_wrong_token_is_refused(administrator, robot, given, told):
    answer = administrator.post(
        ADD, {"user": robot.pk, "name": "deploys", "scopes": ["gate"]} | given
    )

    assert told in answer.content.decode()
    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize("model", ["user", "team", "service", "environment", "apitoken"])
def test_every_list_and_form_opens(administrator, checkout, model):
    assert administrator.get(f"/admin/catalog/{model}/").status_code == 200
    assert administrator.get(f"/admin/catalog/{model}/add/").status_code == 200


def test_the_team_list_costs_the_same_for_one_and_for_three(
    administrator, django_assert_max_num_queries, checkout
):
    with django_assert_max_num_queries(6):
        administrator.get("/admin/catalog/team/")
    for number in range(2):
        Team.objects.create(slug=f"team-{number}", name=f"Team {number}")
    with django_assert_max_num_queries(6):
        assert "3 teams" in administrator.get("/admin/catalog/team/").content.decode()


def test_a_robot_cannot_be_given_the_admin(administrator, robot):
    answer = administrator.post(
        f"/admin/catalog/user/{robot.pk}/change/",
        {
            "username": "ci",
            "is_robot": "on",
            "is_staff": "on",
            "is_active": "on",
            "time_zone": "UTC",
            "date_joined_0": "2026-11-20",
            "date_joined_1": "16:00",
        },
    )

    assert "A robot acts through API tokens only." in answer.content.decode()
    robot.refresh_from_db()
    assert not robot.is_staff


def test_a_user_is_made_in_the_admin(administrator):
    administrator.post(
        "/admin/catalog/user/add/",
        {"username": "ci", "is_robot": "on", "usable_password": "false"},
    )

    made = User.objects.get(username="ci")
    assert (made.is_robot, made.has_usable_password()) == (True, False)


def test_what_goes_on_at_once_in_an_environment_is_shown_with_where_it_is_set(administrator):
    row = Environment.objects.create(slug="production", name="Production", max_running=3)
    page = f"/admin/catalog/environment/{row.pk}/change/"

    shown = administrator.get(page).content.decode()
    administrator.post(
        page, {"slug": "production", "name": "Prod", "default": "open", "max_running": "99"}
    )

    row.refresh_from_db()
    assert 'Set on <a href="/gate/environments/production">the page of Production</a>.' in shown
    assert "One change of a service at a time" in shown
    assert (row.name, row.max_running) == ("Prod", 3)
    assert administrator.get("/admin/catalog/environment/add/").status_code == 200
