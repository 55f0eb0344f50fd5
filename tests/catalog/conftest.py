"""People, teams and a fixed now, for tests of the catalogue."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import Service, Team, User
from catalog.roles import ROLES

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def robot(db: None) -> User:
    return User.objects.create_user("ci", is_robot=True)


@pytest.fixture
def checkout(db: None) -> Service:
    payments = Team.objects.create(slug="payments", name="Payments")
    return Service.objects.create(slug="checkout", name="Checkout", owner_team=payments)


@pytest.fixture
def groups(db: None) -> dict[str, Group]:
    """The role groups, also after a test that emptied every table."""
    return {name: Group.objects.get_or_create(name=name)[0] for name in ROLES}


@pytest.fixture
def administrator(client: Client, db: None) -> Client:
    """A browser signed in as an administrator."""
    client.force_login(User.objects.create_superuser("admin"))
    return client
