"""A request after the database restarted works at once, and a healthy one asks nothing first."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql import base

from config import database_url


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def next_request() -> None:
    """What Django does to a kept connection when a request begins."""
    connection.close_if_unusable_or_obsolete()
    connection.health_check_enabled = True
    connection.health_check_done = False


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_closed_is_replaced() -> None:
    first = backend_pid()
    entry = settings.DATABASES["default"] | {"NAME": connection.settings_dict["NAME"]}
    with psycopg.connect(database_url.keyword_string(entry, connect_timeout=5)) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    next_request()

    assert backend_pid() != first


@pytest.mark.django_db(transaction=True)
def test_a_healthy_connection_is_kept_and_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    first = backend_pid()

    def asked(self: object) -> bool:
        raise AssertionError("the server was asked")

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", asked)
    next_request()

    assert backend_pid() == first
