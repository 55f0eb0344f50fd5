"""Permits: anybody can verify them with the public keys, and nobody can make them up."""

import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from changes import permits
from changes.permits import Permit, PermitRefused
from ledger import keys
from tests.living import at

PERMIT = Permit(
    id="319c24f9-78df-47f9-8e14-4898da64b44a",
    change="CHG-12",
    service="refunds",
    environment="production",
    revision="4f1c2d9",
    artifact="sha256:good",
    issued_at=at(0),
    expires_at=at(60),
)
pytestmark = pytest.mark.django_db


def signed(**given: Any) -> str:
    """A permit, its claims replaced by those given, signed with the key in use."""
    key = keys.signing_key(purpose="permit", now=at(0))
    claims = jwt.decode(permits.sign(PERMIT, now=at(0)), options={"verify_signature": False})
    claims.update(given)
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"kid": key.kid})


def refusal(text: str, *, minutes: float = 1) -> tuple[str, str]:
    with pytest.raises(PermitRefused) as refused:
        permits.read(text, now=at(minutes))
    return refused.value.code, refused.value.remedy


INVALID = ("permit_invalid", "Send the permit exactly as the gate gave it.")


def test_what_was_signed_is_read_back() -> None:
    assert permits.read(permits.sign(PERMIT, now=at(0)), now=at(1)) == PERMIT


def test_a_verifier_needs_nothing_but_the_published_keys() -> None:
    text = permits.sign(PERMIT, now=at(0))
    published = json.loads(json.dumps(keys.jwks(purpose=permits.PURPOSE)))
    keyring = {key["kid"]: jwt.PyJWK(key) for key in published["keys"]}
    kid = jwt.get_unverified_header(text)["kid"]

    claims = jwt.decode(
        text,
        keyring[kid],
        algorithms=["EdDSA"],
        issuer="tidegate",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )

    assert (claims["sub"], claims["service"], claims["exp"]) == (
        "CHG-12",
        "refunds",
        int(at(60).timestamp()),
    )


def test_the_published_keys_hold_no_secret() -> None:
    permits.sign(PERMIT, now=at(0))

    assert [sorted(key) for key in keys.jwks(purpose=permits.PURPOSE)["keys"]] == [
        ["alg", "crv", "kid", "kty", "use", "x"]
    ]


def test_a_permit_signed_before_the_key_was_rotated_still_counts() -> None:
    text = permits.sign(PERMIT, now=at(0))
    keys.rotate(purpose="permit", now=at(1))

    assert permits.read(text, now=at(2)) == PERMIT
    assert permits.sign(PERMIT, now=at(3)) != text


@pytest.mark.parametrize(
    ("issued", "expires", "code"),
    [(0, 60, ""), (30, 90, ""), (30.6, 90, "permit_invalid"), (0, 61, "permit_invalid")],
)
def test_whoever_finds_a_retired_key_signs_nothing_that_counts(
    issued: float, expires: float, code: str
) -> None:
    """The key is retired at 30 minutes; clocks may be half a minute apart."""
    old = keys.signing_key(purpose="permit", now=at(0))
    keys.rotate(purpose="permit", now=at(30))
    forged = replace(PERMIT, issued_at=at(issued), expires_at=at(expires))

    text = permits.sign(forged, now=at(45), pair=old)

    if code:
        assert refusal(text, minutes=45)[0] == code
    else:
        assert permits.read(text, now=at(45)) == forged


@pytest.mark.parametrize(
    ("after", "expired"), [(timedelta(microseconds=-1), False), (timedelta(0), True)]
)
def test_a_permit_counts_until_the_instant_it_expires(after: timedelta, expired: bool) -> None:
    text = permits.sign(PERMIT, now=at(0))
    now = PERMIT.expires_at + after

    try:
        permits.read(text, now=now)
        found = ""
    except PermitRefused as refused:
        found = f"{refused.code}: {refused.message} {refused.remedy}"

    said = "permit_expired: The permit expired at 2026-11-18 10:00:00 UTC. Ask the gate again."
    assert found == (said if expired else "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "permit",
        "a.b.c",
        "....",
        "é.é.é",
        "\ud800.\ud800.\ud800",
        "\x00",
        " " + "x" * 5000,
    ],
)
def test_text_that_is_no_permit_is_refused(text: str) -> None:
    assert refusal(text) == INVALID


