"""What approvals were worth: each number against a morning that was lived."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from changes.audit import approval_value
from changes.models import Change, Requirement
from changes.queries.approval_value import Value
from changes.states import State
from ledger.decision import Refused
from tests.living import at, change_at, person, say, vote

pytestmark = pytest.mark.usefixtures("settled")


def read(since: float = -60, until: float = 600, *, by: str = "auditor") -> dict[str, Value]:
    """By name of the rule."""
    found = approval_value.read(since=at(since), until=at(until), reader=person(by))
    return {one.rule: one for one in found}


def behind(what: str, rule: str = "Peer review", authority: str = "peer") -> list[tuple[str, ...]]:
    asked = {"rule": rule, "authority": authority, "group": "", "what": what}
    found = approval_value.behind(since=at(-60), until=at(600), reader=person("manager"), **asked)
    return [(one.ref, one.what, one.by) for one in found]


def lived() -> tuple[Change, Change]:
    """One rejected, edited twice, approved and failed; one approved at once that went well."""
    failed = change_at(State.AWAITING_APPROVAL)
    vote(failed, by="peer", decision="reject", comment="How long?", minutes=10)
    say("edit", failed, minutes=12, fields={"test_plan": "Twice."})
    say("edit", failed, minutes=13, fields={"test_plan": "Thrice."})
    say("submit", failed, minutes=14)
    vote(failed, by="peer-2", minutes=44)
    say("start", failed, minutes=60)
    say("finish", failed, minutes=70)
    say("review", failed, minutes=80, text="It failed.")
    say("close", failed, minutes=90, outcome="failed", note="Refunds failed.")
    return failed, change_at(State.CLOSED)


def test_each_number_of_a_rule() -> None:
    lived()

    assert read() == {
        "Peer review": Value(
            rule="Peer review",
            authority="peer",
            group="",
            decisions=3,
            approvals=2,
            rejections=1,
            abstentions=0,
            changes=2,
            wait=timedelta(minutes=5),  # of 5, 30 and 5
            edits=2,
            closed=2,
            failures=1,
        )
    }


def test_each_number_says_what_it_counts() -> None:
    failed, fine = lived()

    assert behind("decisions") == [
        (failed.ref, "approve", "peer-2"),
        (fine.ref, "approve", "peer"),
        (failed.ref, "reject", "peer"),
    ]
    assert behind("rejections") == [(failed.ref, "reject", "peer")]
    assert behind("edits") == [
        (failed.ref, "version 3", "engineer"),
        (failed.ref, "version 2", "engineer"),
    ]
    assert behind("failures") == [(failed.ref, "failed", "engineer")]
    assert behind("decisions", rule="CAB from high risk", authority="cab") == []


def test_a_vote_of_the_lead_counts_for_every_rule_it_speaks_for() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")
    vote(change, by="owner", decision="abstain", minutes=10)

    found = read()

    assert {name: (one.decisions, one.abstentions) for name, one in found.items()} == {
        "Peer review": (1, 1),
        "Service owner from medium risk": (1, 1),
    }


def test_an_edit_after_the_approval_was_provoked_by_nobody() -> None:
    change = change_at(State.CLOSED)
    assert read()["Peer review"].edits == 0

    Change.objects.filter(pk=change.pk).update(plan_digest="f" * 64)

    assert (read()["Peer review"].closed, read()["Peer review"].failures) == (0, 0)


@pytest.mark.parametrize(
    ("since", "until", "decisions"), [(10, 11, 1), (9, 10, 0), (11, 60, 0), (0, 60, 1)]
)
def test_votes_are_those_of_the_period_its_end_left_out(
    since: float, until: float, decisions: int
) -> None:
    change_at(State.SCHEDULED)

    assert sum(one.decisions for one in read(since, until).values()) == decisions


def test_a_wait_that_nobody_kept_is_not_known() -> None:
    change_at(State.SCHEDULED)
    Requirement.objects.update(asked_at=None)

    assert read()["Peer review"].wait is None


def test_where_nobody_voted_nothing_is_told() -> None:
    change_at(State.AWAITING_APPROVAL)

    assert read() == {}


@pytest.mark.parametrize("name", ["engineer", "peer", "owner", "cab-1", "oncall", "stranger", "ci"])
def test_only_auditors_and_change_managers_read_it(name: str) -> None:
    with pytest.raises(Refused) as refused:
        read(by=name)

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.message) == (
        "not_permitted",
        f"Only auditors and change managers read what approvals were worth; {name} is neither.",
    )


@pytest.mark.parametrize(
    ("since", "until", "sentence"),
    [
        (60, 60, "The end must come after the beginning."),
        (0, 60 * 24 * 366 * 6, "Ask for five years at most at once."),
    ],
)
def test_a_period_that_cannot_be_is_refused(since: float, until: float, sentence: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        read(since, until)

    assert wrong.value.message_dict == {"to": [sentence]}


@pytest.mark.parametrize("asked", [{"what": "luck"}, {"rule": ""}])
def test_a_number_that_there_is_not_counts_nothing(asked: dict[str, str]) -> None:
    words = {"what": "edits", "rule": "Peer review", "authority": "peer", "group": ""} | asked

    with pytest.raises(ValidationError):
        approval_value.behind(since=at(0), until=at(60), reader=person("auditor"), **words)


def test_it_takes_one_statement_and_finds_votes_by_their_time(
    django_assert_num_queries: Any,
) -> None:
    change_at(State.SCHEDULED)
    auditor = person("auditor")
    auditor_roles = {"since": at(0), "until": at(60), "reader": auditor}
    approval_value.read(**auditor_roles)

    with django_assert_num_queries(1):
        approval_value.read(**auditor_roles)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT FROM changes_vote WHERE cast_at >= %s AND cast_at < %s",
            [datetime.min.replace(tzinfo=at(0).tzinfo), at(0)],
        )
        assert "vote_by_time" in str(cursor.fetchall())
