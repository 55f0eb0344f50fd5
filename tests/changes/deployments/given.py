"""Permits of the gate, and reports about deployments."""

from typing import Any

import pytest

from changes import deployments, gate
from changes.deployments import Report
from changes.models import Change, Deployment
from ledger.decision import Refused
from tests.living import at, person, written


def permit_for(change: Change, *, minutes: float = 60, **asked: str) -> str:
    question = gate.Question("refunds", "production", change=change.ref, **asked)
    answer = gate.ask(question, actor=person("ci"), now=at(minutes))
    assert answer.decision == "allow", answer.reasons
    return answer.permit


def report(status: str, *, minutes: float = 61, by: str = "ci", **given: Any) -> Deployment:
    told = Report(**{"status": status, "at": at(minutes), **given})
    return deployments.report(told, actor=person(by), now=at(minutes))


def refusal(status: str, **given: Any) -> tuple[str, ...]:
    """The codes of the refusal; nothing is written."""
    before = written()
    with pytest.raises(Refused) as refused:
        report(status, **given)
    assert written() == before
    return refused.value.decision.codes
