"""Events with and without seals."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection, transaction

from ledger.models import Event, Seal
from ledger.seals import making


@pytest.fixture
def seal(now: datetime) -> Callable[..., list[Seal]]:
    """Seal what is settled; answers the seals that were made."""

    def sealed(at: datetime = now) -> list[Seal]:
        made: list[Seal] = []
        making.seal_new(now=at, wait_seconds=0, progress=made.append)
        return made

    return sealed


@pytest.fixture
def story(record: Callable[..., Event]) -> list[Event]:
    """Five events of one change and one of another."""
    verbs = ("submitted", "approved", "started", "finished", "closed")
    events = [record("CHG-1", f"change.{verb}", data={"note": verb}) for verb in verbs]
    return [*events, record("CHG-2")]


@contextmanager
def behind_the_ledger():
    """Somebody with the owner's rights, who knows to switch the triggers off."""
    tables = ("ledger_event", "ledger_seal")
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
