"""What a client may do when it cannot reach the gate."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from changes.policies.fail_mode import FailFacts, FailPolicy, judge
from tests.living import at

ALLOWS = FailFacts(
    service="refunds",
    tier=3,
    environment="production",
    is_open=True,
    mode="allow",
    reason="The network is rebuilt.",
    allow_until=at(60 * 24 * 7),
    lasts=timedelta(hours=12),
)
STAGING = replace(ALLOWS, environment="staging", tier=1, allow_until=None)


@pytest.mark.parametrize("facts", [ALLOWS, STAGING], ids=["production", "staging"])
def test_what_allows_is_signed_for_as_long_as_its_row_says(facts: FailFacts):
    assert judge(facts, now=at(0)) == FailPolicy("allow", "The network is rebuilt.", at(12 * 60))


@pytest.mark.parametrize(
    ("given", "expires_at"),
    [
        ({"lasts": timedelta(minutes=5)}, at(5)),
        ({"lasts": timedelta(days=3)}, at(24 * 60)),
        ({"allow_until": at(30)}, at(30)),
        ({"next_freeze_at": at(20)}, at(20)),
        ({"allow_until": at(30), "next_freeze_at": at(40)}, at(30)),
    ],
)
def test_it_ends_with_whatever_ends_first(given: dict[str, object], expires_at: datetime):
    said = judge(replace(ALLOWS, **given), now=at(0))  # type: ignore[arg-type]

    assert (said.mode, said.expires_at) == ("allow", expires_at)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"mode": "deny", "reason": ""}, "Nothing is deployed to production without the gate's"),
        ({"mode": "deny", "reason": "We wait."}, "We wait."),
        ({"allow_until": at(0)}, "That production allows ended Wed 18 Nov 09:00 UTC."),
        ({"allow_until": None}, "production allows only until an instant that was chosen"),
        ({"tier": 2}, "refunds is of tier 2, for which production never allows."),
        ({"is_open": False}, "production is closed unless a maintenance window opens it"),
        ({"frozen_by": "Weekend freeze"}, "A freeze holds: Weekend freeze."),
    ],
)
def test_it_denies_and_says_why(given: dict[str, object], reason: str):
    said = judge(replace(ALLOWS, **given), now=at(0))  # type: ignore[arg-type]

    assert (said.mode, said.reason[: len(reason)]) == ("deny", reason)
    assert said.expires_at == at(12 * 60)
