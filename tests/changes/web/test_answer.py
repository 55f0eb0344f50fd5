"""May I deploy, what is in my way, who can unblock it, until when."""

from datetime import UTC, datetime, time, timedelta

import pytest

from changes.models import Window
from changes.queries.evidence import could_fill
from changes.states import Kind, State
from changes.web.answer import Answer, answer
from tests import living
from tests.living import at, change_at, facts_of, fresh

pytestmark = pytest.mark.usefixtures("settled")


def _asked(change: living.Change, *, minutes: float = 70) -> Answer:
    change, facts = fresh(change), facts_of(change, by="stranger", minutes=minutes)
    candidates = could_fill(facts, change=change, now=living.at(10)).vote
    return answer(change, facts, candidates=candidates, now=at(minutes))


def test_scheduled_change_may_be_deployed_until_its_period_ends() -> None:
    found = _asked(change_at(State.SCHEDULED))

    assert (found.decision, found.word, found.headline) == ("allow", "Yes.", "Deploy it now.")
    assert found.until == at(180)


def test_yes_ends_where_a_freeze_begins() -> None:
    change = change_at(State.SCHEDULED)
    Window.objects.create(name="Audit", effect="freeze", starts_at=at(100), ends_at=at(400))

    assert _asked(change).until == at(100)


def test_missing_votes_name_who_could_cast_them() -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="high")
    living.vote(change, by="cab-1", minutes=20)

    found = _asked(change)

    assert (found.decision, found.word, found.headline) == (
        "wait",
        "Not yet.",
        "Votes are missing.",
    )
    assert [reason.code for reason in found.reasons] == ["approvals_missing"] * 3
    assert found.who == ("cab-2", "owner", "peer", "peer-2")


def test_freeze_says_when_it_ends() -> None:
    change = change_at(State.SCHEDULED)
    Window.objects.create(name="Audit", effect="freeze", starts_at=at(0), ends_at=at(120))

    found = _asked(change)

    assert (found.decision, found.headline) == ("wait", "A freeze holds.")
    assert found.next_allowed_at == at(120)


def test_several_objections_are_counted() -> None:
    change = change_at(State.SCHEDULED)
    living.say("hold", change, by="manager", minutes=20, reason="Wait.")
    living.incident(1)

    found = _asked(change)

    assert (found.decision, found.word, found.headline) == (
        "deny",
        "No.",
        "2 things are in the way.",
    )
    assert found.who == ("engineer", "manager")


def test_planning_points_to_its_author() -> None:
    found = _asked(change_at(State.PLANNING))

    assert (found.decision, found.word) == ("wait", "Not yet.")
    assert found.headline == "It is still being planned."
    assert found.who == ("engineer",)


def test_broken_glass_says_until_when_votes_are_due() -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    living.say("break_glass", change, minutes=65, reason="Nobody answers.")

    found = _asked(change)

    assert found.word == "Yes."
    assert [reason.until for reason in found.warnings] == [at(65) + timedelta(hours=24)]
    assert found.who == ("cab-1", "cab-2", "oncall")


@pytest.mark.parametrize(
    ("state", "word", "headline"),
    [
        (State.VALIDATING, "Deployed.", "It is being validated."),
        (State.CLOSED, "Successful.", "It went well."),
        (State.CANCELLED, "Cancelled.", "It is not needed."),
    ],
)
def test_change_past_deploying_says_how_it_went(state: State, word: str, headline: str) -> None:
    found = _asked(change_at(state))

    assert (found.word, found.headline) == (word, headline)


def test_what_failed_may_be_deployed_again_and_says_what_is_in_the_way() -> None:
    change = change_at(State.VALIDATING)
    living.say("report_check", change, minutes=92, name="deployment", passed=False)

    found = _asked(change, minutes=95)
    living.window("Month end", starts=94, ends=400)
    frozen = _asked(change, minutes=95)

    assert (found.decision, found.word) == ("allow", "Yes.")
    assert found.headline == "Its deployment failed: deploy it again, or roll it back."
    assert (frozen.decision, frozen.headline) == ("deny", "A freeze holds.")


def test_rolled_back_change_says_so() -> None:
    change = change_at(State.IMPLEMENTING)
    living.say("roll_back", change, minutes=70, note="Errors rose.")

    assert _asked(change, minutes=75).word == "Rolled back."


def test_weekend_freeze_is_told_on_friday_evening() -> None:
    Window.objects.update(is_active=True)
    friday = datetime.combine(at(0).date() + timedelta(days=2), time(16), tzinfo=UTC)
    change = change_at(
        State.SCHEDULED, planned_start_at=at(60), planned_end_at=at(60) + timedelta(days=6)
    )
    minutes = (friday - at(0)).total_seconds() / 60

    found = _asked(change, minutes=minutes)

    assert found.headline == "A freeze holds."
    assert found.next_allowed_at == datetime(2026, 11, 23, 5, tzinfo=UTC)
