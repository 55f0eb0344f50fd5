"""A service that breaks, people who act and a fixed now, for tests of incidents."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group

from catalog.models import Environment, Service, Team, User
from catalog.roles import ON_CALL
from incidents import lifecycle
from incidents.models import AlertRoute, Incident

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_routes(request: pytest.FixtureRequest, _django_db_marker: None) -> None:
    """A test writes its own routes; those of a fresh installation are `usual_routes`."""
    if "usual_routes" not in request.fixturenames and request.node.get_closest_marker("django_db"):
        AlertRoute.objects.all().delete()


@pytest.fixture
def usual_routes() -> None:
    """The routes that a fresh installation has."""


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def oncall(db: None) -> User:
    user = User.objects.create_user("oncall")
    user.groups.add(Group.objects.get_or_create(name=ON_CALL)[0])
    return user


@pytest.fixture
def checkout(db: None) -> Service:
    payments = Team.objects.create(slug="payments", name="Payments")
    return Service.objects.create(slug="checkout", name="Checkout", owner_team=payments)


@pytest.fixture
def production(db: None) -> Environment:
    return Environment.objects.create(slug="production", name="Production")


@pytest.fixture
def declared(checkout: Service, oncall: User, now: datetime) -> Callable[..., Incident]:
    """Declare an incident."""

    def declare(**given: Any) -> Incident:
        words = {"title": "Payments fail", "service": checkout, "severity": 1}
        return lifecycle.declare(**(words | {"actor": oncall, "now": now} | given))

    return declare
