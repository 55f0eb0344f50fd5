"""`manage.py verify_ledger` where there are seals."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ledger import keys, verify
from ledger.models import Event, Seal
from ledger.seals import PURPOSE, checking, making
from tests.ledger.seals import acts
from tests.ledger.seals.conftest import named

pytestmark = pytest.mark.django_db(transaction=True)


def verified(*words: str) -> tuple[str, str]:
    out, progress = StringIO(), StringIO()
    call_command("verify_ledger", *words, stdout=out, stderr=progress)
    return out.getvalue(), progress.getvalue()


def test_seals_are_counted_and_the_newest_is_shown_to_be_kept(world):
    out, progress = verified()

    newest = Seal.objects.get(number=3)
    assert out.startswith("✓ 13 events of 5 subjects, ")
    assert out.endswith(" rows, 3 seals (2 events not sealed yet): all as recorded.\n")
    assert progress.splitlines() == [
        "… 11 events, 0 rows, up to SEAL-3",
        f"The newest seal, to be kept elsewhere: SEAL-3:{newest.digest}",
    ]


def test_after_a_seal_only_what_followed_is_verified(world):
    acts.edit_an_event()

    out, _ = verified("--after", "SEAL-1")

    assert out.startswith("✓ 6 events of ")
    assert " rows, 2 seals (2 events not sealed yet): all as recorded." in out


def test_after_a_seal_chains_go_on_from_before_it(world):
    acts.run("UPDATE ledger_event SET digest = repeat('0', 64) WHERE subject = 'CHG-3'")

    after = Seal.objects.get(number=1)
    found = verify.faults(rows=(), seen=verify.Seen(lambda seen: None), after=after)

    assert [fault.message for fault in found] == [
        "SEAL-2 does not fit its events any more: one was replaced or moved.",
        "CHG-3 event 2 is another than in SEAL-2: it was rewritten.",
        "CHG-3 event 2 (change.started) does not follow event 1: one was replaced.",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--after=SEAL-9"], "SEAL-9, which you kept, is not here, the newest here is SEAL-3"),
        (["--after=SEAL-3:0000000000000000"], "SEAL-3 is another than the one you kept"),
        (["--previous=x.gz"], "name the newer one with --export"),
        (["--public-key=/nowhere"], "/nowhere holds no public keys of seals"),
        (["--expect=third"], "Write SEAL-7, or with its digest"),
    ],
)
def test_what_makes_no_sense_is_refused(world, words, told):
    with pytest.raises(CommandError, match=told):
        verified(*words)


def test_a_stopped_verification_says_from_where_to_go_on(world, monkeypatch):
    monkeypatch.setattr(checking, "AT_ONCE", 1)
    shown = StringIO()

    class Stopping(StringIO):
        def write(self, text: str) -> int:
            shown.write(text)
            if "up to SEAL-2" in text:
                raise KeyboardInterrupt
            return len(text)

    with pytest.raises(KeyboardInterrupt):
        call_command("verify_ledger", stdout=StringIO(), stderr=Stopping())

    assert shown.getvalue().splitlines()[-1] == "Stopped. To go on: --after SEAL-2"


def test_many_small_steps_find_the_same(world, monkeypatch):
    acts.delete_in_the_middle()
    whole = named()
    monkeypatch.setattr(checking, "AT_ONCE", 1)

    assert named() == whole


def test_events_that_were_drawn_and_linked_in_another_order_are_no_fault(story, seal, now):
    """Ids are drawn before positions: the second event of a subject may have the lower id."""
    acts.swap_ids_of("CHG-1", 2, 3)
    making.seal_next(upto=story[1].pk, now=now)
    making.seal_next(upto=story[5].pk, now=now)

    assert named() == []


def test_keys_from_a_file_are_the_only_ones_believed(world, tmp_path, now):
    old = tmp_path / "old.json"
    old.write_text(json.dumps(keys.jwks(purpose=PURPOSE)))
    making.rotate_key(actor="admin", now=now)
    making.seal_new(now=now + timedelta(minutes=9), wait_seconds=0, progress=lambda seal: None)
    kid = Seal.objects.get(number=4).kid

    assert named() == []
    with pytest.raises(SystemExit):
        verified(f"--public-key={old}")
    public = verify.faults(
        rows=(), seen=verify.Seen(lambda seen: None), public={}, after=Seal.objects.get(number=3)
    )
    assert [fault.message for fault in public] == [
        f"SEAL-4 is signed with the key {kid}, which is none of ours."
    ]


def test_a_retired_key_of_another_secret_key_is_noted_and_one_in_use_is_named(world, settings, now):
    making.rotate_key(actor="admin", now=now)
    first, second = [key["kid"] for key in keys.jwks(purpose=PURPOSE)["keys"]][::-1]
    keys._opened.cache_clear()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []

    seen = verify.Seen(lambda seen: None)
    found = [fault.message for fault in verify.faults(rows=(), seen=seen)]

    assert found == [
        f"The key {second} for a seal was not made with this SECRET_KEY: "
        "restore the key, or rotate it."
    ]
    assert seen.notes == [
        f"The key {first} for a seal was not made with this SECRET_KEY: "
        "only its published half can show that it is ours."
    ]
    keys._opened.cache_clear()


def test_a_rotation_is_recorded_and_every_key_is_printed(world):
    out, progress = StringIO(), StringIO()
    call_command("seal_keys", stdout=out)
    (before,) = json.loads(out.getvalue())["keys"]
    with pytest.raises(CommandError, match="Say who"):
        call_command("seal_keys", "--rotate")
    with pytest.raises(CommandError, match="There is no active user nobody"):
        call_command("seal_keys", "--rotate", "--as", "nobody")
    from_command = acts.person("admin")

    out = StringIO()
    call_command("seal_keys", "--rotate", "--as", from_command, stdout=out, stderr=progress)

    newest, old = json.loads(out.getvalue())["keys"]
    assert old == before
    event = Event.objects.filter(subject="ledger").latest("position")
    assert (event.verb, event.actor) == ("ledger.key_rotated", "admin")
    assert event.data == {"purpose": "seal", "key": newest["kid"]}
