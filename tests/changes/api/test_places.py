"""What a change may name, over REST."""

import pytest

from catalog.models import Service, ServiceDependency
from tests.changes.api.world import caller

pytestmark = pytest.mark.usefixtures("organisation")


def test_services_are_listed_by_slug_with_what_they_need():
    payments, search = (Service.objects.get(slug=slug) for slug in ("payments-api", "search"))
    ServiceDependency.objects.create(service=payments, needs=search)

    body = caller("engineer").get("/services").json()

    assert [one["slug"] for one in body["results"]] == ["payments-api", "refunds", "search"]
    assert body["results"][0] == {
        "slug": "payments-api",
        "name": "Payments",
        "tier": 1,
        "owner_team": "payments",
        "depends_on": ["search"],
        "active": True,
    }


def test_services_are_narrowed_to_a_team():
    body = caller("engineer").get("/services", team="platform").json()

    assert [one["slug"] for one in body["results"]] == ["search"]


def test_teams_are_listed_with_their_members():
    (payments, _) = caller("engineer").get("/teams").json()["results"]

    assert payments == {
        "slug": "payments",
        "name": "Payments",
        "time_zone": "Europe/Amsterdam",
        "members": [
            {"username": "engineer", "role": "member"},
            {"username": "owner", "role": "lead"},
            {"username": "peer", "role": "member"},
        ],
    }


def test_environments_and_templates_are_listed():
    environments = caller("engineer").get("/environments").json()["results"]
    (template,) = caller("engineer").get("/templates", state="published").json()["results"]

    assert environments[0] == {"slug": "production", "name": "Production", "default": "open"}
    assert (template["slug"], template["state"], template["locked"]) == (
        "restart-service",
        "published",
        ["implementation_plan"],
    )


def test_pages_of_services_follow_each_other():
    reader = caller("engineer")

    first = reader.get("/services", limit=2).json()
    second = reader._client.get(first["next"], headers=reader._headers).json()

    assert [one["slug"] for one in second["results"]] == ["search"]


@pytest.mark.parametrize(
    ("path", "statements"), [("/services", 3), ("/teams", 4), ("/environments", 2)]
)
def test_lists_cost_the_same_number_of_statements_however_long(
    path, statements, django_assert_num_queries
):
    reader = caller("engineer")

    for limit in (1, 3):
        with django_assert_num_queries(statements):
            reader.get(path, limit=limit)
