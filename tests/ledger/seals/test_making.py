import threading
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from ledger import keys, tasks, timeline
from ledger.models import Event, Seal
from ledger.seals import PURPOSE, horizon, making, merkle, statement

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = """
INSERT INTO ledger_event (subject, about, verb, actor, at, data, content_digest)
VALUES (%s, '{}', 'change.approved', 'ada', now(), '{}', repeat('a', 64)) RETURNING id
"""


@contextmanager
def another():
    """A connection of somebody else's, in a transaction that is rolled back unless it commits."""
    settings = connection.get_connection_params()
    for name in ("cursor_factory", "context"):
        settings.pop(name, None)
    with psycopg.connect(**settings) as link:
        yield link
        link.rollback()


def covered(seal: Seal) -> tuple[int, int, int]:
    return seal.first_id, seal.last_id, seal.count


def test_a_seal_covers_what_was_recorded_since_the_last(story, seal, record, now):
    (first,) = seal()
    later = record("CHG-2", "change.started")
    (second,) = seal(now + timedelta(minutes=3))

    assert covered(first) == (story[0].id, story[-1].id, 6)
    assert covered(second) == (story[-1].id + 1, later.id, 2)
    assert (first.number, second.number) == (1, 2)
    assert (first.previous_digest, second.previous_digest) == ("0" * 64, first.digest)
    assert second.sealed_at == now + timedelta(minutes=3)


def test_the_root_and_the_heads_are_those_of_the_events(story, seal):
    (made,) = seal()

    leaves = [merkle.leaf(number=one.id, digest=one.digest) for one in story]
    assert made.root == merkle.root(leaves).hex()
    assert made.heads == {
        "CHG-1": [5, story[4].digest[:16]],
        "CHG-2": [1, story[5].digest[:16]],
    }


def test_the_signature_is_verified_by_the_published_key(story, seal):
    seal()

    made = Seal.objects.get()
    public = keys.public_key(kid=made.kid, purpose=PURPOSE)
    public.verify(bytes(made.signature), statement.statement(made))
    assert made.digest == statement.digest(made)


def test_a_seal_is_recorded_and_alone_calls_for_no_other(story, seal):
    (made,) = seal()

    event = timeline.events_of(subject="ledger").get()
    assert event.verb == "ledger.sealed"
    assert event.data == {"seal": 1, "digest": made.digest, "count": 6, "key": made.kid}
    assert seal() == []
    assert Event.objects.count() == 7


def test_nothing_is_sealed_where_nothing_was_recorded(seal):
    assert seal() == []


def test_many_events_are_sealed_by_turns_each_committed(story, seal, monkeypatch):
    monkeypatch.setattr(making, "AT_ONCE", 2)
    seen = []

    def stop_after_two(made: Seal) -> None:
        seen.append(made.number)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        making.seal_new(now=story[0].at, wait_seconds=0, progress=stop_after_two)

    assert [one.count for one in Seal.objects.all()] == [2, 2]
    assert [covered(one)[1] for one in seal()][:1] == [story[-1].id]


def test_a_gap_that_may_still_fill_is_not_sealed_over(story, seal, record):
    seal()
    before = record("CHG-3")
    with another() as slow:
        ((held,),) = slow.execute(INSERT, ["CHG-7"]).fetchall()
        after = record("CHG-8")
        assert after.id == held + 1

        assert [one.last_id for one in seal()] == [before.id]
        assert seal() == []
        slow.commit()

    assert [covered(one) for one in seal()] == [(held, held + 2, 3)]


def test_an_id_drawn_before_the_transaction_has_a_number_counts_too(story, seal, record):
    """The trigger waits for the subject's lock: the id is drawn, and no xid is given yet."""
    seal()
    with another() as first, another() as waiting:
        ((held,),) = first.execute(INSERT, ["CHG-7"]).fetchall()
        waits = threading.Thread(target=waiting.execute, args=(INSERT, ["CHG-7"]))
        waits.start()
        assert waiting_for_lock(waiting.info.backend_pid) == {"xid": None}
        after = record("CHG-8")
        assert after.id == held + 2

        assert seal() == []
        first.commit()
        waits.join()
        assert [one.last_id for one in seal()] == [held]
        waiting.commit()

    assert [covered(one) for one in seal()] == [(held + 1, held + 3, 3)]


