"""How far and how long a permit reaches."""

import pytest

from catalog.models import Environment
from changes.states import State
from tests.changes.gate.asking import ask, claims, codes
from tests.living import (
    at,
    change_at,
    file,
    say,
    vote,
    window,
)


@pytest.mark.parametrize("how", ["change", "revision"])
@pytest.mark.parametrize("state", [State.SCHEDULED, State.IMPLEMENTING])
def test_everything_holds_so_it_is_allowed_with_a_permit(
    how: str, state: State, settled: None
) -> None:
    change = change_at(state)
    named = {"change": change.ref} if how == "change" else {"revision": "4f1c2d9"}

    answer = ask(minutes=65, **named)

    assert (answer.decision, answer.reasons, answer.change) == ("allow", (), change.ref)
    assert (answer.next_allowed_at, answer.retry_after) == (at(65), None)
    assert answer.expires_at == at(125)
    assert claims(answer) == {
        "iss": "tidegate",
        "jti": answer.id,
        "sub": change.ref,
        "service": "refunds",
        "environment": "production",
        "revision": "4f1c2d9",
        "artifact": "",
        "iat": at(65).timestamp(),
        "nbf": at(65).timestamp(),
        "exp": at(125).timestamp(),
    }


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (
            {"revision": "deadbeef"},
            "revision_mismatch",
            "was approved for the revision 4f1c2d9, not for deadbeef.",
        ),
        (
            {"artifact": "sha256:bad"},
            "revision_mismatch",
            "was approved for the artifact sha256:good, not for sha256:bad.",
        ),
        (
            {"service": "payments-api"},
            "no_change",
            "was approved for the service refunds, not for payments-api.",
        ),
        (
            {"environment": "staging"},
            "no_change",
            "was approved for the environment production, not for staging.",
        ),
    ],
)
def test_a_change_covers_only_what_was_approved(
    given: dict[str, str], code: str, message: str, settled: None
) -> None:
    change = change_at(State.SCHEDULED, artifact="sha256:good")

    answer = ask(change=change.ref, **given)

    assert (answer.decision, codes(answer)) == ("deny", [code])
    assert answer.reasons[0].message == f"{change.ref} {message}"


def test_of_several_changes_of_a_revision_the_one_furthest_along_is_meant(settled: None) -> None:
    file()
    change_at(State.AWAITING_APPROVAL)
    scheduled = change_at(State.SCHEDULED)
    change_at(State.SCHEDULED, planned_start_at=at(61))
    change_at(State.CLOSED)

    assert ask(revision="4f1c2d9").change == scheduled.ref


def test_a_permit_names_what_was_approved_though_the_question_does_not(settled: None) -> None:
    change = change_at(State.SCHEDULED, artifact="sha256:good")

    given = claims(ask(change=change.ref))

    assert (given["revision"], given["artifact"]) == ("4f1c2d9", "sha256:good")


def test_a_permit_ends_with_the_planned_period(settled: None) -> None:
    change = change_at(State.SCHEDULED)

    assert ask(minutes=170, change=change.ref).expires_at == at(180)


def test_a_permit_ends_where_the_next_freeze_begins(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    window("Month end", starts=90, ends=200)
    window("Advice", starts=70, ends=200, level="warn")

    assert ask(change=change.ref).expires_at == at(90)


def test_a_permit_ends_with_the_opening_it_was_given_in(settled: None) -> None:
    Environment.objects.filter(slug="production").update(default="closed")
    change = change_at(State.PLANNING)
    say("submit", change, minutes=5)
    vote(change, by="peer")
    window("Night", starts=50, ends=75, effect="maintenance")

    closed, opened = ask(minutes=80, change=change.ref), ask(change=change.ref)

    assert (closed.decision, codes(closed)) == ("deny", ["outside_maintenance_window"])
    assert (opened.decision, opened.expires_at) == ("allow", at(75))


def test_a_running_change_is_not_deployed_again_after_its_period(settled: None) -> None:
    change = change_at(State.IMPLEMENTING)

    answer = ask(minutes=180, change=change.ref)

    assert (answer.decision, codes(answer)) == ("deny", ["outside_planned_period"])
