"""How tests ask the gate."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jwt

from changes import deployments, gate, permits
from changes.deployments import Report
from changes.gate import Answer, Question
from tests.living import (
    at,
    person,
)

FRIDAY_EVENING = datetime(2026, 11, 20, 18, tzinfo=UTC)
MONDAY_SIX = datetime(2026, 11, 23, 5, tzinfo=UTC)
SUBJECT = "refunds/production"


def ask(
    *, now: datetime | None = None, minutes: float = 60, by: str = "ci", **given: Any
) -> Answer:
    question = Question(**{"service": "refunds", "environment": "production", **given})
    return gate.ask(question, actor=person(by), now=now or at(minutes))


def codes(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


def claims(answer: Answer) -> dict[str, Any]:
    return jwt.decode(answer.permit, options={"verify_signature": False})


def report_started(permit: str, *, minutes: float) -> None:
    report = Report("started", at(minutes), permit=permit)
    deployments.report(report, actor=person("ci"), now=at(minutes))


def revoke(answer: Answer, *, minutes: float) -> None:
    """Its permit, by who asked."""
    permits.revoke(
        permit_id=UUID(answer.id), reason="Not now.", actor=person("ci"), now=at(minutes)
    )