def waiting_for_lock(pid: int) -> dict[str, object]:
    """The number of the transaction of that backend, once it waits for a lock."""
    asked = "SELECT wait_event_type, backend_xid FROM pg_stat_activity WHERE pid = %s"
    for _ in range(10_000):
        with connection.cursor() as cursor:
            cursor.execute(asked, [pid])
            why, xid = cursor.fetchone()
        if why == "Lock":
            return {"xid": xid}
    raise AssertionError("It never waited.")


def test_what_was_rolled_back_leaves_a_gap_that_is_sealed_over(story, seal, record):
    with another() as given_up:
        given_up.execute(INSERT, ["CHG-7"])
        given_up.rollback()
    later = record("CHG-8")

    assert [covered(one) for one in seal()] == [(story[0].id, later.id, 7)]


def test_the_sealer_waits_for_who_is_recording(story):
    with another() as slow:
        ((held,),) = slow.execute(INSERT, ["CHG-7"]).fetchall()
        ends = threading.Timer(0.1, slow.commit)
        ends.start()

        assert horizon.settled(after=0, wait_seconds=30) == held
        ends.join()


def test_whoever_begins_to_record_later_is_not_waited_for(story):
    with ExitStack() as others:
        slow = others.enter_context(another())
        slow.execute("BEGIN")

        assert horizon.settled(after=0, wait_seconds=0) == story[-1].id


def test_of_two_sealers_at_once_one_wins(story, seal):
    with another() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [making._LOCK])
        with pytest.raises(making.AlreadySealing):
            seal()
        with pytest.raises(CommandError, match="Somebody else is sealing"):
            call_command("seal_ledger")
        tasks.seal()
        assert Seal.objects.count() == 0

    assert len(seal()) == 1


def test_sealers_in_a_crowd_make_one_chain(story, now, monkeypatch):
    monkeypatch.setattr(making, "AT_ONCE", 1)
    together, refused = threading.Barrier(4), []

    def race() -> None:
        together.wait()
        try:
            making.seal_new(now=now, wait_seconds=5, progress=lambda seal: None)
        except making.AlreadySealing:
            refused.append(1)
        connection.close()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    making.seal_new(now=now, wait_seconds=5, progress=lambda seal: None)

    made = list(Seal.objects.order_by("number"))
    assert [one.number for one in made] == list(range(1, len(made) + 1))
    assert [one.previous_digest for one in made] == ["0" * 64, *[one.digest for one in made[:-1]]]
    ids = list(Event.objects.filter(id__lte=made[-1].last_id).order_by("id").values_list("id"))
    assert [(one.last_id,) for one in made] == ids


@pytest.mark.parametrize("done", ["UPDATE ledger_seal SET count = 9", "DELETE FROM ledger_seal"])
def test_a_seal_cannot_be_changed_or_deleted(story, seal, done):
    seal()

    with (
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(done)

    assert Seal.objects.get().count == 6


def test_a_rotated_key_signs_the_next_seal_and_the_old_one_still_verifies(story, seal, record, now):
    (old,) = seal()
    keys.rotate(purpose=PURPOSE, now=now)
    record("CHG-3")
    (new,) = seal()

    assert old.kid != new.kid
    assert {key["kid"] for key in keys.jwks(purpose=PURPOSE)["keys"]} == {old.kid, new.kid}
    for one in (old, new):
        public = keys.public_key(kid=one.kid, purpose=PURPOSE)
        public.verify(bytes(one.signature), statement.statement(one))


def test_the_command_prints_the_newest_seal_to_be_kept_elsewhere(story):
    out, progress = StringIO(), StringIO()
    call_command("seal_ledger", stdout=out, stderr=progress)
    made = Seal.objects.get()

    assert out.getvalue().splitlines() == [
        "Made 1 seal. The newest, to be kept elsewhere:",
        f"SEAL-1:{made.digest}",
    ]
    assert progress.getvalue() == f"… SEAL-1: 6 events, up to number {made.last_id}\n"


def test_the_command_says_that_nothing_is_new(seal):
    out = StringIO()
    call_command("seal_ledger", stdout=out)

    assert out.getvalue() == "There is no event to seal.\n"
