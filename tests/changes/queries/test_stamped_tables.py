"""Every table of which the gate remembers something has a stamp."""

import json

import pytest
from django.db import connection

from changes.queries import live_sql

pytestmark = pytest.mark.django_db(transaction=True)
STAMPED = {
    "catalog_apitoken",
    "catalog_environment",
    "catalog_membership",
    "catalog_service",
    "catalog_servicedependency",
    "catalog_team",
    "catalog_user",
    "catalog_user_groups",
    "auth_group",
    "changes_window",
    "changes_listedtime",
    "incidents_affectedservice",
    "incidents_incident",
    "ledger_signingkey",
}


# Read only where the change, which is always read, names one.
OF_A_TEMPLATE = {"changes_template", "changes_template_services"}
OF_A_ROLLBACK = {"changes_rollback", "changes_incidentlink"}


def tables_of(sql: str) -> set[str]:
    """The tables a statement reads, as PostgreSQL plans it."""
    numbered = sql.replace("%%", "%")
    for name in ("kind", "category", "risk", "service", "environment", "revision", "key_purpose"):
        numbered = numbered.replace(f"%({name})s", "''")
    numbered = numbered.replace("%(token)s", "'00'").replace("%(now)s", "now()")
    for name in ("change", "service_id", "environment_id", "actor", "claim"):
        numbered = numbered.replace(f"%({name})s", "1")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON, COSTS OFF) {numbered}")
        text = json.dumps(cursor.fetchone()[0])
    found: set[str] = set()
    for part in text.split('"Relation Name": "')[1:]:
        found.add(part.split('"')[0])
    return found


@pytest.mark.parametrize("named", ["CHANGE", "REVISION"])
def test_every_table_that_is_remembered_has_a_stamp(named):
    whole = tables_of(getattr(live_sql, f"OF_{named}_BY_BEARER"))
    live = tables_of(getattr(live_sql, f"LIVE_OF_{named}"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger "
            "JOIN pg_proc ON pg_proc.oid = tgfoid AND proname = 'catalog_stamp_anew' "
            "WHERE tgdeferrable AND tginitdeferred AND tgenabled = 'O'"
        )
        stamped = {table for (table,) in cursor.fetchall()}

    assert stamped == STAMPED
    assert whole - live - OF_A_TEMPLATE - OF_A_ROLLBACK <= stamped
    assert live <= whole


@pytest.mark.parametrize("table", sorted(STAMPED))
def test_emptying_a_remembered_table_stamps_anew(table):
    def number() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM catalog_stamp")
            (found,) = cursor.fetchone()
        return int(found)

    before = number()
    with connection.cursor() as cursor:
        cursor.execute("SET tidegate.allow_truncate = 'on'")
        cursor.execute(f"TRUNCATE {table} CASCADE")

    assert number() > before
