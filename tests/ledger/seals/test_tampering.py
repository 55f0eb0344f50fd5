"""How what somebody did to the ledger is named.

The same acts are shown to the verification of the database and to that of an export, which shares
no line with it.
"""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import verify
from ledger.models import Seal, SigningKey
from ledger.seals import PURPOSE
from tests.ledger.seals import acts
from tests.ledger.seals.conftest import Told, named, named_in

pytestmark = pytest.mark.django_db(transaction=True)
UNFIT = "SEAL-1 does not fit its events any more: "
REPLACED = f"{UNFIT}one was replaced or moved."
GONE_3 = "SEAL-3 is gone: the ledger recorded it"
ANOTHER_2 = "SEAL-2 is another than the ledger recorded in event 2 of ledger."
ACTS: list[tuple[Callable[[], None], Told]] = [
    (acts.edit_an_event, ["CHG-1 event 2 (change.approved) no longer says what was recorded."]),
    (
        acts.delete_in_the_middle,
        [
            f"{UNFIT}it covers 7, and there are 6.",
            "CHG-1 event 3 is missing before event 4 (change.finished).",
        ],
    ),
    (
        acts.delete_the_last_of_a_chain,
        [
            f"{UNFIT}it covers 7, and there are 6.",
            "CHG-1 event 5, the newest of it in SEAL-1, is gone.",
        ],
    ),
    (
        acts.delete_a_whole_subject,
        [
            f"{UNFIT}it covers 7, and there are 6.",
            "CHG-2 event 1, the newest of it in SEAL-1, is gone.",
        ],
    ),
    (
        acts.put_one_in,
        [
            f"{UNFIT}it covers 7, and there are 8.",
            "CHG-9 event 1 was put in after SEAL-1 was made.",
        ],
    ),
    (
        acts.rewrite_a_chain,
        [REPLACED, "CHG-1 event 5 is another than in SEAL-1: it was rewritten."],
    ),
    (acts.swap_two_ids, [REPLACED]),
    (acts.delete_a_seal_between, ["SEAL-2 is missing before SEAL-3."]),
    (acts.forge_a_signature, ["SEAL-2 has a forged signature."]),
    (acts.edit_a_seal, ["SEAL-2 no longer states what was signed."]),
]
by_name = pytest.mark.parametrize(
    ("act", "told"), ACTS, ids=[act.__name__.replace("_", " ") for act, _ in ACTS]
)


def test_nothing_is_named_where_nobody_did_anything(world, key_file, export, capsys):
    assert named() == []
    assert named_in(capsys, export(), key_file) == []


@by_name
def test_each_act_is_named_and_nothing_else(world, act, told):
    act()

    assert named() == told


@by_name
def test_each_act_is_named_in_an_export_too(world, key_file, export, capsys, act, told):
    act()

    assert named_in(capsys, export(), key_file) == told


def test_two_events_that_changed_places_are_named(world, key_file, export, capsys):
    acts.swap_two_places()
    named_both = "CHG-1 event 2 (change.started) does not follow event 1: one was replaced."

    assert named() == [named_both]
    assert named_in(capsys, export(), key_file) == [
        "CHG-1 event 3 (change.approved) has a forged digest.",
        "CHG-1 event 2 (change.started) has a forged digest.",
        named_both,
    ]


def test_a_last_seal_that_is_gone_is_named(world, key_file, export, capsys):
    acts.delete_the_last_seal()

    assert named() == [f"{GONE_3} in event 3 of ledger."]
    assert named_in(capsys, export(), key_file) == [f"{GONE_3}."]


def test_a_key_of_ones_own_is_named(world, key_file, export, capsys):
    acts.sign_with_a_key_of_ones_own()
    kid = Seal.objects.get(number=3).kid

    assert named() == [
        f"SEAL-3 is signed with the key {kid}, which is none of ours.",
        "SEAL-3 is another than the ledger recorded in event 3 of ledger.",
    ]
    assert named_in(capsys, export(), key_file) == [
        f"SEAL-3 is signed with the key {kid}, which is none of those given."
    ]


def test_a_key_put_into_the_database_is_named(world):
    own = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    kid = SigningKey.objects.get(purpose=PURPOSE).kid
    SigningKey.objects.filter(purpose=PURPOSE).update(public=own)

    assert named()[0] == f"The key {kid} for a seal was replaced in the database."
    assert named()[1:] == [
        f"SEAL-{number} is signed with the key {kid}, which is none of ours."
        for number in (1, 2, 3)
    ]


def test_a_change_whose_last_event_is_gone_is_not_called_changed(record, seal):
    record("CHG-1", data={"row_digest": "aa"})
    record("CHG-1", "change.started", data={"row_digest": "bb"})
    seal()
    acts.run("DELETE FROM ledger_event WHERE subject = 'CHG-1' AND position = 2")

    seen = verify.Seen(lambda seen: None)
    found = verify.faults(rows=[lambda: [("CHG-1", "bb")]], seen=seen)

    assert [fault.message for fault in found] == [
        f"{UNFIT}it covers 2, and there are 1.",
        "CHG-1 event 2, the newest of it in SEAL-1, is gone.",
    ]
