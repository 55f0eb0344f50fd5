"""Seals in an evidence pack: an auditor computes the way from an event to the signed root."""

from hashlib import sha256

import pytest

from changes.queries.packs import pack
from changes.shown.pack import document
from changes.states import State
from ledger.seals import making
from tests import living
from tests.living import at, change_at

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_way_from_an_event_to_the_root_is_in_the_pack() -> None:
    living.settle()
    change = change_at(State.CLOSED)
    making.seal_new(now=at(500), wait_seconds=0, progress=lambda seal: None)

    doc = document(pack(ref=change.ref), by="auditor", now=at(600))

    (seal,) = doc["seals"]
    digests = {one["id"]: one["digest"] for one in doc["timeline"]}
    assert [one["id"] for one in seal["events"]] == list(digests)
    for one in seal["events"]:
        node = sha256(b"\x00" + f"{one['id']}\n{digests[one['id']]}".encode()).digest()
        for step in one["path"]:
            other = bytes.fromhex(step["digest"])
            pair = other + node if step["side"] == "left" else node + other
            node = sha256(b"\x01" + pair).digest()
        assert node.hex() == seal["root"]
    assert f"root {seal['root']}" in seal["statement"].splitlines()
    assert sha256(seal["statement"].encode()).hexdigest() == seal["digest"]
