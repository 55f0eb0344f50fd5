import ast
import gzip
import json
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from ledger import canonical, keys, timeline
from ledger.models import Event, Seal
from ledger.seals import PURPOSE, verify_export
from tests.ledger.seals.conftest import named_in

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = Path(verify_export.__file__)


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def test_an_export_holds_every_event_before_the_seal_that_covers_it(world, export):
    first, *told, end = lines(export())
    newest = Seal.objects.get(number=3)

    assert first["after"] is None
    assert first["newest"] == {
        "number": 3,
        "digest": newest.digest,
        "sealed_at": "2026-11-20T16:06:00Z",
    }
    assert [one["seal"]["number"] if "seal" in one else "event" for one in told] == [
        *["event"] * 7, 1, *["event"] * 2, 2, *["event"] * 2, 3, *["event"] * 2,
    ]  # fmt: skip
    assert end == {"end": {"events": 13, "seals": 3, "unsealed": 2}}


def test_a_part_is_exported_by_seal_or_by_instant(world, export, now):
    by_seal = lines(export("a.gz", "--from", "SEAL-1", "--to", "SEAL-2"))
    instants = [f"{now + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ}" for n in (1, 4)]
    by_instant = lines(export("b.gz", "--from", instants[0], "--to", instants[1]))

    assert by_seal[0]["after"]["number"] == 1
    assert by_seal[1:] == by_instant[1:]
    assert by_seal[-1] == {"end": {"events": 2, "seals": 1, "unsealed": 0}}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--from", "SEAL-9"], "There is no seal SEAL-9"),
        (["--to", "yesterday"], "There is no seal yesterday"),
        (["--to", "2020-01-01T00:00:00Z"], "Nothing was sealed up to 2020-01-01T00:00:00Z"),
        (["--to", "2026-11-20T00:00:00"], "needs a time zone"),
        (["--from", "2026-13-20T00:00:00Z"], "There is no seal 2026-13-20"),
        (["--from", "SEAL-2", "--to", "SEAL-2"], "nothing is between them"),
    ],
)
def test_a_part_that_is_not_there_is_refused(world, export, tmp_path, words, told):
    with pytest.raises(CommandError, match=told):
        export("part.gz", *words)

    assert not list(tmp_path.glob("part*"))


def test_a_part_is_verified_alone(world, key_file, export, capsys):
    part = export("part.gz", "--from", "SEAL-1", "--to", "SEAL-2")

    assert named_in(capsys, part, key_file) == []
    assert named_in(capsys, part, key_file, "--expect", "SEAL-1") == []


def test_what_was_verified_is_not_verified_again(world, key_file, export, capsys):
    whole = export()

    assert named_in(capsys, whole, key_file, "--after", "SEAL-2") == []


def test_the_verifier_stands_alone(world, key_file, export, tmp_path):
    """Copied elsewhere, without Tidegate's settings, folder or packages."""
    alone = tmp_path / "elsewhere" / "verify_export.py"
    alone.parent.mkdir()
    alone.write_text(SCRIPT.read_text())

    done = subprocess.run(
        [sys.executable, "-I", str(alone), str(export()), "--public-key", str(key_file)],
        cwd=alone.parent,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )

    newest = Seal.objects.get(number=3)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "✓ 13 events (2 not sealed), 3 seals: all as recorded.",
        f"The newest is of 2026-11-20T16:06:00Z: SEAL-3:{newest.digest}",
    ]


def test_the_verifier_imports_nothing_but_the_standard_library_and_cryptography():
    tree = ast.walk(ast.parse(SCRIPT.read_text()))
    names = {node.module for node in tree if isinstance(node, ast.ImportFrom)}
    tree = ast.walk(ast.parse(SCRIPT.read_text()))
    names |= {one.name for node in tree if isinstance(node, ast.Import) for one in node.names}

    assert {name.partition(".")[0] for name in names} - sys.stdlib_module_names == {"cryptography"}


AWKWARD = {
    "whole": 2.0,
    "part": 0.1,
    "large": 1e22,
    "text": "ä “quoted” \u2028 \\ \x1f </script>",
    "nested": {"z": [None, True, -0.0, {"é": []}]},
}


def test_what_was_said_awkwardly_is_verified_all_the_same(seal, export, tmp_path, capsys, now):
    with transaction.atomic():
        timeline.record(subject="CHG-1", verb="x", actor="ada", at=now, data=AWKWARD)
    seal()
    (tmp_path / "keys").write_text(json.dumps(keys.jwks(purpose=PURPOSE)))

    assert named_in(capsys, export(), tmp_path / "keys") == []
    data = Event.objects.get(subject="CHG-1").data
    written = json.loads(canonical.canonical_json(data))
    assert verify_export.canonical_digest(written) == canonical.sha256_hex(data)


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"[]\n", mtime=0)])
def test_what_is_no_export_is_not_verified(world, key_file, tmp_path, capsys, content):
    (tmp_path / "other.gz").write_bytes(content)

    code = verify_export.main([str(tmp_path / "other.gz"), "--public-key", str(key_file)])

    assert (code in (1, 2), "all as recorded" in capsys.readouterr().out) == (True, False)


def test_without_readable_keys_nothing_is_verified(world, export, tmp_path, capsys):
    (tmp_path / "keys").write_text('{"keys": [{"kid": "a", "x": "!"}]}')

    code = verify_export.main([str(export()), "--public-key", str(tmp_path / "keys")])

    assert (code, capsys.readouterr().out) == (2, "")


def test_the_command_verifies_an_export(world, key_file, export, capsys):
    words = [f"--export={export()}", f"--public-key={key_file}", "--expect=SEAL-3"]
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", *words)

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("✓ 13 events (2 not sealed), 3 seals")


def test_the_command_asks_for_the_keys_of_an_export(world, export):
    with pytest.raises(CommandError, match="--public-key FILE"):
        call_command("verify_ledger", f"--export={export()}")


def test_an_export_to_a_folder_that_is_not_there_is_refused(world, tmp_path):
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        call_command("export_ledger", str(tmp_path / "none" / "ledger.gz"), stdout=StringIO())