@pytest.mark.parametrize("begins", [lambda text: text[: len(text) // 2], lambda text: text[:-1]])
def test_a_permit_that_was_cut_short_is_refused(begins: Any) -> None:
    assert refusal(begins(permits.sign(PERMIT, now=at(0)))) == INVALID


def test_a_megabyte_is_not_even_parsed(django_assert_num_queries: Any) -> None:
    permit = permits.sign(PERMIT, now=at(0))

    with django_assert_num_queries(0):
        assert refusal(permit + "A" * 1_000_000) == INVALID


@pytest.mark.parametrize(
    "head", [b"[" * 2900, b'{"alg":' * 300, b'{"alg":"EdDSA","kid":7}', b"null"]
)
def test_a_head_that_is_no_head_is_refused(head: bytes) -> None:
    _, claims, signature = permits.sign(PERMIT, now=at(0)).split(".")

    assert refusal(f"{base64url_encode(head).decode()}.{claims}.{signature}") == INVALID


@pytest.mark.parametrize(
    ("minutes", "code"), [(-0.51, "permit_not_yet_valid"), (-0.5, ""), (0, ""), (59.9, "")]
)
def test_clocks_may_be_half_a_minute_apart_where_a_permit_begins(minutes: float, code: str) -> None:
    text = permits.sign(PERMIT, now=at(0))

    if code:
        assert refusal(text, minutes=minutes)[0] == code
    else:
        assert permits.read(text, now=at(minutes)) == PERMIT


def test_a_permit_changed_in_one_letter_is_refused() -> None:
    head, body, signature = permits.sign(PERMIT, now=at(0)).split(".")
    swapped = body[:-3] + ("A" if body[-3] != "A" else "B") + body[-2:]

    assert refusal(f"{head}.{swapped}.{signature}") == INVALID


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_permit_that_names_another_algorithm_is_refused(algorithm: str) -> None:
    kid = keys.signing_key(purpose="permit", now=at(0)).kid
    claims = jwt.decode(signed(), options={"verify_signature": False})
    secret = "" if algorithm == "none" else keys.jwks(purpose=permits.PURPOSE)["keys"][0]["x"]

    forged = jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": kid})

    assert refusal(forged) == INVALID


@pytest.mark.parametrize("secret", ["pem", "raw", "jwk"])
def test_the_public_key_is_no_secret_to_sign_with(secret: str) -> None:
    key = keys.signing_key(purpose="permit", now=at(0))
    public = key.private.public_key()
    known = {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "raw": public.public_bytes_raw(),
        "jwk": json.dumps(keys.jwks(purpose=permits.PURPOSE)["keys"][0]).encode(),
    }[secret]
    _, body, _ = permits.sign(PERMIT, now=at(0)).split(".")
    head = json.dumps({"alg": "HS256", "kid": key.kid, "typ": "JWT"}).encode()
    text = f"{base64url_encode(head).decode()}.{body}"
    signature = base64url_encode(hmac.digest(known, text.encode(), "sha256")).decode()

    assert refusal(f"{text}.{signature}") == INVALID


def test_a_permit_of_somebody_elses_key_is_refused() -> None:
    kid = keys.signing_key(purpose="permit", now=at(0)).kid
    claims = jwt.decode(signed(), options={"verify_signature": False})

    forged = jwt.encode(
        claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": kid}
    )

    assert refusal(forged) == INVALID


def test_a_key_for_another_purpose_makes_no_permits() -> None:
    other = keys.signing_key(purpose="seal", now=at(0))
    claims = jwt.decode(signed(), options={"verify_signature": False})

    forged = jwt.encode(claims, other.private, algorithm="EdDSA", headers={"kid": other.kid})

    assert refusal(forged) == INVALID


@pytest.mark.parametrize("kid", ["", "\x00", "../../etc/passwd", "ABCDEF", "f" * 65, "' OR 1=1"])
def test_a_key_that_cannot_be_is_not_looked_for(kid: str, django_assert_num_queries: Any) -> None:
    claims = jwt.decode(signed(), options={"verify_signature": False})
    forged = jwt.encode(
        claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": kid}
    )

    with django_assert_num_queries(0):
        assert refusal(forged) == INVALID


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "elsewhere"},
        {"iss": None},
        {"service": None},
        {"environment": None},
        {"revision": None},
        {"artifact": None},
        {"exp": "tomorrow"},
        {"iat": 10**30},
        {"exp": None},
        {"jti": None},
        {"sub": None},
        {"iat": None},
    ],
)
def test_a_permit_that_lacks_what_every_permit_says_is_refused(claims: dict[str, Any]) -> None:
    assert refusal(signed(**claims)) == INVALID
