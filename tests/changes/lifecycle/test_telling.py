"""Letters about votes: who is asked, and what those read who voted on another plan."""

from typing import Any

import pytest

from catalog.models import User
from changes.lifecycle import vote_links
from changes.states import Kind, State
from ledger.models import Delivery, Letter
from tests.living import at, change_at, file, fresh, person, say, vote

pytestmark = pytest.mark.usefixtures("settled", "addresses")
EVERYBODY = ("engineer", "peer", "peer-2", "owner", "cab-1", "cab-2", "oncall", "stranger")


@pytest.fixture
def addresses(settled: None) -> None:
    """Everybody has an address, named as they are."""
    for name in EVERYBODY:
        User.objects.filter(username=name).update(email=f"{name}@example.org")


def letters() -> dict[str, tuple[str, str]]:
    """Heading and words of every letter by who receives it; then they are forgotten."""
    kept = {one.to.username: (one.heading, one.words) for one in Letter.objects.all()}
    Delivery.objects.all().delete()
    Letter.objects.all().delete()
    return kept


def test_a_submission_asks_everybody_who_could_vote_and_nobody_else() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")

    events = {(str(one.event), one.channel) for one in Delivery.objects.all()}
    asked = letters()

    assert sorted(asked) == ["owner", "peer", "peer-2"]
    assert events == {(f"{change.ref} #2 change.submitted", "email")}
    heading, words = asked["peer"]
    assert heading == f"{change.ref} asks for your vote: Retry refunds"
    link = vote_links.address_for(person("peer"), fresh(change), now=at(5))
    assert words.splitlines() == [
        f"engineer asks for your vote on {change.ref}: Retry refunds",
        "",
        "It is a normal change of refunds in production, of medium risk, planned from "
        "Wed 18 Nov 10:00 UTC to Wed 18 Nov 12:00 UTC.",
        "",
        "Read it and vote here, signed in as peer; opening the page says nothing yet. "
        "The link is good until Wed 25 Nov 09:05 UTC:",
        link,
    ]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [(Kind.EMERGENCY, ["cab-1", "cab-2", "oncall"]), (Kind.STANDARD, [])],
)
def test_each_kind_asks_its_own(kind: Kind, asked: list[str]) -> None:
    say("submit", file(kind=kind), minutes=5)

    assert sorted(letters()) == asked


def test_an_edit_sends_every_approver_the_diff(settings: Any) -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="high")
    vote(change, by="peer")
    vote(change, by="cab-1")
    vote(change, by="owner", decision="abstain")
    letters()

    fields = {"rollback_plan": "Redeploy.\nThen wait.", "planned_end_at": at(240), "revision": ""}
    say("edit", change, minutes=20, fields=fields)

    told = letters()
    assert sorted(told) == ["cab-1", "peer"]
    heading, words = told["peer"]
    assert heading == f"{change.ref} changed after you approved it: Retry refunds"
    assert words.splitlines() == [
        f"engineer changed the plan of {change.ref}: Retry refunds",
        "",
        "You had approved it. Your approval counted for the plan you read and counts no more; "
        "whoever is still needed is asked again when it is submitted.",
        "",
        "What changed since you approved it:",
        "  Rollback plan:",
        "    - Redeploy what ran before.",
        "    + Redeploy.",
        "    + Then wait.",
        "  Revision: 4f1c2d9 → nothing",
        "  Planned end at: Wed 18 Nov 12:00 UTC → Wed 18 Nov 13:00 UTC",
        "",
        f"{settings.TIDEGATE_URL}/changes/{change.ref}",
    ]


def test_who_is_asked_again_reads_what_changed_since_their_own_vote() -> None:
    change = change_at(State.SCHEDULED)
    say("revise", change, minutes=20)
    assert letters()["peer"][0] == (
        f"{change.ref} was taken back after you approved it: Retry refunds"
    )
    say("edit", change, minutes=22, fields={"test_plan": "The whole journey."})

    say("submit", change, minutes=25)

    told = letters()
    assert sorted(told) == ["owner", "peer", "peer-2"]
    since = "What changed since you approved it:"
    assert [since in told[name][1] for name in ("owner", "peer", "peer-2")] == [False, True, False]
    assert "    + The whole journey." in told["peer"][1].splitlines()


def test_an_approver_who_is_not_asked_again_reads_the_diff_all_the_same() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="high")
    vote(change, by="cab-1")
    say("revise", change, minutes=20)
    say("edit", change, minutes=22, fields={"category": "deployment", "rollout": "canary"})
    letters()

    say("submit", change, minutes=25)

    heading, words = letters()["cab-1"]
    assert heading == f"{change.ref} changed after you approved it: Retry refunds"
    assert "  Rollout: all_at_once → canary" in words.splitlines()


def test_what_is_no_part_of_the_plan_is_told_nobody() -> None:
    change = change_at(State.SCHEDULED)
    letters()

    say("edit", change, minutes=20, fields={"source_url": "https://git.example.org/refunds"})

    assert letters() == {}


def test_a_long_diff_is_cut_and_says_so() -> None:
    change = change_at(State.SCHEDULED)
    letters()

    say("edit", change, minutes=20, fields={"test_plan": "\n".join(map(str, range(500)))})

    assert "… and 382 more lines; the page shows them all." in letters()["peer"][1].splitlines()
