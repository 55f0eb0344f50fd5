"""A GitHub that answers as its API does: over HTTP, to an app it knows, for runs that wait."""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

APP_ID, INSTALLATION, TOKEN = "4711", 7, "ghs_installation_token"


@dataclass
class FakeGithub:
    """Knows one app by its public key; `now` is its clock.

    `answers` are statuses it answers once each instead of doing what it is asked; `taken` what it
    was told of runs, in order.
    """

    server: HTTPServer
    public_key: RSAPublicKey
    now: datetime
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    tokens_given: int = 0

    def __post_init__(self) -> None:
        self.server.expect_request("/app").respond_with_handler(self._app)
        tokens = re.compile("/app/installations/[0-9]+/access_tokens")
        self.server.expect_request(tokens, method="POST").respond_with_handler(self._token)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def starts(self, run_id: int, *, repository: str = "acme/shop") -> None:
        """A run waits for the app's answer."""
        self.runs[run_id] = {"id": run_id, "status": "waiting", "conclusion": None}
        path = f"/repos/{repository}/actions/runs/{run_id}"
        self.server.expect_request(path, method="GET").respond_with_handler(
            lambda request: self._as_installation(request, lambda: _json(self.runs[run_id]))
        )
        self.server.expect_request(
            f"{path}/deployment_protection_rule", method="POST"
        ).respond_with_handler(
            lambda request: self._as_installation(request, lambda: self._told(request, run_id))
        )

    def _told(self, request: Request, run_id: int) -> Response:
        if self.runs[run_id]["status"] == "completed":
            return _json({"message": "This run has ended"}, 422)
        said = json.loads(request.get_data())
        if len(said["comment"]) > 1024 or not said["environment_name"]:
            return _json({"message": "Validation failed"}, 422)
        self.taken.append(said)
        return Response(status=204)

    def _as_installation(self, request: Request, answer: Any) -> Response:
        if self.answers:
            status, headers = self.answers.pop(0)
            return Response(json.dumps({"message": "not now"}), status, headers, "application/json")
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _json({"message": "Bad credentials"}, 401)
        return answer()

    def _token(self, request: Request) -> Response:
        if not self._is_app(request):
            return _json({"message": "A JSON web token could not be decoded"}, 401)
        if request.path.split("/")[3] != str(INSTALLATION):
            return _json({"message": "Not Found"}, 404)
        self.tokens_given += 1
        until = (self.now + timedelta(hours=1)).astimezone(UTC)
        return _json({"token": TOKEN, "expires_at": f"{until:%Y-%m-%dT%H:%M:%SZ}"}, 201)

    def _app(self, request: Request) -> Response:
        if not self._is_app(request):
            return _json({"message": "A JSON web token could not be decoded"}, 401)
        return _json({"id": 4711, "slug": "tidegate", "name": "Tidegate of Acme"})

    def _is_app(self, request: Request) -> bool:
        """Whether the bearer is a JWT of the app, good now and for ten minutes at most."""
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(
                shown,
                self.public_key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "require": ["iat", "exp"]},
            )
        except jwt.InvalidTokenError:
            return False
        now = self.now.timestamp()
        good = claims["iat"] <= now < claims["exp"] <= now + 600
        return good and claims["iss"] == APP_ID


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
