"""Messages are kept before their sender hears so; what is not proved, or too much, never is."""

from datetime import timedelta
from typing import Any

import pytest

from ledger import inbox, sealing, timeline
from ledger.inbox import sources
from ledger.models import Message, SourceKey
from tests.ledger.inbox.conftest import headers, sign

pytestmark = pytest.mark.django_db


def refused(arrived: inbox.Arrived, now) -> tuple[int, str, int | None]:
    with pytest.raises(inbox.NotTaken) as told:
        inbox.receive(arrived, now=now)
    return told.value.status_code, told.value.code, told.value.wait


def test_a_message_is_kept_as_it_came_in_two_statements(keyed, now, django_assert_num_queries):
    source, key = keyed
    shown = headers(x_number="7", content_type="application/json", authorization=f"Bearer {key}")
    arrived = inbox.Arrived(slug="tool", key=key, headers=shown, body=b'{"a": "\xff"}')

    with django_assert_num_queries(2):
        taken = inbox.receive(arrived, now=now)

    kept = Message.objects.get(pk=taken.message)
    assert (kept.source, kept.topic, kept.delivery_id) == (source, "note", "7")
    assert (bytes(kept.body), kept.received_at) == (b'{"a": "\xff"}', now)
    assert (kept.state, kept.attempts, kept.next_attempt_at) == ("pending", 0, now)
    assert kept.headers == {"Content-Type": "application/json", "X-Number": "7"}


def test_the_key_is_not_kept_where_a_tool_sends_it_in_the_body(keyed, now):
    _, key = keyed
    body = f'{{"key": "{key}", "a": 1}}'.encode()

    taken = inbox.receive(
        inbox.Arrived(vendor="keyed", key=key, headers=headers(), body=body), now=now
    )

    kept = bytes(Message.objects.get(pk=taken.message).body)
    assert kept == f'{{"key": "{"*" * len(key)}", "a": 1}}'.encode()


def test_a_message_that_is_delivered_twice_is_kept_once(send, keyed, now):
    first = send(x_number="7")

    again = inbox.receive(
        inbox.Arrived(slug="tool", key=keyed[1], headers=headers(x_number="7"), body=b'"x"'),
        now=now,
    )

    assert (again.message, again.is_read) == (None, True)
    assert list(Message.objects.all()) == [first]


def test_a_topic_that_nobody_reads_is_not_kept(keyed, now):
    shown = headers(x_topic="gossip")
    taken = inbox.receive(
        inbox.Arrived(slug="tool", key=keyed[1], headers=shown, body=b""), now=now
    )

    assert (taken.is_read, taken.message, taken.topic) == (False, None, "gossip")
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "tool", "key": ""},
        {"slug": "tool", "key": "tgs_guessed"},
        {"slug": "nobody", "key": "tgs_guessed"},
        {"slug": "", "key": "tgs_guessed", "vendor": "keyed"},
        {"slug": "", "key": "\udc80", "vendor": "keyed"},
        {"slug": "tool", "key": "right", "vendor": "signed"},
        {"slug": "signer", "key": "right"},
        {"slug": "signer", "key": "signer's"},
    ],
)
def test_who_is_not_the_source_learns_nothing(keyed, signed, now, wrong):
    keys = {"right": keyed[1], "signer's": signed[1]}
    given = {**wrong, "key": keys.get(wrong["key"], wrong["key"])}

    assert refused(inbox.Arrived(**given, headers=headers(), body=b"{}"), now) == (
        401,
        "source_unproved",
        None,
    )
    assert not Message.objects.exists()


def test_a_signature_is_of_this_body_and_this_secret(signed, now):
    _, secret = signed
    good = headers(x_signature=sign(secret, b'"hi"'))

    taken = inbox.receive(inbox.Arrived(slug="signer", headers=good, body=b'"hi"'), now=now)

    assert taken.message is not None
    for body, forged in ((b'"ho"', good), (b'"hi"', headers(x_signature=sign("x", b'"hi"')))):
        status, code, _ = refused(inbox.Arrived(slug="signer", headers=forged, body=body), now)
        assert (status, code) == (401, "source_unproved")
    assert Message.objects.count() == 1


