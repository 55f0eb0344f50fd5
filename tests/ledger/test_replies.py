"""Replies: a program that waits is told in its tool's own format, through the outbox."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ledger import outbox, replies
from ledger.channels.failures import NotSent
from ledger.channels.replies import _channels
from ledger.models import Callback, Delivery, Reply
from tests.ledger.replying import HEARD, REFUSES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tool(settings: Any) -> Iterator[None]:
    settings.REPLY_CHANNELS = "tests.ledger.replying.CHANNELS"
    _channels.cache_clear()
    yield
    _channels.cache_clear()
    HEARD.clear()
    REFUSES.clear()


def told(now: datetime, channel: str = "tool") -> Delivery:
    reply = Reply.objects.create(channel=channel, to="Tool, run 7", created_at=now)
    with transaction.atomic():
        return replies.tell(
            reply, subject="RUN-7", verb="run.approved", actor="ci", at=now, data={"run": "7"}
        )


def test_who_waits_is_told_once_the_event_is_recorded(now: datetime) -> None:
    delivery = told(now)

    outbox.sweep(now=now, limit=10)

    delivery.refresh_from_db()
    assert HEARD == [{"run": "7"}]
    assert (delivery.status, delivery.channel, delivery.receiver) == ("sent", "tool", "Tool, run 7")
    assert delivery.target == ""


@pytest.mark.parametrize(("permanent", "status"), [(False, "pending"), (True, "failed")])
def test_a_refusal_is_tried_again_unless_it_is_final(
    now: datetime, permanent: bool, status: str
) -> None:
    delivery = told(now)
    REFUSES.append(NotSent("Not now.", permanent=permanent, retry_after=timedelta(minutes=2)))

    outbox.sweep(now=now, limit=10)
    delivery.refresh_from_db()
    outbox.sweep(now=now + timedelta(minutes=2), limit=10)

    assert (delivery.status, delivery.last_error) == (status, "Not now.")
    assert len(HEARD) == (0 if permanent else 1)


def test_a_tool_that_nobody_answers_any_more_is_given_up(now: datetime) -> None:
    delivery = told(now, channel="other")

    outbox.sweep(now=now, limit=10)

    delivery.refresh_from_db()
    assert (delivery.status, delivery.last_error) == ("failed", "Nobody answers other any more.")


def test_a_delivery_has_one_receiver(now: datetime) -> None:
    delivery = told(now)
    callback = Callback.objects.create(url="https://x.example", sealed_secret=b"x", created_at=now)

    with pytest.raises(IntegrityError, match="delivery_has_one_receiver"):
        Delivery.objects.filter(pk=delivery.pk).update(callback=callback)
