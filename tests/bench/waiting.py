"""Pipelines that wait: `python -m tests.bench.waiting begin|end`, for the scenario of polls.

A freeze that holds for a while makes the set of what the gate allows wait. Each asks once and polls
once, over HTTP, for its ETag; the paths with their tags are printed as JSON. The end takes back the
freeze and the places in the queue, so that the gate allows as before.
"""

import json
import os
import sys
import urllib.request
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from changes.models import QueuePlace, Window  # noqa: E402

NAME = "Benchmark of polls"
HOLDS_FOR = timedelta(hours=2)


def main() -> None:
    """`begin ADDRESS` with the token and the questions on standard input, or `end`."""
    if sys.argv[1] == "end":
        Window.objects.filter(name=NAME).delete()
        QueuePlace.objects.filter(run_id__startswith="poll-").delete()
        print("null")
        return
    now = timezone.now()
    Window.objects.create(
        name=NAME, reason="pipelines wait", starts_at=now, ends_at=now + HOLDS_FOR
    )
    given = json.load(sys.stdin)
    asked = [
        _polled(sys.argv[2], given["token"], question, number)
        for number, question in enumerate(given["questions"])
    ]
    print(json.dumps(asked))


def _polled(address: str, token: str, question: dict[str, Any], number: int) -> str:
    """The path and the tag of one decision to wait, separated by a tab."""
    body = json.dumps({**question, "pipeline": {"run_id": f"poll-{number}"}}).encode()
    told = json.load(_opened(f"{address}/api/v1/gate", token, body))
    if told["decision"] != "wait":
        why = "; ".join(one["message"] for one in told["reasons"])
        raise SystemExit(f"tidegate: the benchmark of polls was told to {told['decision']}: {why}")
    path = f"/api/v1/gate/decisions/{told['decision_id']}"
    return f"{path}\t{_opened(address + path, token).headers['ETag']}"


def _opened(url: str, token: str, body: bytes | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return urllib.request.urlopen(urllib.request.Request(url, body, headers))


if __name__ == "__main__":
    main()
