"""Reading an issuer's keys over HTTP: what is kept, and what is refused with a sentence."""

import pytest

from ledger.oidc import fetching
from ledger.safe_transport import NotReached
from tests.ledger.oidc.issuing import ec_key, jwk, rsa_key

DISCOVERY = "/.well-known/openid-configuration"


def refused(issuer, now) -> str:
    with pytest.raises(NotReached) as refusal:
        fetching.read(issuer=issuer, now=now)
    return str(refusal.value)


def test_the_keys_are_found_through_the_discovery_document(forge, now):
    forge.keys["second"] = ec_key()
    forge.publish()

    found = fetching.read(issuer=forge.url, now=now)

    assert [(key["kid"], key["alg"]) for key in found] == [
        ("/forge-1", "RS256"),
        ("second", "ES256"),
    ]
    assert set(found[0]) == {"kty", "kid", "alg", "n", "e"}


@pytest.mark.parametrize(
    ("path", "told", "said"),
    [
        (DISCOVERY, {"issuer": "https://evil.example"}, "It says that it is the issuer “https://e"),
        (DISCOVERY, {}, "It says that it is the issuer “None”"),
        (DISCOVERY, b"<html>", "is no JSON."),
        (DISCOVERY, [], "is no JSON object"),
        (DISCOVERY, b"[" * 100_000, "is no JSON"),
        ("/keys", {"keys": {}}, "holds no list of keys"),
        ("/keys", {"keys": []}, "holds no key that signs by RS256 or ES256"),
        ("/keys", b" " * 10_000_000, "It is 10.0 MB; at most 0.512 MB is read"),
    ],
)
def test_what_is_no_issuer_or_key_set_is_told(forge, now, path, told, said):
    forge.answer(path, told)

    assert said in refused(forge.url, now)


def test_nothing_is_followed_elsewhere(forge, now):
    forge.answer("/elsewhere", {"keys": [jwk(rsa_key(), "x")]})
    for path in ("/keys", DISCOVERY):
        forge.answer(path, b"", status=302, Location=f"{forge.url}/elsewhere")

        assert "It redirects elsewhere" in refused(forge.url, now)


def test_keys_at_an_address_inside_are_not_fetched(forge, now, settings):
    document = {"issuer": forge.url, "jwks_uri": "http://169.254.169.254/keys"}
    forge.answer(DISCOVERY, document)
    assert "is not a public address" in refused(forge.url, now)

    settings.WEBHOOK_ALLOWED_NETWORKS = []
    assert "is not a public address" in refused(forge.url, now)


def test_a_server_that_fails_is_told(forge, now):
    forge.answer("/keys", b"", status=500)

    assert refused(forge.url, now) == "The server answered 500 INTERNAL SERVER ERROR."


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "kid": "x", "k": "c2VjcmV0", "alg": "HS256"},
        lambda: jwk(rsa_key(), "x", alg="RS512"),
        lambda: jwk(rsa_key(), "x", alg="ES256"),
        lambda: jwk(rsa_key(), "x", use="enc"),
        lambda: jwk(rsa_key(), ""),
        lambda: jwk(rsa_key(), "x" * 201),
        lambda: jwk(rsa_key("weak", 1024), "x"),
        lambda: jwk(ec_key("secp384r1"), "x"),
        lambda: jwk(ec_key(), "x", x="AAAA"),
        lambda: jwk(rsa_key(), "x", n=7),
        lambda: jwk(rsa_key(), "x", n="!"),
        "key",
        {},
        {"kty": ["RSA"], "kid": "x"},
    ],
)
def test_a_key_that_must_not_verify_is_left_out(key):
    assert fetching.usable(key() if callable(key) else key) is None


def test_keys_of_one_name_are_left_out(forge, now):
    two = [jwk(rsa_key(name), "same") for name in ("first", "second")]
    forge.answer("/keys", {"keys": [*two, jwk(ec_key(), "alone")]})

    assert [key["kid"] for key in fetching.read(issuer=forge.url, now=now)] == ["alone"]
