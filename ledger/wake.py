"""Waking the outbox: messages that say there is something to send. Losing one loses only time."""

import logging

from celery import current_app
from django.db import transaction

log = logging.getLogger(__name__)

SWEEP = "ledger.sweep"
DELIVER = "ledger.deliver"


def nudge() -> None:
    """Ask a worker to sweep the outbox once the transaction commits; once per transaction.

    A broker that does not answer is logged and forgotten: the timetable's sweep finds the rows.
    """
    waiting = transaction.get_connection().run_on_commit
    if not any(function is _publish_sweep for _, function, *_ in waiting):
        transaction.on_commit(_publish_sweep)


def publish(name: str, *arguments: int) -> None:
    """Send one task to the broker, without waiting for a broker that is down. Never raises."""
    try:
        with current_app.connection_for_write(connect_timeout=1) as connection:
            current_app.send_task(
                name, args=arguments, connection=connection, retry=False, ignore_result=True
            )
    except Exception as error:  # whatever the transport raises, the commit stands
        log.warning("%s was not published (%s); the sweep will find the rows.", name, error)


def _publish_sweep() -> None:
    publish(SWEEP)
