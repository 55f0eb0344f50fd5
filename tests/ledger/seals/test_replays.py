"""An older ledger, or another one, shown as if it were this."""

import gzip
from io import StringIO

import pytest
from django.core.management import call_command

from ledger.models import Seal
from tests.ledger.seals import acts
from tests.ledger.seals.conftest import named, named_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_old_export_is_named_by_a_newer_seal(world, key_file, export, record, capsys, seal):
    old = export("old.gz")
    known = Seal.objects.get(number=3)
    record("CHG-5")
    (newest,) = seal()

    assert named_in(capsys, old, key_file, "--expect", f"SEAL-3:{known.digest[:16]}") == []
    assert named_in(capsys, old, key_file, "--expect", f"SEAL-4:{newest.digest}") == [
        "This export is older than SEAL-4, which you kept: "
        "it ends with SEAL-3 of 2026-11-20T16:06:00Z."
    ]


def test_an_export_that_does_not_continue_an_earlier_one_is_named(world, key_file, export, capsys):
    earlier = export("earlier.gz")
    newer = export("newer.gz", "--from", "SEAL-3")
    assert named_in(capsys, newer, key_file, "--previous", str(earlier)) == []

    acts.rewrite_a_chain()
    acts.seal_everything_again()
    rewritten = export("rewritten.gz")

    assert named_in(capsys, rewritten, key_file) == []
    assert named_in(capsys, rewritten, key_file, "--previous", str(earlier)) == [
        "SEAL-3 is another than the one you kept."
    ]


def test_the_whole_ledger_put_back_to_an_older_state_is_named_by_what_was_kept(world, seal, record):
    kept = Seal.objects.get(number=3)
    with acts.behind_the_ledger() as cursor:
        cursor.execute("DELETE FROM ledger_seal WHERE number = 3")
        cursor.execute("DELETE FROM ledger_event WHERE id > %s", [kept.first_id])
    assert named() == []
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", f"--expect=SEAL-3:{kept.digest}", stdout=out)

    assert ended.value.code == 1
    assert out.getvalue().splitlines()[0] == (
        "✗ SEAL-3, which you kept, is not here, the newest here is SEAL-2 of "
        "2026-11-20 16:03 UTC: this ledger is older, or cut."
    )


def test_lines_taken_from_an_export_are_missed(world, key_file, export, capsys):
    file = export()
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)

    for cut in (lines[:-1], lines[:5] + lines[6:], [*lines, lines[1]]):
        file.write_bytes(gzip.compress(b"".join(cut)))
        assert named_in(capsys, file, key_file) != []
    file.write_bytes(file.read_bytes()[:-20])
    assert named_in(capsys, file, key_file)[0].startswith("The export cannot be read after line")
