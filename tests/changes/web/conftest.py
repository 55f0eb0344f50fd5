"""A settled catalogue that lives today, and people signed in to it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import living


@pytest.fixture
def today(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine o'clock was 110 minutes ago, so that plans hold now: pages read the clock."""
    begun = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=110)
    monkeypatch.setattr(living, "NINE", begun)
    living.settle()


@pytest.fixture
def signed_in() -> Callable[[str], Client]:
    """A browser in which somebody has signed in."""

    def open_as(username: str) -> Client:
        client = Client()
        client.force_login(
            living.person(username), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    return open_as


@pytest.fixture
def statements() -> Callable[[Client, str], int]:
    """How many statements a page needs beyond the frame every page stands in."""

    def counted(client: Client, path: str) -> int:
        with CaptureQueriesContext(connection) as frame:
            client.get("/changes/zzz")
        with CaptureQueriesContext(connection) as page:
            assert client.get(path).status_code == 200
        return len(page) - len(frame)

    return counted
