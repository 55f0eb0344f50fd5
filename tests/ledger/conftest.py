"""People, receivers and a fixed now, for tests of the ledger."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from catalog.models import User
from ledger import subscriptions, timeline, wake
from ledger.models import Event, Subscription

NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def engineer(db: None) -> User:
    return User.objects.create_user("engineer")


@pytest.fixture
def record(now: datetime) -> Callable[..., Event]:
    """Record one event in a transaction of its own; answers it."""

    def recorded(subject: str = "CHG-1", verb: str = "change.approved", **given: Any) -> Event:
        words = {"actor": "engineer", "at": now, "data": {"title": "Raise the limit"}} | given
        with transaction.atomic():
            timeline.record(subject=subject, verb=verb, **words)
        return timeline.events_of(subject=subject).last()

    return recorded


@pytest.fixture
def subscribe(now: datetime) -> Callable[..., Subscription]:
    """Make a subscription; its `.secret` is what was shown once."""

    def made(**given: Any) -> Subscription:
        words = {
            "name": f"receiver {Subscription.objects.count()}",
            "channel": "email",
            "target": "team@example.org",
            "now": now,
        }
        subscription, secret = subscriptions.subscribe(**(words | given))
        subscription.secret = secret
        return subscription

    return made


@pytest.fixture
def broker_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Point the application at another broker for the test, forgetting earlier connections."""
    conf = current_app.conf
    usual = {name: conf[name] for name in ("broker_url", "broker_transport_options")}
    monkeypatch.setattr(wake, "broker", wake.Broker())

    def point(url: str) -> None:
        conf.update(broker_url=url, broker_transport_options={})

    yield point
    conf.update(usual)


@pytest.fixture
def dead_broker(broker_at: Callable[[str], None]) -> None:
    """Nobody listens where the broker should be."""
    broker_at("amqp://guest:guest@127.0.0.1:1//")


@pytest.fixture
def live_broker(broker_at: Callable[[str], None]) -> Callable[[], list[str]]:
    """A broker in memory; answers the names of the tasks it was given."""
    broker_at("memory://")

    def given() -> list[str]:
        names = []
        with current_app.connection_for_read() as connection:
            queue = connection.SimpleQueue(current_app.conf.task_default_queue)
            while queue.qsize():
                message = queue.get_nowait()
                message.ack()
                names.append(message.headers["task"])
            queue.close()
        return names

    given()
    return given
