"""An issuer on this machine: a real server with a discovery document, keys and tokens."""

import json
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pytest_httpserver import HTTPServer

from catalog.models import Issuer, TrustRule, User
from ledger.oidc import keys

AUDIENCE = "https://tidegate.example.com"
NEAR = ["127.0.0.0/8", "::1/128"]
# As documented by the vendors, in November 2026.
GITHUB = {
    "jti": "example-id",
    "sub": "repo:acme/shop:environment:production",
    "environment": "production",
    "ref": "refs/heads/main",
    "sha": "example-sha",
    "repository": "acme/shop",
    "repository_owner": "acme",
    "actor_id": "12",
    "repository_visibility": "private",
    "repository_id": "74",
    "repository_owner_id": "65",
    "run_id": "3141592653",
    "run_number": "10",
    "run_attempt": "2",
    "runner_environment": "github-hosted",
    "actor": "monalisa",
    "workflow": "deploy",
    "head_ref": "",
    "base_ref": "",
    "event_name": "push",
    "ref_type": "branch",
    "ref_protected": "true",
    "job_workflow_ref": "acme/flows/.github/workflows/deploy.yml@refs/heads/main",
}
GITLAB = {
    "jti": "c82eeb0c-5c6f-4a33-abf5-4c474b92b558",
    "sub": "project_path:acme/group/shop:ref_type:branch:ref:main",
    "namespace_id": "72",
    "namespace_path": "acme/group",
    "project_id": "20",
    "project_path": "acme/group/shop",
    "user_id": "1",
    "user_login": "sample-user",
    "user_email": "sample-user@example.com",
    "pipeline_id": "574",
    "pipeline_source": "push",
    "job_id": "302",
    "ref": "main",
    "ref_type": "branch",
    "ref_path": "refs/heads/main",
    "ref_protected": "true",
    "environment": "production",
    "environment_protected": "true",
    "deployment_tier": "production",
    "runner_environment": "self-hosted",
    "sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
}


@cache
def rsa_key(name: str = "first", bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key of this name, made once for all tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(curve: str = "secp256r1") -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(
        {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1()}[curve]
    )


def jwk(key: Any, kid: str, **more: Any) -> dict[str, Any]:
    """The public half of a key as issuers publish it."""
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    maker = jwt.algorithms.RSAAlgorithm if is_rsa else jwt.algorithms.ECAlgorithm
    told = json.loads(maker.to_jwk(key.public_key()))
    told.pop("key_ops", None)
    return {**told, "kid": kid, "use": "sig", "alg": "RS256" if is_rsa else "ES256", **more}


class LocalIssuer:
    """Publishes what it is told to, at a path of its own of the test's server."""

    def __init__(self, server: HTTPServer, path: str) -> None:
        self.server, self.path = server, path
        self.url = server.url_for(path)
        self.keys: dict[str, Any] = {f"{path}-1": rsa_key(path)}
        self.publish()

    @property
    def kid(self) -> str:
        return next(iter(self.keys))

    def publish(self, *, issuer: str | None = None) -> None:
        """Answer the discovery document and the keys of now."""
        document = {
            "issuer": issuer or self.url,
            "jwks_uri": self.server.url_for(f"{self.path}/keys"),
        }
        listed = {"keys": [jwk(key, kid) for kid, key in self.keys.items()]}
        self.answer("/.well-known/openid-configuration", document)
        self.answer("/keys", listed)

    def answer(self, path: str, told: Any, *, status: int = 200, **headers: str) -> None:
        """Answer this from now on, instead of what was answered before."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.server.expect_request(self.path + path, method="GET").respond_with_data(
            body, status=status, headers=headers
        )
        handlers = self.server.handlers
        handlers.insert(0, handlers.pop())

    def asked(self) -> int:
        """How often its keys were fetched."""
        return sum(request.path == f"{self.path}/keys" for request, _ in self.server.log)

    def trusted(self, now: datetime, **given: Any) -> Issuer:
        """Our row for it, its keys yet to be read."""
        row = {"name": self.path.strip("/"), "url": self.url, "audience": AUDIENCE, **given}
        made = Issuer.objects.create(**row)
        keys.want(made, now=now)
        return made

    def token(self, now: datetime, key: Any = None, kid: str | None = None, **claims: Any) -> str:
        """A token it signs; a claim that is None is left out."""
        signing = key or self.keys[self.kid]
        algorithm = "ES256" if isinstance(signing, ec.EllipticCurvePrivateKey) else "RS256"
        said = {**standing(self.url, now), **claims}
        told = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(told, signing, algorithm, headers={"kid": kid or self.kid})


def standing(issuer: str, now: datetime) -> dict[str, Any]:
    """What every token says: by whom, for whom, and for the next five minutes."""
    at = int(now.timestamp())
    return {**GITHUB, "iss": issuer, "aud": AUDIENCE, "iat": at, "nbf": at, "exp": at + 300}


def rule(issuer: Issuer, name: str = "deploy", **given: Any) -> TrustRule:
    """A rule for acme/shop on main, that lets it ask the gate as the robot `ci`."""
    robot, _ = User.objects.get_or_create(username="ci", defaults={"is_robot": True})
    row = {
        "conditions": {"repository": "acme/shop", "ref": "refs/heads/main"},
        "acts_as": robot,
        "scopes": ["gate"],
        **given,
    }
    made = TrustRule(issuer=issuer, name=name, **row)
    made.full_clean()
    made.save()
    return made