def test_a_tool_that_may_sign_or_show_its_key_is_held_to_what_it_signs(engineer, now):
    given = {"slug": "both", "name": "Both", "vendor": "either"}
    _, key = sources.make(actor=engineer, now=now, **given)
    signature = sign(key, b"1").removeprefix("sha256=")

    def status(body: bytes, shown: str = "", **told: str) -> int:
        arrived = inbox.Arrived(slug="both", key=shown, headers=headers(**told), body=body)
        try:
            return 202 if inbox.receive(arrived, now=now).message else 200
        except inbox.NotTaken as refused:
            return refused.status_code

    assert [status(b"1", key), status(b"1", x_signature=signature)] == [202, 202]
    assert [status(b"1"), status(b"1", "tgs_x"), status(b"2", x_signature=signature)] == [401] * 3
    assert [status(b"2", key, x_signature=signature), status(b"1", key, x_signature="")] == [
        401
    ] * 2
    assert Message.objects.count() == 2


def test_the_old_key_is_good_for_a_week_beside_the_new(keyed, engineer, now):
    source, old = keyed
    new = sources.rotate(source=source, actor=engineer, now=now)

    def is_taken(key: str, days: float) -> bool:
        arrived = inbox.Arrived(slug="tool", key=key, headers=headers(), body=b"1")
        try:
            return bool(inbox.receive(arrived, now=now + timedelta(days=days)).message)
        except inbox.NotTaken:
            return False

    assert [is_taken(old, 6.9), is_taken(old, 7)] == [True, False]
    assert [is_taken(new, 6.9), is_taken(new, 7)] == [True, True]
    sources.revoke(key=SourceKey.objects.latest("id"), actor=engineer, now=now)
    assert not is_taken(new, 0)


def test_a_disabled_source_is_refused(keyed, engineer, now):
    source, key = keyed
    sources.edit(source=source, actor=engineer, now=now, is_active=False)

    arrived = inbox.Arrived(slug="tool", key=key, headers=headers(), body=b"1")
    assert refused(arrived, now) == (403, "source_disabled", None)


def test_a_body_over_512_kb_is_refused(keyed, now):
    arrived = inbox.Arrived(slug="tool", key=keyed[1], headers=headers(), body=b"x" * 512_001)
    assert refused(arrived, now) == (413, "body_too_large", None)


def test_a_refusal_is_kept_at_the_source_every_ten_minutes_if_it_was_the_source(keyed, now):
    def told(minutes: float, key: str = keyed[1], **given: Any) -> int:
        arrived = inbox.Arrived(
            **{"slug": "tool", "key": key, "headers": headers(), "body": b"x" * 512_001} | given
        )
        with pytest.raises(inbox.NotTaken) as why:
            inbox.receive(arrived, now=now + timedelta(minutes=minutes))
        return why.value.status_code

    unread = {"body": b"", "unread_bytes": 9_000_000}
    assert [told(0, "tgs_other"), told(0, "tgs_other", **unread)] == [401, 413]
    assert [told(0), told(9), told(10, **unread)] == [413, 413, 413]

    events = timeline.events_of(subject="source:tool").filter(verb="source.message_refused")
    assert [(one.at, one.data) for one in events] == [
        (now, {"bytes": 512_001, "at_most": 512_000}),
        (now + timedelta(minutes=10), {"bytes": 9_000_000, "at_most": 512_000}),
    ]


@pytest.mark.parametrize(("slug", "status"), [("tool", 429), ("signer", 503)])
def test_a_flood_is_told_when_to_come_again(keyed, signed, engineer, now, slug, status):
    source, key = {"tool": keyed, "signer": signed}[slug]
    sources.edit(source=source, actor=engineer, now=now, per_minute=2)
    shown = headers(x_signature=sign(key, b"1"))
    arrived = inbox.Arrived(slug=slug, key=key, headers=shown, body=b"1")
    for seconds in (0, 20):
        inbox.receive(arrived, now=now + timedelta(seconds=seconds))

    late = now + timedelta(seconds=30)
    assert refused(arrived, late) == (status, "too_many_messages", 30)
    assert Message.objects.count() == 2
    inbox.receive(arrived, now=now + timedelta(seconds=60))
    assert refused(arrived, now + timedelta(seconds=61))[2] == 19


def test_a_secret_sealed_with_another_key_is_no_error_of_ours(signed, now, settings, caplog):
    settings.SECRET_KEY = "another"
    assert sealing.seal(b"x")

    arrived = inbox.Arrived(slug="signer", headers=headers(), body=b"1")
    assert refused(arrived, now) == (503, "unavailable", 60)
    assert "another SECRET_KEY" in caplog.text
