"""Following the link of a letter: who, when, and that looking says nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from changes.lifecycle import vote_links
from changes.models import Change
from changes.states import State
from tests import living
from tests.living import change_at, fresh, person, written

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]


def path(change: Change, *, to: str = "peer", days_ago: int = 0) -> str:
    written_at = timezone.now() - timedelta(days=days_ago)
    address = vote_links.address_for(person(to), fresh(change), now=written_at)
    return address[address.index("/votes/") :]


def heading(answer: Any) -> str:
    return answer.context["heading"]


def test_the_link_opens_the_evidence_and_the_vote(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    rows = written()

    answer = signed_in("peer").get(path(change))

    assert (answer.status_code, answer.context["vote"].allowed) == (200, True)
    assert answer.context["vote_form"]["seen"].value() == change.plan_digest
    assert answer.context["change"] == change
    assert written() == rows


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete"])
def test_a_scanner_that_follows_the_link_changes_nothing(method: str) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    rows = written()

    answer = getattr(Client(), method)(path(change))

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in")
    assert written() == rows


def test_the_link_takes_no_vote_itself(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    rows = written()

    answer = signed_in("peer").post(path(change), {"decision": "approve"})

    assert (answer.status_code, written()) == (405, rows)


@pytest.mark.parametrize("name", ["stranger", "peer-2", "engineer", "auditor", "admin"])
def test_a_link_is_for_the_person_it_was_sent_to(name: str, signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    living.User.objects.get_or_create(username=name, defaults={"is_superuser": True})

    answer = signed_in(name).get(path(change, to="peer"))

    assert (answer.status_code, heading(answer)) == (403, "This link was sent to somebody else")
    assert change.title not in answer.content.decode()


def test_a_link_runs_out_after_a_week(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)

    young, old = (signed_in("peer").get(path(change, days_ago=days)) for days in (6, 7))

    assert (young.status_code, old.status_code) == (200, 410)
    assert heading(old) == "This link has run out"
    assert f'href="/changes/{change.ref}"' in old.content.decode()


def test_a_forged_link_opens_nothing(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    genuine, another = path(change), path(change, to="peer-2")
    body, _, signature = genuine.rpartition(".")
    forged = [genuine[:-1], f"{another.rpartition('.')[0]}.{signature}", body, "/votes/zzz"]

    answers = [signed_in("peer").get(one) for one in forged]

    assert [(one.status_code, heading(one)) for one in answers] == [
        (404, "This is no link of ours")
    ] * len(forged)


def test_after_an_edit_the_link_shows_the_diff_and_asks_again(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    old = path(change)
    living.say("edit", change, minutes=20, fields={"rollout": "all_at_once"})
    change = living.say("submit", change, minutes=25)

    answer = signed_in("peer").get(old)

    assert answer.context["letter"] == (
        "The plan was changed after the letter was written; what changed is marked. "
        "A vote counts for the plan as it stands here."
    )
    plan = answer.context["plan"]
    assert (plan.since, [one.label for one in plan.changed]) == ("you last saw it", ["Rollout"])
    assert answer.context["vote_form"]["seen"].value() == change.plan_digest


def test_after_the_vote_the_link_says_that_it_was_cast(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")
    used = path(change)
    living.vote(change, by="peer")

    answer = signed_in("peer").get(used)

    vote = answer.context["vote"]
    assert answer.context["letter"] == "You have answered this letter: you approved it."
    assert [(one.code, one.message) for one in vote.reasons] == [
        ("already_voted", "peer has voted “approve” on this plan.")
    ]


@pytest.mark.parametrize("state", [State.SCHEDULED, State.CANCELLED, State.CLOSED])
def test_when_no_vote_is_asked_the_link_shows_where_it_stands(
    state: State, signed_in: Open
) -> None:
    answer = signed_in("peer-2").get(path(change_at(state), to="peer-2"))

    assert (answer.status_code, answer.context["vote"]) == (200, None)
    assert answer.context["letter"].startswith("No vote is asked any more: CHG-")


def test_a_vote_on_a_plan_edited_meanwhile_shows_what_changed(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    seen = change.plan_digest
    living.say("edit", change, minutes=20, fields={"rollout": "all_at_once"})
    living.say("submit", change, minutes=25)

    url = f"/changes/{change.ref}/vote"
    answer = signed_in("peer").post(url, {"decision": "approve", "seen": seen})

    assert answer.status_code == 409
    assert answer.context["plan"].since == "you last saw it"
