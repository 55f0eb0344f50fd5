"""`/hooks/<source>`: what is proved is kept, and no key is ever logged."""

import base64
import hmac
import io
import json
from datetime import UTC, datetime

import pytest
from django.test import Client

from catalog.models import User
from ledger import timeline
from ledger.inbox import sources
from ledger.models import Message, Source

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@pytest.fixture
def keyed(settings) -> tuple[Source, str]:
    settings.INBOX_VENDORS = "tests.ledger.inbox.peers.VENDORS"
    engineer = User.objects.create_user("engineer")
    return sources.make(actor=engineer, now=NOW, slug="tool", name="Tool", vendor="keyed")


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{key}".encode()).decode()


@pytest.mark.parametrize(
    "shown",
    [
        lambda key: {"X-Tidegate-Key": key},
        lambda key: {"Authorization": f"Bearer {key}"},
        lambda key: {"Authorization": f"Token {key}"},
        lambda key: {"Authorization": key},
        lambda key: {"Authorization": basic(key)},
    ],
)
def test_a_key_is_shown_as_the_tool_can(client: Client, keyed, shown) -> None:
    answer = client.post("/hooks/tool", b'"hi"', content_type="text/plain", headers=shown(keyed[1]))

    message = Message.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "status": "kept",
        "source": "tool",
        "topic": "note",
        "message": message.pk,
    }
    assert bytes(message.body) == b'"hi"'
    assert keyed[1] not in json.dumps(message.headers)


def test_a_key_in_the_address_is_logged_nowhere(client: Client, keyed, lines: io.StringIO) -> None:
    _, key = keyed
    good = client.post(f"/hooks/tool/{key}", b"1", content_type="text/plain")
    client.post(f"/hooks/tool/{key}x", b"1", content_type="text/plain")
    client.get(f"/hooks/tool/{key}")

    assert good.status_code == 202
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert {line["route"] for line in logged} == {"/hooks/<slug:source>/<str:key>"}
    assert [line["status"] for line in logged] == [202, 401, 405]
    assert key not in lines.getvalue()


@pytest.mark.parametrize("path", ["/hooks/tool", "/hooks/tool/tgs_x", "/hooks/nobody"])
def test_a_stranger_is_refused_in_words(client: Client, keyed, path: str) -> None:
    headers = {"Authorization": "Basic öäü"} if path.endswith("tool") else {}
    answer = client.post(path, b"{}", content_type="application/json", headers=headers)

    told = answer.json()
    assert (answer.status_code, told["code"]) == (401, "source_unproved")
    assert told["reasons"][0]["remedy"].startswith("Check the address and the key")
    assert not Message.objects.exists()


def test_a_flood_is_answered_429_with_retry_after(client: Client, keyed) -> None:
    source, key = keyed
    sources.edit(source=source, actor=User.objects.get(), now=NOW, per_minute=1)

    def post():
        return client.post(f"/hooks/tool/{key}", b"1", content_type="text/plain")

    first, second = post(), post()

    assert (first.status_code, second.status_code) == (202, 429)
    assert 1 <= int(second.headers["Retry-After"]) <= 60
    assert second.json()["code"] == "too_many_messages"
    assert Message.objects.count() == 1


def test_githubs_signature_and_ping_are_known(client: Client) -> None:
    engineer = User.objects.create_user("engineer")
    _, secret = sources.make(actor=engineer, now=NOW, slug="shop", name="Shop", vendor="github")
    body = b'{"zen": "Keep it logically awesome."}'
    signature = "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()

    def ping(signed: str):
        headers = {
            "X-GitHub-Event": "ping",
            "X-GitHub-Delivery": "1",
            "X-Hub-Signature-256": signed,
        }
        return client.post("/hooks/shop", body, content_type="application/json", headers=headers)

    good, forged = ping(signature), ping(signature[:-1] + "x")

    assert (good.status_code, good.json()["status"]) == (200, "ignored")
    assert forged.status_code == 401
    assert not timeline.events_of(subject="source:shop").filter(verb="message.given_up").exists()
