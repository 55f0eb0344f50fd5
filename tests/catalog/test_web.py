"""The catalogue's page."""

from typing import Any

import pytest
from django.test import Client

from catalog import web
from catalog.models import Environment, Service, ServiceDependency, Team, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(checkout: Service) -> Client:
    """A browser in which somebody from no team has signed in."""
    client = Client()
    client.force_login(
        User.objects.create_user("stranger"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.fixture
def search(checkout: Service) -> Service:
    data = Team.objects.create(slug="data", name="Data")
    return Service.objects.create(slug="search", name="Full text", tier=1, owner_team=data)


def shown(browser: Client, **asked: str) -> list[str]:
    return [one.slug for one in browser.get("/catalog/", asked).context["services"]]


def test_services_stand_with_owner_tier_and_needs(
    browser: Client, checkout: Service, search: Service
):
    ServiceDependency.objects.create(service=checkout, needs=search)
    Environment.objects.create(slug="lab", name="Lab", default="closed")

    html = browser.get("/catalog/").content.decode()

    assert shown(browser) == ["search", "checkout"]
    for words in ("Tier 1: critical", "Full text", "Data", "Payments", "Lab", "Closed unless"):
        assert words in html
    assert html.count('<span class="ref">search</span>') == 2


def test_services_are_narrowed_by_word_and_team(browser: Client, search: Service):
    assert shown(browser, service="CHECK") == ["checkout"]
    assert shown(browser, service="full") == ["search"]
    assert shown(browser, team="data") == ["search"]
    assert shown(browser, service="moon") == []
    assert "No service matches" in browser.get("/catalog/?service=moon").content.decode()
    assert browser.get("/catalog/?team=moon").status_code == 422


def test_many_services_are_cut_and_it_says_so(
    browser: Client, search: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(web, "SHOWN", 1)

    assert shown(browser) == ["search"]
    assert "And more:" in browser.get("/catalog/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_as_many_statements_however_many_services(
    rows: int, browser: Client, checkout: Service, django_assert_num_queries: Any
):
    for number in range(rows):
        extra = Service.objects.create(
            slug=f"extra-{number}", name="Extra", owner_team=checkout.owner_team
        )
        ServiceDependency.objects.create(service=checkout, needs=extra)

    with django_assert_num_queries(7):
        browser.get("/catalog/")
