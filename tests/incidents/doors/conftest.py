"""A source of a vendor with its key, a route for everything, and reading what came."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from catalog.models import Service, User
from incidents.models import AlertRoute
from ledger import inbox
from ledger.inbox import sources
from ledger.models import Message

LATER = timedelta(seconds=1)


@pytest.fixture
def source(db: None) -> Callable[[str], str]:
    """Make a source of a vendor, called as the vendor is; answers its key."""

    def made(vendor: str, slug: str = "") -> str:
        actor = User.objects.get_or_create(username="engineer")[0]
        at = datetime.now(UTC)
        return sources.make(
            actor=actor, now=at, slug=slug or vendor, name=vendor.title(), vendor=vendor
        )[1]

    return made


@pytest.fixture
def for_checkout(checkout: Service) -> AlertRoute:
    """Everything is checkout's, grouped as the tool does."""
    return AlertRoute.objects.create(name="Everything", service=checkout)


@pytest.fixture
def read() -> Callable[[], list[str]]:
    """Read what came; answers the state of every message."""

    def work() -> list[str]:
        while inbox.work(now=datetime.now(UTC) + LATER, limit=50):
            pass
        return list(Message.objects.order_by("id").values_list("state", flat=True))

    return work
