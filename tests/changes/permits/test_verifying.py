"""Somebody else's verifier, with nothing but what is published, believes permits and no others.

It is the one that `docs/permits.md` shows, word for word, against a server.
"""

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from changes import gate, permits
from changes.states import State
from ledger import keys
from tests import living
from tests.living import change_at, person

DOCUMENT = Path(__file__).parents[3] / "docs" / "permits.md"
PLACE = {"service": "refunds", "environment": "production", "artifact": "sha256:good"}


@pytest.fixture
def today(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=110)
    monkeypatch.setattr(living, "NINE", begun)
    living.settle()


def documented(server: str) -> Any:
    """What the document's code defines, for this server."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    defined: dict[str, Any] = {"tidegate": server}
    exec(code, defined)
    return defined["may_start"]


def asked(change: Any) -> str:
    question = gate.Question("refunds", "production", change=change.ref)
    answer = gate.ask(question, actor=person("ci"), now=timezone.now())
    assert answer.decision == "allow", answer.reasons
    return answer.permit


def test_permits_are_verified_offline_while_their_key_is_replaced(
    today: None, live_server: Any
) -> None:
    change = change_at(State.SCHEDULED, artifact="sha256:good")
    may_start = documented(live_server.url)
    old = asked(change)
    permits.rotate_key(actor="manager", now=timezone.now())
    assert may_start(old, **PLACE)  # and keeps the keys for five minutes, as many verifiers do

    permits.tend_keys(now=timezone.now() + timedelta(minutes=61))
    new = asked(change)
    kids = {jwt.get_unverified_header(text)["kid"] for text in (old, new)}
    assert len(kids) == 2
    assert may_start(old, **PLACE)
    assert may_start(new, **PLACE)
    assert not may_start(new, **{**PLACE, "artifact": "sha256:other"})

    key = jwt.decode(new, options={"verify_signature": False})["jti"]
    permits.revoke(
        permit_id=UUID(key), reason="It leaked.", actor=person("manager"), now=timezone.now()
    )
    assert not may_start(new, **PLACE)
    assert may_start(old, **PLACE)
    forged = jwt.encode({"iss": "tidegate", **PLACE}, "", algorithm="none")
    with pytest.raises(jwt.PyJWTError):
        may_start(forged, **PLACE)


def test_the_command_publishes_a_key_that_signs_an_hour_later(settled: None) -> None:
    before = keys.signing_key(purpose=permits.PURPOSE, now=timezone.now()).kid
    said, told = StringIO(), StringIO()

    call_command("permit_keys", "--rotate", "--as", "manager", stdout=said, stderr=told)

    assert said.getvalue().count('"kid"') == 2
    assert " is published, and signs from " in told.getvalue()
    assert keys.signing_key(purpose=permits.PURPOSE, now=timezone.now()).kid == before
    permits.tend_keys(now=timezone.now() + timedelta(minutes=61))
    assert keys.signing_key(purpose=permits.PURPOSE, now=timezone.now()).kid != before


def test_the_command_replaces_a_key_that_leaked(settled: None) -> None:
    before = keys.signing_key(purpose=permits.PURPOSE, now=timezone.now()).kid

    call_command(
        "permit_keys",
        "--rotate",
        "--at-once",
        "--as",
        "manager",
        stdout=StringIO(),
        stderr=StringIO(),
    )

    assert keys.signing_key(purpose=permits.PURPOSE, now=timezone.now()).kid != before


@pytest.mark.parametrize("words", [["--rotate"], ["--rotate", "--as", "nobody"], ["--at-once"]])
def test_a_key_is_rotated_by_somebody(words: list[str], settled: None) -> None:
    with pytest.raises(CommandError):
        call_command("permit_keys", *words, stdout=StringIO())
