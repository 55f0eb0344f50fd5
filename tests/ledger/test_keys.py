import base64
import threading

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from ledger import keys, sealing
from ledger.models import SigningKey

pytestmark = pytest.mark.django_db


def published(kid: str) -> Ed25519PublicKey:
    (key,) = [key for key in keys.jwks(purpose="permit")["keys"] if key["kid"] == kid]
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))


def test_the_first_use_makes_a_key_and_the_next_finds_it(now, django_assert_num_queries):
    first = keys.signing_key(purpose="permit", now=now)
    with django_assert_num_queries(1):
        second = keys.signing_key(purpose="permit", now=now)

    assert first.kid == second.kid
    assert SigningKey.objects.count() == 1


def test_each_purpose_has_its_own_key(now):
    permit = keys.signing_key(purpose="permit", now=now)
    seal = keys.signing_key(purpose="seal", now=now)

    assert permit.kid != seal.kid
    assert [key["kid"] for key in keys.jwks(purpose="permit")["keys"]] == [permit.kid]


def test_what_a_key_signs_is_verified_by_its_published_half(now):
    key = keys.signing_key(purpose="permit", now=now)
    signature = key.sign(b"CHG-1 may go")

    published(key.kid).verify(signature, b"CHG-1 may go")
    with pytest.raises(InvalidSignature):
        published(key.kid).verify(signature, b"CHG-2 may go")


def test_a_published_key_holds_no_private_half(now):
    keys.signing_key(purpose="permit", now=now)

    (key,) = keys.jwks(purpose="permit")["keys"]

    assert set(key) == {"kty", "crv", "alg", "use", "kid", "x"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")


def test_the_private_half_is_not_in_the_database(now):
    key = keys.signing_key(purpose="permit", now=now)

    row = SigningKey.objects.get()
    assert key.private.private_bytes_raw() not in bytes(row.sealed_private)
    assert sealing.unseal(bytes(row.sealed_private)) == key.private.private_bytes_raw()


def test_after_a_rotation_old_signatures_still_verify(now):
    old = keys.signing_key(purpose="permit", now=now)
    signature = old.sign(b"CHG-1 may go")

    new = keys.rotate(purpose="permit", now=now)

    assert new.kid != old.kid
    assert keys.signing_key(purpose="permit", now=now).kid == new.kid
    published(old.kid).verify(signature, b"CHG-1 may go")
    keys.public_key(kid=old.kid, purpose="permit").verify(signature, b"CHG-1 may go")


def test_a_key_of_another_purpose_is_not_found(now):
    key = keys.signing_key(purpose="seal", now=now)

    with pytest.raises(LookupError):
        keys.public_key(kid=key.kid, purpose="permit")


def test_a_replaced_secret_key_is_told_and_its_fallback_heals(now, settings):
    former = settings.SECRET_KEY
    before = keys.signing_key(purpose="permit", now=now)
    keys._opened.cache_clear()
    settings.SECRET_KEY = "another"

    with pytest.raises(sealing.Unreadable, match="SECRET_KEY_FALLBACKS"):
        keys.signing_key(purpose="permit", now=now)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert keys.signing_key(purpose="permit", now=now).kid == before.kid


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_make_the_first_key_agree(now):
    together, kids = threading.Barrier(4), []

    def ask() -> None:
        together.wait()
        kids.append(keys.signing_key(purpose="permit", now=now).kid)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(kids) == 4
    assert len(set(kids)) == 1
