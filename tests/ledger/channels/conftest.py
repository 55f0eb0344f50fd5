"""One incident, and receivers of what happens to it that stand on this machine."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from incidents import lifecycle
from incidents.models import Incident
from ledger import outbox
from ledger.models import Delivery, Subscription
from tests import living
from tests.living import at, person

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def world(db: None, settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.TIDEGATE_URL = "https://tidegate.example.org"
    living.settle()


@pytest.fixture
def receiver(world: None, subscribe: Callable[..., Subscription], httpserver: Any) -> Any:
    """Make a receiver of a channel whose API is this machine's; it hears of incidents."""

    def made(channel: str, *, secret: str = KEY, **given: Any) -> Subscription:
        words: dict[str, Any] = {"target": "C0INC", "verbs": ["incident.*"], "secret": secret}
        if channel not in ("slack", "teams", "email"):
            words["base_url"] = httpserver.url_for("")
        return subscribe(channel=channel, **(words | given))

    return made


@pytest.fixture
def incident(world: None) -> Callable[..., Incident]:
    return living.incident


def close(incident: Incident, *, minutes: float = 0) -> None:
    lifecycle.close(
        ref=incident.ref, note="A queue ran full.", actor=person("oncall"), now=at(minutes)
    )


def command(incident: Incident, *, minutes: float = 0) -> None:
    """Something more that happens to it."""
    lifecycle.assign_commander(
        ref=incident.ref, commander=person("oncall"), actor=person("oncall"), now=at(minutes)
    )


def sent(now: datetime | None = None) -> list[Delivery]:
    """Send all that is due; answers every message, oldest first."""
    outbox.sweep(now=now or at(1), limit=20)
    return list(Delivery.objects.order_by("id"))
