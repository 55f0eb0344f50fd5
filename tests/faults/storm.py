"""A storm of alerts, as an Alertmanager sends it: again and again until somebody says 2xx."""

import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.utils import timezone

from catalog.models import Service, Team, User
from incidents.models import AlertRoute
from ledger import subscriptions
from ledger.inbox import sources

GROUPS, AT_ONCE = 12, 20
SENDERS = 3
PAUSE_SECONDS = 0.15
TIMEOUT_SECONDS = 15
SOURCE, LOWEST = "storm", 4
HOOKS, PAGER, CHAT = ("first", "second"), "pager", "chat"


@dataclass(slots=True)
class Sent:
    """How many alerts of each group were taken, in how many posts, and how many were repeated."""

    alerts: dict[int, int] = field(default_factory=dict)
    posts: int = 0
    again: int = 0


def settle(root: str) -> str:
    """A source, a route, and receivers at an address; answers the source's key."""
    now, team = timezone.now(), Team.objects.get(slug="payments")
    for group in range(GROUPS):
        Service.objects.create(slug=f"storm-{group}", name=f"Storm {group}", owner_team=team)
    AlertRoute.objects.create(
        name="Storm",
        order=0,
        matchers=f"source={SOURCE}",
        service_label="service",
        severity=LOWEST,
        grouping="labels",
        group_labels="service",
        resolves=True,
    )
    given: dict[str, dict[str, Any]] = {
        name: {"channel": "webhook", "target": f"{root}/{name}"} for name in HOOKS
    }
    given[PAGER] = {"channel": "pagerduty", "target": "p", "secret": "k" * 32, "base_url": root}
    given[CHAT] = {"channel": "slack", "target": "chat", "secret": f"{root}/chat"}
    for name, words in given.items():
        subscriptions.subscribe(name=name, now=now, verbs=["incident.*"], **words)
    _, key = sources.make(
        actor=User.objects.order_by("id")[0],
        now=now,
        slug=SOURCE,
        name="Storm",
        vendor="alertmanager",
        per_minute=60_000,
    )
    return key


def send(key: str, ports: Sequence[int], *, seconds: float) -> Sent:
    """Let every group fire more and more for so long, then let all of it end."""
    sent, guard = Sent(), threading.Lock()
    until = time.monotonic() + seconds

    def go_on(first: int) -> None:
        groups = range(first, GROUPS, SENDERS)
        counts = dict.fromkeys(groups, 0)
        sender = _Sender(key, ports, seed=first)
        while time.monotonic() < until or not all(counts.values()):
            for group in groups:
                sender.post(group, counts[group], "firing")
                counts[group] += AT_ONCE
                time.sleep(PAUSE_SECONDS)
        for group, count in counts.items():
            for number in range(0, count, AT_ONCE):
                sender.post(group, number, "resolved")
        with guard:
            sent.alerts |= counts
            sent.posts += sender.posts
            sent.again += sender.again

    threads = [threading.Thread(target=go_on, args=(first,)) for first in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sent


class _Sender:
    """Says each thing until one of the servers takes it."""

    def __init__(self, key: str, ports: Sequence[int], *, seed: int) -> None:
        self._rng, self._ports = random.Random(seed), ports
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._began = datetime.now(UTC).isoformat()
        self.posts = self.again = 0

    def post(self, group: int, first: int, status: str) -> None:
        body = json.dumps(self._told(group, first, status))
        self.posts += 1
        while not self._is_taken(body):
            self.again += 1
            time.sleep(0.1)

    def _is_taken(self, body: str) -> bool:
        connection = HTTPConnection("127.0.0.1", self._rng.choice(self._ports), TIMEOUT_SECONDS)
        try:
            connection.request("POST", f"/hooks/{SOURCE}", body, self._headers)
            return 200 <= connection.getresponse().status < 300
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _told(self, group: int, first: int, status: str) -> dict[str, Any]:
        ended = datetime.now(UTC).isoformat() if status == "resolved" else "0001-01-01T00:00:00Z"
        alerts = [
            {
                "status": status,
                "labels": {"alertname": "Slow", "service": f"storm-{group}", "instance": f"{one}"},
                "annotations": {"summary": f"Storm {group} is slow on {one}"},
                "startsAt": self._began,
                "endsAt": ended,
                "fingerprint": f"{group}-{one}",
            }
            for one in range(first, first + AT_ONCE)
        ]
        return {"version": "4", "groupKey": f"{group}", "status": status, "alerts": alerts}
