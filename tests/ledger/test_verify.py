import json
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from config import recorded_rows
from ledger import verify

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def behind_the_ledger():
    """Somebody with the owner's rights, who knows to switch the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE ledger_event ENABLE TRIGGER USER")


def found(rows=()) -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=rows, seen=seen)]


def rows() -> int:
    """How many rows decide something: those that every installation begins with."""
    return sum(1 for source in recorded_rows.KEPT for _ in source())


@pytest.fixture
def five(record) -> None:
    for verb in ("submitted", "approved", "started", "finished", "closed"):
        record("CHG-1", f"change.{verb}", data={"note": verb, "took": 1.5})
    record("CHG-2")


def test_an_untouched_ledger_has_no_fault(five):
    seen = verify.Seen(lambda seen: None)

    assert list(verify.faults(rows=(), seen=seen)) == []
    assert (seen.events, seen.subjects, seen.rows) == (6, 2, 0)


@pytest.mark.parametrize(
    "change",
    [
        "data = jsonb_set(data, '{note}', '\"nothing\"')",
        "verb = 'change.approved', about = '{x}'",
        "actor = 'owner'",
        "at = at + interval '1 microsecond'",
    ],
)
def test_an_edited_event_is_named(five, change):
    with behind_the_ledger() as cursor:
        cursor.execute(f"UPDATE ledger_event SET {change} WHERE subject = 'CHG-1' AND position = 2")

    assert found() == ["CHG-1 event 2 (change.approved) no longer says what was recorded."]


def test_an_edited_event_with_a_matching_content_digest_breaks_its_link(five):
    with behind_the_ledger() as cursor:
        cursor.execute(
            "UPDATE ledger_event SET content_digest = repeat('a', 64)"
            " WHERE subject = 'CHG-1' AND position = 3"
        )

    assert found() == [
        "CHG-1 event 3 (change.started) has a forged digest.",
        "CHG-1 event 3 (change.started) no longer says what was recorded.",
    ]


def test_a_replaced_event_does_not_fit_the_next(five):
    with behind_the_ledger() as cursor:
        cursor.execute(
            "UPDATE ledger_event SET digest = encode(sha256('x'), 'hex')"
            " WHERE subject = 'CHG-1' AND position = 5"
        )
        cursor.execute(
            "UPDATE ledger_event SET previous_digest = repeat('b', 64)"
            " WHERE subject = 'CHG-1' AND position = 4"
        )

    assert found() == ["CHG-1 event 4 (change.finished) does not follow event 3: one was replaced."]


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("1", "CHG-1 event 1 is missing before event 2 (change.approved)."),
        ("3", "CHG-1 event 3 is missing before event 4 (change.finished)."),
        ("3, 4", "CHG-1 event 3 and more is missing before event 5 (change.closed)."),
    ],
)
def test_a_deleted_event_is_named(five, gone, told):
    with behind_the_ledger() as cursor:
        cursor.execute(f"DELETE FROM ledger_event WHERE subject = 'CHG-1' AND position IN ({gone})")

    assert found() == [told]


def test_two_swapped_events_are_named(five):
    with behind_the_ledger() as cursor:
        for old, new in ((2, 20), (3, 2), (20, 3)):
            cursor.execute(
                "UPDATE ledger_event SET position = %s WHERE subject = 'CHG-1' AND position = %s",
                [new, old],
            )

    assert found() == ["CHG-1 event 2 (change.started) does not follow event 1: one was replaced."]


def test_a_row_that_differs_from_its_last_digest_is_named(record, now):
    record("CHG-1", data={"row_digest": "aa"})
    record("CHG-1", "change.started", data={"row_digest": "bb", "rows": {"CHG-1 vote 7": "cc"}})
    record("CHG-1", "change.noted", data={})

    now_rows = [("CHG-1", "xx"), ("CHG-1 vote 7", "yy")]
    told = "was changed in the database behind the ledger since event 2 (change.started, 2026-11-20"

    assert found([lambda: [("CHG-1", "bb")], lambda: [("CHG-1 vote 7", "cc")]]) == []
    assert found([lambda: now_rows]) == [
        f"CHG-1 {told} 16:00:00 UTC).",
        f"CHG-1 vote 7 {told} 16:00:00 UTC).",
    ]


def test_rows_that_came_or_went_behind_the_ledger_are_named(record):
    record("CHG-1", data={"row_digest": "aa"})
    record("CHG-2", data={"row_digest": "bb"})

    assert found([lambda: [("CHG-1", "aa"), ("CHG-3", "cc")]]) == [
        "CHG-3 is in the database, but the ledger never heard of it.",
        "CHG-2 is gone from the database.",
    ]


def test_the_command_ends_with_code_1_and_names_the_fault(five):
    with behind_the_ledger() as cursor:
        cursor.execute(
            "UPDATE ledger_event SET data = %s WHERE subject = 'CHG-2'", [json.dumps({})]
        )
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", stdout=out)

    assert ended.value.code == 1
    assert out.getvalue().splitlines() == [
        "✗ CHG-2 event 1 (change.approved) no longer says what was recorded.",
        f"1 fault in 6 events of 2 subjects, {rows()} rows. Compare with a backup, "
        "and look at who can write to the database.",
    ]


def test_the_command_says_that_all_is_as_recorded(five):
    out = StringIO()

    call_command("verify_ledger", stdout=out)

    assert out.getvalue() == f"✓ 6 events of 2 subjects, {rows()} rows: all as recorded.\n"
