"""Waking the outbox: messages that say there is something to send. Losing one loses only time."""

import logging
import time
from collections.abc import Callable
from functools import cached_property

from celery import current_app
from django.db import connection, transaction
from kombu import Connection
from kombu.pools import producers

log = logging.getLogger(__name__)

SWEEP = "ledger.sweep"
PAGE = "ledger.page"
DELIVER = "ledger.deliver"
_PAGING = "paging"
ANSWER_SECONDS = 1.0
_QUIET_SECONDS = 10.0
_ONE_RECONNECT = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


class Broker:
    """The way to the workers; after a failure it is left alone for a while, to hold nobody up."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def publish(self, name: str, *arguments: int) -> bool:
        """Send one task; answers whether the broker took it. Never raises, never waits long."""
        if time.monotonic() < self._quiet_until:
            return False
        try:
            self._send(name, arguments)
        except Exception as error:  # whatever a transport raises, the commit stands
            self._quiet_until = time.monotonic() + _QUIET_SECONDS
            log.warning("%s was not published (%s); the sweep will find the rows.", name, error)
            return False
        return True

    def _send(self, name: str, arguments: tuple[int, ...]) -> None:
        with producers[self._connection].acquire(block=True, timeout=ANSWER_SECONDS) as producer:
            producer.connection.ensure_connection(timeout=ANSWER_SECONDS, **_ONE_RECONNECT)
            current_app.send_task(
                name,
                args=arguments,
                producer=producer,
                retry=True,
                retry_policy=_ONE_RECONNECT,
                ignore_result=True,
            )

    @cached_property
    def _connection(self) -> Connection:
        """A connection of its own, more impatient than a worker's."""
        usual = current_app.conf.broker_transport_options
        return current_app.connection_for_write(
            connect_timeout=ANSWER_SECONDS,
            transport_options={
                name: ANSWER_SECONDS
                for name in ("connect_timeout", "socket_connect_timeout", "socket_timeout")
                if name in usual
            },
        )


broker = Broker()


def nudge() -> None:
    """Ask a worker to sweep the outbox once the transaction commits; once per transaction.

    A broker that does not answer is logged and forgotten: the timetable's sweep finds the rows.
    """
    _once_committed(_publish_sweep)


def nudge_paging() -> None:
    """Ask the worker that pages to do so once the transaction commits; once per transaction."""
    _once_committed(_publish_page)


def nudge_now(*, sweep: bool, page: bool) -> None:
    """Ask at once: for who has committed over a connection of its own."""
    if page:
        _publish_page()
    if sweep:
        _publish_sweep()


def nudge_about(lane: str) -> None:
    """Ask whoever sends what is in a lane, once the transaction commits."""
    if lane == _PAGING:
        nudge_paging()
    else:
        nudge()


def nudge_for(delivery_id: int) -> None:
    """Ask a worker to send one delivery once the transaction commits."""
    transaction.on_commit(lambda: _publish_deliver(delivery_id))


def _once_committed(publish: Callable[[], None]) -> None:
    if not any(function is publish for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(publish)


def _publish_sweep() -> None:
    broker.publish(SWEEP)


def _publish_page() -> None:
    broker.publish(PAGE)


def _publish_deliver(delivery_id: int) -> None:
    broker.publish(DELIVER, delivery_id)


def nudge_task(name: str) -> None:
    """Ask a worker to run one periodic task once the transaction commits, ahead of its time."""
    transaction.on_commit(lambda: _publish(name))


def _publish(name: str) -> None:
    broker.publish(name)
