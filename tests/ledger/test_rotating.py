"""A key is published before it signs and after it is retired, and then it is dropped."""

from datetime import timedelta

import pytest

from ledger import keys, rotating
from ledger.models import Event, SigningKey
from ledger.rotating import Ages

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AGES = Ages(in_use=90 * DAY, before=HOUR, after=DAY)


def tended(now):
    """The kids that are published, newest first, after what was due at `now` has been done."""
    rotating.tend(purpose="permit", ages=AGES, now=now)
    found = keys.jwks(purpose="permit", retired_after=now - AGES.after)
    return [key["kid"] for key in found["keys"]]


def signs(now):
    return keys.signing_key(purpose="permit", now=now).kid


def test_a_key_lives_through_its_four_ages_without_a_gap(now):
    first = signs(now)
    assert tended(now + 90 * DAY - HOUR) == [first]

    new, old = tended(now + 90 * DAY)
    assert (old, signs(now)) == (first, first)
    assert tended(now + 90 * DAY + HOUR - timedelta(seconds=1)) == [new, first]
    turned = now + 90 * DAY + HOUR
    assert (tended(turned), signs(turned)) == ([new, first], new)
    assert tended(turned + DAY - timedelta(seconds=1)) == [new, first]
    assert tended(turned + DAY) == [new]

    row = SigningKey.objects.get(kid=first)
    assert (row.retired_at, bytes(row.sealed_private)) == (turned, b"")
    assert keys.verifier(kid=first, purpose="permit").retired_at == turned
    told = Event.objects.order_by("id").values_list("verb", "data__key", "actor")
    assert list(told) == [
        ("ledger.key_published", new, "tidegate"),
        ("ledger.key_rotated", new, "tidegate"),
        ("ledger.key_dropped", first, "tidegate"),
    ]


def test_whoever_asks_twice_publishes_one_key(now):
    signs(now)

    first = rotating.publish(purpose="permit", actor="admin", now=now)
    second = rotating.publish(purpose="permit", actor="admin", now=now)

    assert first == second
    assert Event.objects.filter(verb="ledger.key_published", actor="admin").count() == 1


def test_a_key_that_may_have_leaked_is_replaced_at_once(now):
    old = signs(now)
    rotating.publish(purpose="permit", actor="admin", now=now)

    made = rotating.replace(purpose="permit", actor="admin", now=now)

    assert signs(now) == made.kid
    assert SigningKey.objects.get(kid=old).retired_at == now


def test_another_purpose_keeps_its_key(now):
    seal = keys.signing_key(purpose="seal", now=now).kid
    signs(now)

    tended(now + 100 * DAY)
    tended(now + 101 * DAY)

    assert keys.signing_key(purpose="seal", now=now).kid == seal
    assert bytes(SigningKey.objects.get(kid=seal).sealed_private)
