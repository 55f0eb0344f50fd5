"""Statements planned once a connection."""

import contextlib
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import statements

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
MANY = ["a", "b,c", "", "null", 'said "yes"', "back\\slash", "{}", "naïve\n"]
ASKED = "SELECT %(word)s::text || 'x', %(many)s::text[], %(at)s::timestamptz, %(none)s::text"


def test_values_come_back_as_they_went():
    at = datetime(2026, 11, 20, 16, tzinfo=UTC)
    values = {"word": "naïve '%s", "many": MANY, "at": at, "none": None}

    for _ in range(5):  # the later ones are prepared
        assert statements.fetched(ASKED, values) == [("naïve '%sx", MANY, at, None)]


def test_a_statement_is_prepared_when_it_is_asked_again():
    for number in range(5):
        statements.fetched("SELECT %(number)s::int + 1 AS prepared_once", {"number": number})

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement ILIKE %s",
            ["%AS prepared_once"],
        )
        assert cursor.fetchone() == (1,)


def test_a_statement_is_counted_with_its_text():
    with CaptureQueriesContext(connection) as queries:
        statements.fetched("SELECT %(number)s::int", {"number": 7})

    assert [one["sql"] for one in queries] == ["SELECT 7::int"]


def test_a_wrong_statement_raises_what_django_raises():
    with pytest.raises(ProgrammingError), transaction.atomic():
        statements.fetched("SELECT nothing", {})


def test_values_of_every_kind_are_read_as_they_were_meant():
    values = {"yes": True, "raw": b"\x00\xff", "key": UUID(int=7), "at": AT, "count": -3}
    asked = """SELECT %(yes)s::bool, %(raw)s::bytea, %(key)s::uuid, %(at)s::timestamptz,
        %(count)s::int"""

    assert statements.fetched(asked, values) == [(True, b"\x00\xff", UUID(int=7), AT, -3)]


def test_a_transaction_that_is_taken_back_takes_the_first_statement_with_it():
    with contextlib.suppress(RuntimeError), transaction.atomic():
        statements.fetched("SELECT set_config('tidegate.tried', %(word)s, false)", {"word": "yes"})
        raise RuntimeError

    assert statements.fetched("SELECT current_setting('tidegate.tried', true)", {}) != [("yes",)]


def test_one_text_comes_as_it_was_sent():
    asked = "SELECT %(word)s::text WHERE %(word)s <> ''"

    assert statements.text(asked, {"word": "naïve"}) == "naïve".encode()
    assert statements.text(asked, {"word": ""}) is None
    with CaptureQueriesContext(connection):
        assert statements.text(asked, {"word": "naïve"}) == "naïve".encode()


def test_only_so_many_statements_stay_prepared():
    for number in range(120):
        statements.fetched(f"SELECT {number} AS one_of_many", {})

    kept = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'tidegate%%'"
    assert statements.fetched(kept, {}) == [(100,)]
