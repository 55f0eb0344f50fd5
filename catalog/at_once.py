"""Several statements as one transaction, in one round trip.

PostgreSQL takes what it is sent up to a Sync as one transaction: all of it comes to be, or nothing.
It is answered once that is safe on disk; what is done between sending and hearing costs no time.
"""

import select
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import pq

from catalog import statements

Asked = tuple[str, Mapping[str, Any]]


def send(wrapper: Any, asked: Sequence[Asked]) -> None:
    """Send statements over a connection of Django's that nobody else uses until they are heard."""
    wrapper.close_if_unusable_or_obsolete()
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    link = wrapper.connection
    with wrapper.wrap_database_errors:
        ready = [statements.prepared(link, sql, values) for sql, values in asked]
        protocol = link.pgconn
        protocol.enter_pipeline_mode()
        for name, values in ready:
            protocol.send_query_prepared(name, values)
        protocol.pipeline_sync()


def heard(wrapper: Any) -> list[bytes | None]:
    """The first text that each statement answers, None for none, once all of them are committed.

    Raises what Django raises where one of them failed: then nothing has been written.
    """
    link = wrapper.connection
    protocol = link.pgconn
    results: list[Any] = []
    with wrapper.wrap_database_errors:
        line = select.poll()
        while not (results and results[-1].status == pq.ExecStatus.PIPELINE_SYNC):
            unsent = protocol.flush()
            if unsent or protocol.is_busy():
                line.register(protocol.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
                line.poll()
                protocol.consume_input()
            elif (result := protocol.get_result()) is not None:
                results.append(result)
        protocol.exit_pipeline_mode()
        answered = [statements.sound(link, one) for one in results[:-1]]
        return [one.get_value(0, 0) if one.ntuples else None for one in answered]
