"""A source of each proof, and messages from them."""

import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http.request import HttpHeaders

from catalog.models import User
from ledger import inbox
from ledger.inbox import sources
from ledger.models import Message, Source


@pytest.fixture(autouse=True)
def peers(settings: Any) -> None:
    settings.INBOX_VENDORS = "tests.ledger.inbox.peers.VENDORS"


@pytest.fixture
def keyed(engineer: User, now: Any) -> tuple[Source, str]:
    return sources.make(actor=engineer, now=now, slug="tool", name="Tool", vendor="keyed")


@pytest.fixture
def signed(engineer: User, now: Any) -> tuple[Source, str]:
    return sources.make(actor=engineer, now=now, slug="signer", name="Signer", vendor="signed")


def headers(**given: str) -> HttpHeaders:
    return HttpHeaders({f"HTTP_{name.upper()}": value for name, value in given.items()})


def sign(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


@pytest.fixture
def send(keyed: tuple[Source, str], now: Any) -> Callable[..., Message]:
    """Let the keyed source send some words; answers the message that was kept."""

    def sent(words: str = "hello", **shown: str) -> Message:
        taken = inbox.receive(
            inbox.Arrived(
                slug="tool", key=keyed[1], headers=headers(**shown), body=json.dumps(words).encode()
            ),
            now=now,
        )
        return Message.objects.get(pk=taken.message)

    return sent
