"""Clocks of an emergency where people look, and the vote of the emergency CAB in one click."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from catalog.models import Environment
from changes.models import Change, Vote
from changes.states import Kind, State
from tests import living
from tests.changes.api.world import caller
from tests.living import change_at, fresh, verbs_of, written

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]


def broken() -> Change:
    """An emergency change that broke glass a while ago."""
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    living.say("break_glass", change, by="oncall", minutes=60, reason="Refunds are lost.")
    return fresh(change)


def a_day_later(change: Change) -> None:
    shift = timedelta(days=1)
    Change.objects.filter(pk=change.pk).update(broke_glass_at=F("broke_glass_at") - shift)


def clocks(page: Any) -> list[tuple[str, str, bool]]:
    return [(one.ref, one.what, one.overdue) for one in page.context["clocks"]]


@pytest.mark.parametrize("late", [False, True])
def test_the_change_and_home_show_the_clock_to_everybody(late: bool, signed_in: Open) -> None:
    change = broken()
    if late:
        a_day_later(change)

    page = signed_in("stranger").get(f"/changes/{change.ref}")
    home = signed_in("stranger").get("/")

    assert clocks(page) == clocks(home) == [(change.ref, "Retroactive votes", late)]
    assert page.context["clocks"][0].who == ("cab-1", "cab-2")
    said = "The gate holds the other changes of refunds" if late else "From then on the gate holds"
    assert said in page.content.decode()
    assert said in home.content.decode()


def test_where_nothing_is_owed_no_clock_is_shown(signed_in: Open) -> None:
    change = change_at(State.VALIDATING)

    assert clocks(signed_in("engineer").get(f"/changes/{change.ref}")) == []
    assert clocks(signed_in("engineer").get("/")) == []


@pytest.mark.parametrize(("hours", "tone"), [(71, "wait"), (73, "stop")])
def test_the_review_of_an_emergency_waits_with_the_instant_it_is_due(
    hours: int, tone: str, signed_in: Open
) -> None:
    change = change_at(State.VALIDATING, kind=Kind.EMERGENCY)
    finished_at = timezone.now() - timedelta(hours=hours)
    Change.objects.filter(pk=change.pk).update(finished_at=finished_at)

    (item,) = signed_in("engineer").get("/").context["waiting"]

    assert (item.what, item.tone, item.due) == (
        "Your review",
        tone,
        finished_at + timedelta(hours=72),
    )


def around(client: Client, change: Change) -> Any:
    return client.get(
        f"/changes/for-incident/{change.incident.ref}", headers={"HX-Request": "true"}
    )


def test_the_emergency_cab_approves_in_one_click_from_the_incident(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    client = signed_in("cab-1")

    part = around(client, change)
    (asked,) = part.context["asked"]
    answer = client.post(
        f"/changes/{change.ref}/vote", {"decision": "approve", "seen": change.plan_digest}
    )

    assert (asked.change, asked.vote.allowed) == (change, True)
    text = part.content.decode()
    assert f'action="/changes/{change.ref}/vote"' in text
    assert f'name="seen" value="{change.plan_digest}"' in text
    assert (answer.status_code, fresh(change).state) == (303, "scheduled")
    assert verbs_of(change.ref)[-2:] == ["vote.cast", "change.approved"]


def test_after_the_glass_was_broken_the_incident_shows_clock_and_vote(signed_in: Open) -> None:
    change = broken()

    (asked,) = around(signed_in("cab-2"), change).context["asked"]

    assert asked.vote.allowed
    assert [(one.what, one.overdue) for one in asked.clocks] == [("Retroactive votes", False)]


@pytest.mark.parametrize(
    ("name", "code"),
    [("engineer", "self_approval"), ("stranger", "not_permitted"), ("auditor", "not_permitted")],
)
def test_who_may_not_vote_sees_why_beside_the_button(name: str, code: str, signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    rows = written()

    page = around(signed_in(name), change)

    (asked,) = page.context["asked"]
    assert code in asked.vote.codes
    assert f'<button type="button" disabled aria-describedby="vote-{change.ref}-reasons">' in (
        page.content.decode()
    )
    assert written() == rows


def test_an_emergency_that_owes_its_review_asks_for_no_vote(signed_in: Open) -> None:
    change = fresh(change_at(State.VALIDATING, kind=Kind.EMERGENCY))

    (asked,) = around(signed_in("cab-1"), change).context["asked"]

    assert (asked.vote, [one.what for one in asked.clocks]) == (None, ["The review"])


def test_the_click_asks_again_who_votes_where_that_is_demanded(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    Environment.objects.update(demands_reauthentication=True)

    page = signed_in("cab-1").post(
        f"/changes/{change.ref}/vote", {"decision": "approve", "seen": change.plan_digest}
    )

    assert (page.status_code, dict(page.context["kept"])["seen"]) == (403, change.plan_digest)
    assert Vote.objects.count() == 0


def test_the_api_tells_what_is_owed() -> None:
    change = broken()

    body = caller("stranger").get(f"/changes/{change.ref}").json()

    assert [one["owes"] for one in body["owed"]] == ["votes"]
