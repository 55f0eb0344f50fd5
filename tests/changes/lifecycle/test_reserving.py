"""Places that changes have to themselves: who gets them, and when they are given back."""

import pytest

from catalog.models import Environment
from changes.models import Change, Reservation, Vote
from changes.states import Kind, State
from ledger.decision import Refused
from tests.living import (
    approve,
    at,
    change_at,
    environment,
    file,
    fresh,
    incident,
    one_at_a_time,
    say,
    service,
    verbs_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def apart(settled: None) -> None:
    one_at_a_time()


def reserved(change: Change) -> list[tuple[str, bool, bool, bool]]:
    """Service, own, running and excluding, for each reservation."""
    rows = Reservation.objects.filter(change=change).order_by("-is_own", "service__slug")
    return list(rows.values_list("service__slug", "is_own", "is_running", "excludes"))


def test_a_scheduled_change_has_its_place_until_it_is_finished():
    change = change_at(State.AWAITING_APPROVAL, also_affects=[service("payments-api")])
    assert reserved(change) == []

    approve(change)
    assert reserved(change) == [
        ("refunds", True, False, True),
        ("payments-api", False, False, False),
    ]
    say("start", change, minutes=60)
    assert reserved(change) == [("refunds", True, True, True), ("payments-api", False, True, False)]
    say("finish", change, minutes=90)
    assert reserved(change) == []


@pytest.mark.parametrize(
    ("verb", "words"), [("revise", {}), ("cancel", {"reason": "It is not needed."})]
)
def test_a_change_that_is_called_off_gives_its_place_back(verb: str, words: dict[str, str]):
    change = change_at(State.SCHEDULED)

    say(verb, change, minutes=20, **words)

    assert reserved(change) == []
    assert change_at(State.SCHEDULED).state == "scheduled"


def test_an_edit_of_the_plan_gives_its_place_back():
    change = change_at(State.SCHEDULED)

    say("edit", change, minutes=20, fields={"planned_start_at": at(90)})

    assert (fresh(change).state, reserved(change)) == ("planning", [])


def test_the_vote_that_would_schedule_a_second_change_in_the_same_place_is_refused():
    second = change_at(State.AWAITING_APPROVAL, planned_start_at=at(179), planned_end_at=at(239))
    first = change_at(State.SCHEDULED)

    with pytest.raises(Refused) as refused:
        approve(second)

    (reason,) = refused.value.decision.reasons
    assert (reason.code, reason.source) == ("conflict", first.ref)
    assert reason.message == (
        f"{first.ref} (engineer) has refunds in production from Wed 18 Nov 11:00 CET to "
        "Wed 18 Nov 13:00 CET."
    )
    assert reason.remedy == (
        f"Plan {second.ref} from Wed 18 Nov 13:00 CET on, when the place is free as long as it "
        f"needs, or ask engineer to move {first.ref}."
    )
    assert fresh(second).state == "awaiting_approval"
    assert Vote.objects.filter(change=second).count() == 0
    assert verbs_of(second.ref)[-1] == "change.submitted"


def test_a_plan_for_a_place_that_is_taken_is_not_submitted():
    first = change_at(State.SCHEDULED)
    second = file(planned_start_at=at(100), planned_end_at=at(110))

    with pytest.raises(Refused) as refused:
        say("submit", second, minutes=5)

    assert [(one.code, one.source) for one in refused.value.decision.reasons] == [
        ("conflict", first.ref)
    ]
    assert verbs_of(second.ref) == ["change.created"]


def test_changes_that_follow_each_other_do_not_meet():
    change_at(State.SCHEDULED)

    after = change_at(State.SCHEDULED, planned_start_at=at(180), planned_end_at=at(240))

    assert after.state == "scheduled"


@pytest.mark.parametrize(
    "given",
    [
        {"service": "payments-api"},
        {"environment": "staging"},
        {"kind": Kind.STANDARD},
        {"kind": Kind.EMERGENCY},
    ],
)
def test_another_place_or_kind_is_not_kept_apart(given: dict[str, str]):
    change_at(State.SCHEDULED)
    rows = {"service": service, "environment": environment}
    fields = {name: rows[name](value) if name in rows else value for name, value in given.items()}
    if given.get("kind") is Kind.EMERGENCY:
        fields["incident"] = incident(severity=3, on="payments-api")

    assert change_at(State.SCHEDULED, **fields).state == "scheduled"


def test_an_environment_may_take_one_change_whatever_its_service():
    one_at_a_time("environment")
    second = change_at(State.AWAITING_APPROVAL, service=service("payments-api"))
    first = change_at(State.SCHEDULED)

    with pytest.raises(Refused) as refused:
        approve(second)

    assert [(one.code, one.message) for one in refused.value.decision.reasons] == [
        (
            "conflict",
            f"{first.ref} (engineer) has production to itself (for refunds) from "
            "Wed 18 Nov 11:00 CET to Wed 18 Nov 13:00 CET.",
        )
    ]


def test_an_environment_may_let_changes_overlap():
    one_at_a_time("nothing")
    change_at(State.SCHEDULED)

    assert change_at(State.SCHEDULED).state == "scheduled"


def test_a_change_that_broke_glass_is_known_to_run():
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)

    say("break_glass", change, minutes=20, by="oncall", reason="Nobody answers.")

    assert reserved(change) == [("refunds", True, True, False)]


def test_an_environment_keeps_services_apart_unless_told_otherwise():
    made = Environment.objects.create(slug="acceptance", name="Acceptance")

    assert Environment.objects.get(pk=made.pk).one_at_a_time == "service"
    assert file(environment=made).environment == made
