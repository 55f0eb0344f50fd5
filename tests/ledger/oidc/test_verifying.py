"""What a pipeline's token proves, and every way of forging one."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.oidc import keys, verifying
from ledger.oidc.refused import SubjectRefused
from tests.ledger.oidc.issuing import LocalIssuer, ec_key, rsa_key, standing


def refused(text, now) -> str:
    with pytest.raises(SubjectRefused) as refusal:
        verifying.verify(text, now=now)
    return refusal.value.code


def unsigned(header: dict, claims: dict) -> str:
    parts = (json.dumps(part).encode() for part in (header, claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def by_hmac(secret: bytes, header: dict, claims: dict) -> str:
    """Signed by hand, for PyJWT refuses to take a public key for a secret."""
    signed = unsigned(header, claims).rstrip(".")
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        signed.encode(), secret
    )
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_a_sound_token_proves_what_it_says(trusted, forge, now):
    found = verifying.verify(forge.token(now), now=now)

    assert (found.issuer, found.claims["repository"]) == (trusted, "acme/shop")
    assert found.ends_at == now + timedelta(minutes=5)


def test_a_token_signed_on_p_256_is_taken(trusted, forge, now):
    forge.keys["ec"] = ec_key()
    forge.publish()
    later = now + timedelta(minutes=10)
    keys.read_due(now=later, limit=5)

    assert verifying.verify(forge.token(later, key=ec_key(), kid="ec"), now=later)


def test_a_token_without_a_signature_is_refused(trusted, forge, now):
    claims = standing(forge.url, now)

    for algorithm in ("none", "None", "NONE", "", None, 7):
        header = {"alg": algorithm, "kid": forge.kid, "typ": "JWT"}
        assert refused(unsigned(header, claims), now) in {"algorithm_refused", "token_malformed"}


def test_the_public_key_is_no_shared_secret(trusted, forge, now):
    public = rsa_key(forge.path).public_key()
    claims = standing(forge.url, now)

    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(jwt.algorithms.RSAAlgorithm.to_jwk(public)).encode(),
    ):
        for algorithm, code in (("HS256", "algorithm_refused"), ("RS256", "signature_wrong")):
            text = by_hmac(secret, {"alg": algorithm, "kid": forge.kid}, claims)
            assert refused(text, now) == code


def test_another_key_of_the_same_name_signs_nothing(trusted, forge, now):
    assert refused(forge.token(now, key=rsa_key("thief")), now) == "signature_wrong"


def test_a_key_in_the_header_is_not_looked_at(trusted, forge, now):
    thief = rsa_key("thief")
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(thief.public_key()))
    headers = {"kid": forge.kid, "jwk": public, "jku": f"{forge.url}/keys", "x5u": forge.url}

    text = jwt.encode(standing(forge.url, now), thief, "RS256", headers=headers)

    assert refused(text, now) == "signature_wrong"


def test_an_issuer_speaks_for_itself_alone(trusted, forge, httpserver, now):
    other = LocalIssuer(httpserver, "/other")
    other.trusted(now)
    keys.read_due(now=now, limit=5)

    told = [
        forge.token(now, key=other.keys[other.kid], kid=other.kid),
        other.token(now, iss=forge.url),
        forge.token(now, iss=other.url),
        forge.token(now, iss=forge.url + "/"),
        forge.token(now, iss="https://evil.example"),
        forge.token(now, iss=None),
    ]

    assert [refused(text, now) for text in told] == [
        *("key_unknown", "key_unknown", "key_unknown"),
        *("issuer_unknown", "issuer_unknown", "issuer_unknown"),
    ]


def test_an_algorithm_that_is_not_the_keys_own_is_refused(trusted, forge, now):
    key = ec_key()
    text = jwt.encode(standing(forge.url, now), key, "ES256", headers={"kid": forge.kid})
    assert refused(text, now) == "algorithm_refused"

    for algorithm in ("RS384", "RS512", "PS256"):
        key = rsa_key(forge.path)
        text = jwt.encode(standing(forge.url, now), key, algorithm, headers={"kid": forge.kid})
        assert refused(text, now) == "algorithm_refused"


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://other.example.com"}, "audience_wrong"),
        ({"aud": ["https://a.example", "https://b.example"]}, "audience_wrong"),
        ({"aud": 7}, "audience_wrong"),
        ({"aud": None}, "claim_missing"),
        ({"sub": None}, "claim_missing"),
        ({"exp": None}, "claim_missing"),
        ({"iat": None}, "claim_missing"),
        ({"exp": -60}, "subject_expired"),
        ({"nbf": 61}, "token_not_yet_valid"),
        ({"iat": 61}, "token_not_yet_valid"),
    ],
)
def test_a_token_that_does_not_count_here_and_now_is_refused(trusted, forge, now, claims, code):
    at = int(now.timestamp())
    of_now = {
        name: at + value if name in ("exp", "nbf", "iat") and value is not None else value
        for name, value in claims.items()
    }

    assert refused(forge.token(now, **of_now), now) == code


@pytest.mark.parametrize("claims", [{"exp": -59}, {"nbf": 60}, {"iat": 60}])
def test_clocks_may_differ_by_a_minute(trusted, forge, now, claims):
    at = int(now.timestamp())

    text = forge.token(now, **{name: at + seconds for name, seconds in claims.items()})

    assert verifying.verify(text, now=now)


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["soon", True, [], -1, 1e300, "1900000000", float("nan")])
def test_what_is_no_time_is_refused(trusted, forge, now, name, value):
    if name == "nbf" and value is None:
        return
    assert refused(forge.token(now, **{name: value}), now) == "token_malformed"


@pytest.mark.parametrize(
    "text",
    [
        *("", "garbage", "a.b", "a.b.c", "..", "eyJhbGciOiJSUzI1NiJ9.W10.x", "é.é.é"),
        *("x" * 16_001, "eyJhbGciOiJSUzI1NiJ9.e30.", "\0.\0.\0"),
    ],
)
def test_what_is_no_token_is_refused(trusted, text, now):
    assert refused(text, now) in {"token_malformed", "issuer_unknown"}


def test_an_issuer_that_is_trusted_no_more_is_unknown(trusted, forge, now):
    trusted.is_active = False
    trusted.save()

    assert refused(forge.token(now), now) == "issuer_unknown"


def test_a_header_that_demands_more_is_refused(trusted, forge, now):
    headers = {"kid": forge.kid, "crit": ["b64"], "b64": True}
    text = jwt.encode(standing(forge.url, now), rsa_key(forge.path), "RS256", headers=headers)

    assert refused(text, now) == "token_malformed"
    assert refused(jwt.encode(standing(forge.url, now), rsa_key(), "RS256"), now) == "key_unknown"
