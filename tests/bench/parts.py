"""What hangs on a generated change: its plan, votes, deployment and check."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from catalog.models import Service, User
from changes.models import Change, Vote
from tests.bench.copying import Rows, compact

VOTES_AT_MOST = 8


def add_plan(
    change: Change, material: Mapping[str, Any], also: Sequence[Service], *, rows: Rows
) -> None:
    """The version of the plan, and the other services it touches."""
    rows.add(
        "changes_planversion",
        change_id=change.pk,
        version=1,
        digest=change.plan_digest,
        fields=compact(material),
        written_by_id=change.author_id,
        written_at=change.created_at,
    )
    for service in also:
        rows.add("changes_change_also_affects", change_id=change.pk, service_id=service.pk)


def add_votes(
    change: Change, voters: Sequence[tuple[str, str, User]], *, voted: bool, rows: Rows
) -> list[Vote]:
    """A requirement for each rule and, where they `voted`, the approvals that fill them."""
    asked: dict[tuple[str, str], int] = {}
    for rule, authority, _ in voters:
        asked[rule, authority] = asked.get((rule, authority), 0) + 1
    for (rule, authority), count in asked.items():
        rows.add(
            "changes_requirement",
            change_id=change.pk,
            round=1,
            authority=authority,
            count=count,
            rule=rule,
        )
    if not voted:
        return []
    votes = [
        Vote(
            id=change.pk * VOTES_AT_MOST + n,
            change_id=change.pk,
            round=1,
            voter=voter,
            decision="approve",
            authorities=[authority],
            plan_digest=change.plan_digest,
            cast_at=change.created_at + timedelta(minutes=10 + 5 * n),
        )
        for n, (_, authority, voter) in enumerate(voters)
    ]
    for vote in votes:
        rows.add_model(vote)
    return votes


def add_deployment(change: Change, *, by: User, rng: Random, rows: Rows) -> None:
    """A deployment that started and succeeded, and the check it reported."""
    permit = str(UUID(int=rng.getrandbits(128), version=4))
    for status, at in (("started", change.started_at), ("succeeded", change.finished_at)):
        rows.add(
            "changes_deployment",
            change_id=change.pk,
            permit_id=permit,
            status=status,
            at=at,
            detail="",
            reported_by_id=by.pk,
            reported_at=at,
        )
    rows.add(
        "changes_check",
        change_id=change.pk,
        name="deployment",
        passed=True,
        detail="",
        url="",
        reported_by_id=by.pk,
        reported_at=change.finished_at,
    )
