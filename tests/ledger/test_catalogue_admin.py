"""Edits of the catalogue in the admin are events, with what changed and the row's digest."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import Membership, Service, Team, User
from catalog.roles import CAB
from ledger import catalogue
from ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


def only(subject: str) -> tuple[str, str, dict[str, object]]:
    event = Event.objects.get(subject=subject)
    return event.verb, event.actor, event.data


def test_moving_a_service_to_another_team_is_recorded(desk: Client) -> None:
    old, new = (Team.objects.create(slug=slug, name=slug) for slug in ("payments", "web"))
    service = Service.objects.create(slug="checkout", name="Checkout", tier=1, owner_team=old)

    desk.post(
        f"/admin/catalog/service/{service.pk}/change/",
        {
            "slug": "checkout",
            "name": "Checkout",
            "tier": "3",
            "owner_team": new.pk,
            "is_active": "on",
            "needs_rows-TOTAL_FORMS": "0",
            "needs_rows-INITIAL_FORMS": "0",
        },
    )

    service.refresh_from_db()
    assert only("service:checkout") == (
        "service.edited",
        "admin",
        {
            "name": str(service),
            "diff": {"owner_team": ["payments", "web"], "tier": [1, 3]},
            "row_digest": catalogue.digest(service),
        },
    )


def test_joining_a_team_is_recorded_and_leaving_an_untouched_one_is_not(desk: Client) -> None:
    team = Team.objects.create(slug="payments", name="Payments")
    ada = User.objects.create_user("ada")
    given = {
        "slug": "payments",
        "name": "Payments",
        "time_zone": "UTC",
        "email": "",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": ada.pk,
        "memberships-0-role": "lead",
    }
    desk.post(f"/admin/catalog/team/{team.pk}/change/", given)
    member = Membership.objects.get()
    again = {"memberships-INITIAL_FORMS": "1", "memberships-0-id": member.pk}
    desk.post(f"/admin/catalog/team/{team.pk}/change/", {**given, **again})

    verb, actor, data = only("team:payments")
    assert (verb, actor) == ("team.edited", "admin")
    assert data["diff"] == {"members": [{}, {"ada": "lead"}]}


def test_joining_the_cab_is_recorded(desk: Client) -> None:
    ada = User.objects.create_user("ada")
    cab, _ = Group.objects.get_or_create(name=CAB)

    answer = desk.post(
        f"/admin/catalog/user/{ada.pk}/change/",
        {
            "username": "ada",
            "is_active": "on",
            "time_zone": "UTC",
            "groups": [cab.pk],
            "date_joined_0": "2026-11-20",
            "date_joined_1": "09:00",
        },
    )

    assert answer.status_code == 302
    verb, _, data = only("user:ada")
    assert (verb, data["diff"]) == ("user.edited", {"groups": [[], [CAB]]})
    assert data["row_digest"] == catalogue.digest(User.objects.get(pk=ada.pk))


def test_deleting_a_team_is_recorded_before_it_is_gone(desk: Client) -> None:
    team = Team.objects.create(slug="empty", name="Empty")

    desk.post(f"/admin/catalog/team/{team.pk}/delete/", {"post": "yes"})

    verb, actor, data = only("team:empty")
    assert not Team.objects.exists()
    assert (verb, actor, data["row_digest"]) == ("team.deleted", "admin", None)


def test_a_stranger_changes_and_records_nothing(client: Client) -> None:
    team = Team.objects.create(slug="payments", name="Payments")
    client.force_login(User.objects.create_user("stranger", is_staff=True))

    answer = client.post(f"/admin/catalog/team/{team.pk}/change/", {"name": "Mine"})

    assert answer.status_code == 403
    assert not Event.objects.exists()
