"""The role of web and worker: it works with every table and cannot rewrite the ledger."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from catalog.models import Team
from config import app_role, message_queue
from config.embedded_place import APP_ROLE
from ledger import timeline
from ledger.seals import making
from tests.config.processes import within

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def as_app(db: None) -> None:
    """The rest of the test speaks as the app role."""
    app_role.grant(role=APP_ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")


def run(statement: str) -> list[tuple[object, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET actor = 'nobody'",
        "DELETE FROM ledger_event",
        "TRUNCATE ledger_event CASCADE",
        "ALTER TABLE ledger_event DISABLE TRIGGER ALL",
        "DROP TABLE ledger_event",
        "UPDATE ledger_seal SET count = 1",
        "DELETE FROM ledger_seal",
        "TRUNCATE ledger_seal",
        "ALTER TABLE ledger_seal DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
        "CREATE TABLE mine (id int)",
    ],
)
def test_it_may_not(as_app: None, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(statement)


def test_it_reads_and_writes_every_other_table(as_app: None) -> None:
    team = Team.objects.create(slug="payments", name="Payments")
    team.name = "Paying"
    team.save()

    assert list(Team.objects.values_list("name", flat=True)) == ["Paying"]
    assert team.delete()[0] == 1
    assert run("SELECT count(*) FROM ledger_event") == [(0,)]


def test_it_seals(as_app: None) -> None:
    with transaction.atomic():
        timeline.record(subject="CHG-1", verb="change.approved", actor="ada", at=NOW, data={})
    making.seal_new(now=NOW, wait_seconds=0, progress=lambda seal: None)

    assert run("SELECT number, count FROM ledger_seal") == [(1, 1)]


def test_an_owner_who_may_not_make_the_role_is_told_what_to_ask_for(db: None) -> None:
    run("CREATE ROLE tidegate_plain_owner")
    run("SET LOCAL ROLE tidegate_plain_owner")

    with pytest.raises(app_role.RoleMissing) as refusal, transaction.atomic():
        app_role.grant(role="tidegate_no_such_role")

    assert "CREATE ROLE tidegate_no_such_role LOGIN" in str(refusal.value)


def test_granting_again_changes_nothing(db: None) -> None:
    privileges = (
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
        f"WHERE grantee = '{APP_ROLE}' ORDER BY 1, 2"
    )
    app_role.grant(role=APP_ROLE)
    first = run(privileges)
    app_role.grant(role=APP_ROLE)

    assert run(privileges) == first
    assert ("ledger_event", "INSERT") in first


def test_the_message_queue_is_installed_once_and_is_the_roles(db: None) -> None:
    app_role.grant(role=APP_ROLE)
    message_queue.install(role=APP_ROLE)
    message_queue.install(role=APP_ROLE)
    run(f"SET LOCAL ROLE {APP_ROLE}")

    run("""SELECT pgmq.send('tidegate', '{"id": 1}')""")

    assert run("SELECT message FROM pgmq.read('tidegate', 30, 5)") == [('{"id": 1}',)]


@pytest.mark.django_db(transaction=True)
def test_two_databases_of_one_server_may_make_it_at_once() -> None:
    role = f"app_{uuid4().hex[:8]}"
    with psycopg.connect(os.environ["DATABASE_URL"]) as other, ThreadPoolExecutor(1) as threads:
        other.execute(f"CREATE ROLE {role} LOGIN")
        granting = threads.submit(_grant, role)
        assert within(20, lambda: _waits_for(other.info.backend_pid))
        other.commit()
        granting.result(timeout=20)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege(%s, 'ledger_event', 'INSERT')", [role])
            assert cursor.fetchone() == (True,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {role}")
            cursor.execute(f"DROP ROLE {role}")


def _grant(role: str) -> None:
    try:
        app_role.grant(role=role)
    finally:
        connection.close()


def _waits_for(pid: int) -> bool:
    """Whether somebody waits for what this connection has done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid)))",
            [pid],
        )
        found: bool = cursor.fetchone()[0]
    return found
