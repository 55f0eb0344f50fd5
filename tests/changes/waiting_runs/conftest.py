"""An app of GitHub that is known here, and the GitHub that knows it."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_httpserver import HTTPServer
from werkzeug.datastructures import Headers

from changes import waiting_runs
from changes.models import DoorMapping, GithubApp, WaitingRun
from changes.rulebook import doors, github_apps
from changes.waiting_runs.github import apps
from ledger import inbox, outbox
from ledger.inbox import sources
from tests import living
from tests.changes.waiting_runs.fake_github import APP_ID, FakeGithub
from tests.changes.waiting_runs.payloads import protection_rule
from tests.living import at, person


@lru_cache
def app_key() -> rsa.RSAPrivateKey:
    """Made once: it takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem() -> str:
    form = (Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return app_key().private_bytes(*form).decode()


@dataclass
class World:
    """Tidegate and GitHub, and time that passes only as it is told."""

    github: FakeGithub
    app: GithubApp
    secret: str
    sent: int = 0

    def webhook(
        self,
        payload: Any,
        *,
        event: str = "deployment_protection_rule",
        secret: str = "",
        delivery: str = "",
    ) -> inbox.Taken:
        """GitHub's POST, signed with the secret of the source unless `secret` is another one."""
        self.sent += 1
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signed = hmac.digest((secret or self.secret).encode(), body, "sha256").hex()
        headers = Headers(
            {
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": delivery or f"delivery-{self.sent}",
                "X-Hub-Signature-256": f"sha256={signed}",
            }
        )
        return inbox.receive(
            inbox.Arrived(slug="acme", headers=headers, body=body), now=self.github.now
        )

    def asks(self, run_id: int = 801, **given: Any) -> WaitingRun:
        """A run of `acme/shop` waits; answers it as it was kept."""
        self.github.starts(run_id)
        self.webhook(protection_rule(api=self.github.url, run_id=run_id, **given))
        self.reads()
        return WaitingRun.objects.get(run_id=str(run_id))

    def reads(self) -> None:
        """A worker reads what came in."""
        inbox.work(now=self.github.now, limit=10)

    def passes(self, minutes: float) -> None:
        """It is so late: workers look at every run that is due, and send what there is to send."""
        now = self.github.now = at(minutes)
        for _ in range(20):
            if not waiting_runs.look_at_due(now=now):
                break
        waiting_runs.watch(now=now, limit=10)
        outbox.sweep(now=now, limit=20)


@pytest.fixture
def world(settled: None, httpserver: HTTPServer, settings: Any) -> Iterator[World]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.TIDEGATE_URL = "https://tidegate.example.org"
    github = FakeGithub(httpserver, app_key().public_key(), at(60))
    manager = person("manager")
    source, secret = sources.make(
        actor=manager, now=at(0), slug="acme", name="Acme", vendor="github"
    )
    app = GithubApp(
        slug="acme", app_id=APP_ID, api_url=github.url, source=source, robot=person("ci")
    )
    github_apps.save(app, key=pem(), actor=manager, now=at(0))
    yield World(github, app, secret)
    apps._kept.clear()


@pytest.fixture
def mapped(world: World) -> DoorMapping:
    """`acme/shop`, live, is refunds in production."""
    row = DoorMapping(
        vendor="github",
        project="acme/shop",
        stage="live",
        service=living.service(),
        environment=living.environment(),
    )
    return doors.save(row, actor=person("manager"), now=at(0))
