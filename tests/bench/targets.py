"""What there is to ask of a generated database: `python -m tests.bench.targets`, as JSON.

Runs in a process of its own, since Django knows one database at a time.
"""

import json
import os
from datetime import timedelta
from random import Random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db.models import Exists, Max, OuterRef  # noqa: E402
from django.utils import timezone  # noqa: E402

from catalog import tokens  # noqa: E402
from catalog.models import Service, User  # noqa: E402
from changes.models import Change  # noqa: E402
from changes.queries import cursors  # noqa: E402
from changes.queries.listed import Listed  # noqa: E402
from tests.bench import gate_set  # noqa: E402
from tests.bench.words import Words  # noqa: E402

RARE_RANKS, COMMON = slice(3000, 3400), ("deploy", "release", "rotate", "upgrade", "certificates")


def main() -> None:
    """Issue tokens, and print them with the questions, cursors and words."""
    rng = Random(7)
    newest = Change.objects.aggregate(newest=Max("id"))["newest"]
    print(
        json.dumps(
            {
                "gate_token": _token("ci-1", "gate"),
                "reader_token": _token("ci-2", "changes:read"),
                "allow": _questions(gate_set.ALLOW),
                "deny": _questions(gate_set.DENY),
                "numbers": [rng.randrange(newest) + 1 for _ in range(5000)],
                "half_way": [_cursor(newest // 2 + rng.randrange(1000)) for _ in range(500)],
                "rare": Words().all[RARE_RANKS],
                "common": COMMON,
                "lifecycle": _lifecycle(),
            }
        )
    )


def _token(username: str, *scopes: str) -> str:
    user = User.objects.get(username=username)
    _, secret = tokens.issue(user=user, name="bench", scopes=scopes, now=timezone.now())
    return secret


def _questions(prefix: str) -> list[dict[str, str]]:
    """One question for each change of the set; ids of the set are the last ones.

    None where another change is being implemented: once the search for conflicts was measured,
    whatever runs holds its place, and the gate does not allow what is asked.
    """
    there = {name: OuterRef(name) for name in ("service", "environment")}
    running = Change.objects.filter(**there, state="implementing").exclude(pk=OuterRef("pk"))
    last = Change.objects.order_by("-id").filter(external_id__startswith=prefix)
    last = last.exclude(Exists(running))
    found = last.values_list("service__slug", "environment__slug", "revision")
    return [
        {"service": service, "environment": environment, "revision": revision}
        for service, environment, revision in found[: gate_set.AT_MOST]
    ]


def _cursor(number: int) -> str:
    row = Listed.__new__(Listed)
    object.__setattr__(row, "id", number)
    return cursors.written(row, newer=False, by_plan=False)


def _lifecycle() -> dict[str, Any]:
    """Two people of one team that no freeze touches, their tokens, and what to file."""
    service = Service.objects.filter(tier=4).order_by("id").first()
    assert service is not None
    author, peer = service.owner_team.memberships.order_by("-id")[:2]
    now = timezone.now()
    return {
        "author": _token(author.user.username, "changes:read", "changes:write"),
        "peer": _token(peer.user.username, "changes:read", "changes:write"),
        "fields": {
            "title": f"Deploy release of {service.slug}",
            "description": "What changes, and why now.",
            "service": service.slug,
            "environment": "staging",
            "implementation_plan": "Apply the manifest.",
            "test_plan": "Smoke tests.",
            "rollback_plan": "Redeploy the previous revision.",
            "monitoring_plan": "Watch the board for an hour.",
            "rollout": "canary",
            "planned_start_at": (now - timedelta(hours=1)).isoformat(),
            "planned_end_at": (now + timedelta(hours=12)).isoformat(),
            "revision": "0" * 40,
        },
    }


if __name__ == "__main__":
    main()
