"""Events with and without seals, exports of them, and what is named in both."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from ledger import keys, verify
from ledger.models import Event, Seal
from ledger.seals import PURPOSE, making, verify_export

Told = list[str]


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


@pytest.fixture
def world(story, seal, record, now) -> None:
    """Three seals, a gap among the ids of the first that a roll-back left, and unsealed events."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('ledger_event_id_seq')")
    record("CHG-3")
    seal()
    record("CHG-3", "change.started")
    seal(now + timedelta(minutes=3))
    record("CHG-4")
    seal(now + timedelta(minutes=6))
    record("CHG-4", "change.started")


@pytest.fixture
def key_file(world, tmp_path: Path) -> Path:
    file = tmp_path / "seal-keys.json"
    file.write_text(json.dumps(keys.jwks(purpose=PURPOSE)))
    return file


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Path]:
    def made(name: str = "ledger.jsonl.gz", *words: str) -> Path:
        call_command("export_ledger", str(tmp_path / name), *words, stdout=StringIO())
        return tmp_path / name

    return made


def named() -> Told:
    """What the verification of the database names."""
    return [fault.message for fault in verify.faults(rows=(), seen=verify.Seen(lambda seen: None))]


def named_in(capsys: pytest.CaptureFixture[str], file: Path, key_file: Path, *words: str) -> Told:
    """What the verification of an export names; its exit code fits."""
    code = verify_export.main([str(file), "--public-key", str(key_file), *words])
    told = [line[2:] for line in capsys.readouterr().out.splitlines() if line[0] == "✗"]
    assert code == (1 if told else 0)
    return told
