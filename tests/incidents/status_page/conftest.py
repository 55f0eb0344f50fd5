"""A status page with two components, and incidents whose insides must not show."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from incidents import lifecycle, updates
from incidents.models import Component, Incident
from incidents.status_page import components, serving
from tests import living
from tests.living import at, person

INSIDE = ("Refunds fail", "INC-", "refunds", "oncall", "Payments", "db-7 is on fire")


@pytest.fixture
def page(db: None, settings: Any) -> Iterator[dict[str, Component]]:
    settings.STATUS_PAGE_NAME = "Acme status"
    settings.STATUS_PAGE_URL = "https://status.acme.example"
    settings.TIDEGATE_URL = "https://tidegate.example.org"
    living.settle()
    made = {}
    for slug, name, service in (("cards", "Cards", "refunds"), ("shop", "Shop", "payments-api")):
        made[slug] = components.keep(
            Component(slug=slug, name=name),
            services=[living.service(service)],
            actor=person("manager"),
            now=at(-600),
        )
    serving.forget()
    yield made
    serving.forget()


@pytest.fixture
def broken(page: Any) -> Callable[..., Incident]:
    """An open incident on the service behind Cards, with notes that stay inside."""

    def declare(severity: int = 2, *, minutes: float = 0) -> Incident:
        return lifecycle.declare(
            title="Refunds fail",
            description="db-7 is on fire",
            service=living.service("refunds"),
            severity=severity,
            actor=person("oncall"),
            now=at(minutes),
        )

    return declare


def publish(incident: Incident, *, minutes: float = 5, **given: Any) -> Any:
    words = {"status": "identified", "message": "A rollback runs.", "public": True}
    return updates.publish(
        ref=incident.ref, actor=person("oncall"), now=at(minutes), **(words | given)
    )
