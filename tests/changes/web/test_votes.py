"""Voting through the page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from changes.models import Change, Vote
from changes.states import Kind, State
from tests import living
from tests.living import change_at, fresh, verbs_of, written

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]


def test_last_vote_schedules_the_change(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")

    first = _vote(signed_in("peer"), change, "approve", comment="Fine by me.")
    last = _vote(signed_in("owner"), change, "approve")

    assert (first.status_code, first["Location"]) == (303, f"/changes/{change.ref}")
    assert _flashes(first) == [f"You approved {change.ref}."]
    assert _flashes(last) == [
        f"You approved {change.ref}. That was the last vote: it is scheduled."
    ]
    assert fresh(change).state == State.SCHEDULED
    assert verbs_of(change.ref)[-3:] == ["vote.cast", "vote.cast", "change.approved"]
    assert Vote.objects.get(voter__username="peer").comment == "Fine by me."


def test_rejection_sends_it_back_with_its_reason(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)

    answer = _vote(signed_in("peer"), change, "reject", comment="How long is the lock held?")
    page = signed_in("engineer").get(f"/changes/{change.ref}")

    assert answer.status_code == 303
    assert fresh(change).state == State.PLANNING
    assert _flashes(answer) == [f"You rejected {change.ref}. It is back in planning."]
    assert "How long is the lock held?" in page.content.decode()


def test_abstention_settles_nothing(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)

    _vote(signed_in("peer"), change, "abstain")

    assert fresh(change).state == State.AWAITING_APPROVAL
    assert Vote.objects.get().decision == "abstain"


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ("reject", "Say why, so that the author can mend it."),
        ("maybe", "“maybe” is no vote. Use one of: approve, reject, abstain."),
        ("", "“” is no vote. Use one of: approve, reject, abstain."),
    ],
)
def test_bad_vote_comes_back_with_a_sentence(decision: str, sentence: str, signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    rows = written()

    answer = _vote(signed_in("peer"), change, decision)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert written() == rows


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("engineer", "self_approval"),
        ("stranger", "not_permitted"),
        ("auditor", "not_permitted"),
        ("cab-1", "not_permitted"),
    ],
)
def test_who_may_not_vote_is_refused_and_nothing_is_written(
    name: str, code: str, signed_in: Open
) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    rows = written()

    shown = signed_in(name).get(f"/changes/{change.ref}").context["vote"]
    answer = _vote(signed_in(name), change, "approve")

    assert not shown.allowed
    assert answer.status_code == 403
    assert code in [reason.code for reason in answer.context["refused"]["reasons"]]
    assert written() == rows


def test_vote_on_a_plan_that_changed_meanwhile_is_refused(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    seen = change.plan_digest
    living.say("edit", change, minutes=20, fields={"rollback_plan": "Restore the backup."})
    living.say("submit", change, minutes=25)
    rows = written()

    answer = _vote(signed_in("peer"), change, "approve", seen=seen, comment="As I read it.")

    assert answer.status_code == 409
    assert [one.code for one in answer.context["refused"]["reasons"]] == ["edited_meanwhile"]
    assert "As I read it." in answer.content.decode()
    assert written() == rows


def test_page_asks_for_a_vote_on_the_plan_it_shows(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)

    form = signed_in("peer").get(f"/changes/{change.ref}").context["vote_form"]

    assert form["seen"].value() == change.plan_digest


def test_refused_vote_asks_again_on_the_plan_it_shows_now(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    seen = change.plan_digest
    living.say("edit", change, minutes=20, fields={"rollback_plan": "Restore the backup."})
    change = living.say("submit", change, minutes=25)

    answer = _vote(signed_in("peer"), change, "approve", seen=seen)

    assert answer.context["vote_form"]["seen"].value() == change.plan_digest


def test_second_vote_is_refused(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")
    _vote(signed_in("peer"), change, "approve")

    answer = _vote(signed_in("peer"), change, "reject", comment="After all.")

    assert answer.status_code == 409
    assert [one.code for one in answer.context["refused"]["reasons"]] == ["already_voted"]


def test_vote_owed_since_the_glass_was_broken_is_cast_afterwards(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    living.say("break_glass", change, minutes=10, reason="Nobody answers.")

    answer = _vote(signed_in("cab-1"), change, "approve")

    assert _flashes(answer) == [f"You approved {change.ref}."]
    assert fresh(change).retroactively_approved_at is not None


def test_vote_of_an_unknown_change_is_not_found(signed_in: Open) -> None:
    answer = signed_in("peer").post("/changes/CHG-999999/vote", {"decision": "approve"})

    assert answer.status_code == 404


def _vote(client: Client, change: Change, decision: str, **more: str) -> Any:
    return client.post(f"/changes/{change.ref}/vote", {"decision": decision, **more})


def _flashes(answer: Any) -> list[str]:
    return [str(message) for message in answer.wsgi_request._messages]
