"""What must not be is found: a wrong word, a server that fails without having been killed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from changes.models import GateAnswer
from ledger.models import Event
from tests.faults import judging
from tests.faults.asking import Told
from tests.faults.judging import Gone
from tests.faults.world import Case

SINCE = datetime(2026, 11, 18, 9, tzinfo=UTC)
FROZEN = Case("frozen", {}, "deny")
KEY = "019a0000-0000-7000-8000-000000000001"


def told(status: int = 200, *, port: int = 1, at: float = 5, **body: Any) -> Told:
    said = {"decision": "deny", "decision_id": KEY, **body} if status == 200 else {}
    return Told(FROZEN, port, at, at + 1, status, said)


def found(*attempts: Told, gone: tuple[Gone, ...] = ()) -> list[str]:
    return judging.faults(attempts, gone=gone, since=SINCE)


def kept(decision: str = "deny", *, events: int = 1) -> None:
    """One answer as the database holds it, with so many events."""
    GateAnswer.objects.create(
        id=KEY, at=SINCE, asked_by="ci", service="s", environment="e", decision=decision
    )
    Event.objects.bulk_create(
        Event(
            subject="s/e",
            position=number + 1,
            verb="gate.denied",
            actor="ci",
            at=SINCE,
            data={"decision_id": KEY},
            digest=f"{number:064}",
            previous_digest=f"{number + 1:064}",
        )
        for number in range(events)
    )


@pytest.mark.django_db
def test_one_true_answer_kept_once_is_no_fault() -> None:
    kept()

    assert found(told()) == []


@pytest.mark.django_db
def test_an_answer_that_is_not_true_is_a_fault() -> None:
    kept("allow")

    assert found(told(decision="allow")) == ["“frozen” was told allow, and deny is true (1 times)"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (None, "answers arrived and were not kept"),
        ({"decision": "allow"}, "answers were kept otherwise than told"),
        ({"events": 2}, "an answer has several events"),
        ({"events": 0}, "rows and events differ"),
    ],
)
def test_an_answer_that_is_not_kept_once_is_a_fault(
    rows: dict[str, Any] | None, fault: str
) -> None:
    if rows is not None:
        kept(**rows)

    assert fault in found(told())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attempt", "excused"),
    [
        (told(0, port=1, at=5), True),
        (told(0, port=1, at=1), False),
        (told(0, port=1, at=9), False),
        (told(0, port=2, at=5), False),
        (told(500, port=1, at=5), False),
        (told(503, port=1, at=5), False),
    ],
)
def test_only_the_server_that_was_killed_may_break_and_only_meanwhile(
    attempt: Told, excused: bool
) -> None:
    away = (Gone(port=1, since=4, until=8),)

    assert (found(attempt, gone=away) == []) is excused
