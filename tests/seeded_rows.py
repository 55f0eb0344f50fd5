"""The database as the migrations left it, made so again after each test with real transactions.

Django would empty every table by TRUNCATE and make content types and permissions anew, which costs
half a second a test, two on a server that syncs its disk; and the rows that come from migrations
would be gone. So what the migrations left is kept in a schema beside, and after a test only tables
that hold something else are touched.
"""

from functools import cache
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg import sql

# Touches nothing but tables that hold other rows than were kept; one round trip.
_MAKE = """
CREATE FUNCTION as_migrated.put_back(tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    differs boolean;
    columns text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH name IN ARRAY tables LOOP
        IF to_regclass(format('as_migrated.%I', name)) IS NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO differs;
            IF differs THEN
                EXECUTE format('DELETE FROM public.%I', name);
            END IF;
        ELSE
            EXECUTE format('SELECT EXISTS ((TABLE public.%1$I EXCEPT ALL TABLE as_migrated.%1$I)
                UNION ALL (TABLE as_migrated.%1$I EXCEPT ALL TABLE public.%1$I))', name)
                INTO differs;
            IF differs THEN
                SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
                    WHERE attrelid = to_regclass(format('public.%I', name))
                    AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
                EXECUTE format('DELETE FROM public.%I', name);
                EXECUTE format('INSERT INTO public.%1$I (%2$s) SELECT %2$s FROM as_migrated.%1$I',
                    name, columns);
            END IF;
        END IF;
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Keep what the migrations left, once the test database is made."""
    with django_db_blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA as_migrated")
        for name in _tables():
            table = sql.Identifier(name)
            cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM public.{})").format(table))
            if cursor.fetchone() == (True,):
                kept = sql.SQL("CREATE TABLE as_migrated.{0} AS TABLE public.{0}")
                cursor.execute(kept.format(table))
        cursor.execute(_MAKE)
    TransactionTestCase._fixture_teardown = _put_back  # type: ignore[attr-defined]


def _put_back(_: TransactionTestCase) -> None:
    """In place of Django's flush."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT as_migrated.put_back(%s)", [_tables()])


@cache
def _tables() -> list[str]:
    there = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [name for name in there if name != "django_migrations"]
