"""Who may take a permit back, and until when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from changes.policies.facts import ActorFacts
from changes.policies.revoking import PermitGiven, may_revoke
from changes.states import State
from tests.changes.policies.given import NOW, facts

GIVEN = PermitGiven(
    id="319c24f9-78df-47f9-8e14-4898da64b44a",
    change="CHG-12",
    service="payments-api",
    environment="production",
    asked_by="ci",
    given_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)
LATER = NOW + timedelta(minutes=10)


def codes(
    permit: PermitGiven = GIVEN, *, is_superuser: bool = False, now: Any = LATER, **actor: Any
) -> tuple[str, ...]:
    """The codes of what is said to a stranger who is also what is given."""
    who = ActorFacts(**{"username": "stranger", **actor})
    asked = replace(facts(State.SCHEDULED), actor=who)
    return may_revoke(permit, asked, is_superuser=is_superuser, now=now).codes


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ({}, ("not_permitted",)),
        ({"username": "ci", "is_robot": True}, ()),
        ({"username": "other-ci", "is_robot": True}, ("not_permitted",)),
        ({"username": "other-ci", "is_robot": True, "in_team": True}, ("not_permitted",)),
        ({"is_author": True}, ()),
        ({"in_team": True}, ()),
        ({"is_change_manager": True}, ()),
        ({"is_superuser": True}, ()),
        ({"is_implementer": True}, ("not_permitted",)),
        ({"in_team": True, "is_auditor": True}, ("not_permitted",)),
        ({"username": "ci", "is_active": False}, ("not_permitted",)),
        ({"is_superuser": True, "is_active": False}, ("not_permitted",)),
    ],
)
def test_a_permit_is_revoked_by_who_asked_for_it_and_by_stewards_of_its_change(
    who: dict[str, Any], said: tuple[str, ...]
) -> None:
    assert codes(**who) == said


@pytest.mark.parametrize(
    ("fate", "now", "said", "standing"),
    [
        ({}, LATER, (), "live"),
        ({}, GIVEN.expires_at - timedelta(microseconds=1), (), "live"),
        ({}, GIVEN.expires_at, ("permit_expired",), "expired"),
        ({"used_at": NOW, "used_by": "ci"}, LATER, (), "used"),
        (
            {"revoked_at": NOW, "revoked_by": "owner", "reason": "It leaked."},
            LATER,
            ("permit_revoked",),
            "revoked",
        ),
    ],
)
def test_a_permit_is_revoked_once_and_before_it_expires(
    fate: dict[str, Any], now: Any, said: tuple[str, ...], standing: str
) -> None:
    permit = replace(GIVEN, **fate)

    assert codes(permit, now=now, in_team=True) == said
    assert permit.standing(now=now) == standing
