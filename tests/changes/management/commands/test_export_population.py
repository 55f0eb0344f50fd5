"""`manage.py export_population`."""

import csv
import json
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from changes.queries import population as found
from tests.changes.audit.given import lived
from tests.living import events_of

pytestmark = pytest.mark.usefixtures("settled")
DAYS = {"since": "2026-11-18", "until": "2026-11-18", "username": "auditor"}


def exported(file: Path, **given: str) -> str:
    said = StringIO()
    call_command("export_population", str(file), **{**DAYS, **given}, stderr=said)
    return said.getvalue()


def test_a_file_and_its_manifest_stand_beside_each_other(tmp_path: Path) -> None:
    lived()
    file = tmp_path / "q4.csv"

    said = exported(file)

    octets = file.read_bytes()
    manifest = json.loads((tmp_path / "q4.csv.manifest.json").read_text())
    assert len(list(csv.DictReader(StringIO(octets.decode())))) == manifest["rows"] == 3
    assert manifest["sha256"] == sha256(octets).hexdigest()
    assert said.splitlines() == [
        "3 changes written",
        f"3 changes, SHA-256 {manifest['sha256']}",
    ]
    assert [event.actor for event in events_of("population")] == ["auditor"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"until": "2026-11-17"}, "The end must come after the beginning."),
        ({"since": "2019-01-01"}, "Ask for five years at most at once."),
        ({"since": "soon"}, "“soon” is no day. Give one such as 2026-03-31."),
        ({"until": "9999-12-31"}, "“9999-12-31” is no day. Give one such as 2026-03-31."),
        ({"environment": "moon"}, "There is no environment moon."),
        ({"zone": "Mars"}, "“Mars” is not an IANA time zone."),
        ({"username": "nobody"}, "There is no active user nobody. Name an auditor."),
        ({"username": "engineer"}, "Only auditors and change managers"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_left(
    tmp_path: Path, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence.replace(".", r"\.")):
        exported(tmp_path / "q4.csv", **given)

    assert list(tmp_path.iterdir()) == []
    assert events_of("population") == []


def test_counts_that_differ_leave_no_file(tmp_path: Path, monkeypatch) -> None:
    lived()
    fewer = found._ROWS.replace("ORDER BY c.id", "AND c.kind = 'normal' ORDER BY c.id")
    monkeypatch.setattr(found, "_ROWS", fewer)

    with pytest.raises(CommandError, match="the counts do not match"):
        exported(tmp_path / "q4.csv")

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        exported(tmp_path / "nowhere" / "q4.csv")
