"""A small catalogue, and changes filed in it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.models import Environment, Service, Team, User
from changes import lifecycle
from changes.models import Change

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def engineer(db: None) -> User:
    return User.objects.create_user("engineer", first_name="Site", last_name="Engineer")


@pytest.fixture
def production(db: None) -> Environment:
    return Environment.objects.get_or_create(slug="production", defaults={"name": "Production"})[0]


@pytest.fixture
def payments(db: None) -> Team:
    return Team.objects.create(slug="payments", name="Payments", time_zone="Europe/Amsterdam")


@pytest.fixture
def payments_api(payments: Team) -> Service:
    return Service.objects.create(
        slug="payments-api", name="Payments API", tier=1, owner_team=payments
    )


@pytest.fixture
def file(engineer: User, production: Environment, payments_api: Service) -> Callable[..., Change]:
    """Files a change in planning; what is not given is filled in."""

    def file_one(
        *,
        actor: User = engineer,
        starts_in: timedelta | None = None,
        filed: datetime = NOW,
        **given: Any,
    ) -> Change:
        period = {}
        if starts_in is not None:
            period = {
                "planned_start_at": NOW + starts_in,
                "planned_end_at": NOW + starts_in + given.pop("lasts", timedelta(hours=1)),
            }
        fields = {"title": "Deploy", "service": payments_api, "environment": production}
        return lifecycle.create(fields=fields | period | given, actor=actor, now=filed)

    return file_one
