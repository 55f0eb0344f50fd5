"""Saying verbs through the page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from changes.lifecycle.moving import PAST
from changes.models import Change
from changes.states import Kind, State
from changes.web.buttons import LABELS
from changes.web.verbs import VERBS
from tests import living
from tests.living import change_at, fresh, verbs_of, written

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]

NOTE = {"note": "Errors rose."}
CHECK = {"name": "smoke", "passed": "yes"}
CLOSE = {"outcome": "successful", "note": "Fine."}
REASON = {"reason": "The vendor asked for it."}

#: Verb, state, what is typed, where it leads, what is flashed.
SAID: list[tuple[str, State, dict[str, str], State, str]] = [
    ("submit", State.PLANNING, {}, State.AWAITING_APPROVAL, "Submitted {ref} for approval."),
    ("start", State.SCHEDULED, {}, State.IMPLEMENTING, "Started {ref}. Its clock is running."),
    ("finish", State.IMPLEMENTING, {}, State.VALIDATING, "Finished {ref}. Now it is validated."),
    ("roll_back", State.IMPLEMENTING, NOTE, State.VALIDATING, "Rolled {ref} back."),
    ("review", State.VALIDATING, {"text": "Fine."}, State.VALIDATING, "Reviewed {ref}."),
    ("check", State.VALIDATING, CHECK, State.VALIDATING, "Reported the check on {ref}."),
    ("close", State.VALIDATING, CLOSE, State.CLOSED, "Closed {ref}."),
    (
        "revise",
        State.SCHEDULED,
        {},
        State.PLANNING,
        "Took {ref} back to planning. Its votes lapsed.",
    ),
    ("hold", State.SCHEDULED, REASON, State.SCHEDULED, "Put {ref} on hold."),
    ("cancel", State.PLANNING, REASON, State.CANCELLED, "Cancelled {ref}."),
]


@pytest.mark.parametrize(("verb", "state", "typed", "target", "flash"), SAID)
def test_verb_is_said_and_recorded(
    verb: str,
    state: State,
    typed: dict[str, str],
    target: State,
    flash: str,
    signed_in: Open,
) -> None:
    change = change_at(state)
    before = verbs_of(change.ref)

    answer = _post(signed_in("engineer"), change, verb, typed)

    assert (answer.status_code, answer["Location"]) == (303, f"/changes/{change.ref}")
    assert fresh(change).state == target
    assert verbs_of(change.ref) == [*before, PAST[verb]]
    assert _flashes(answer) == [flash.format(ref=change.ref)]


def test_resume_lets_a_held_change_move_again(signed_in: Open) -> None:
    change = change_at(State.PLANNING)
    living.say("hold", change, minutes=1, reason="Wait.")

    answer = _post(signed_in("engineer"), change, "resume", {})

    assert answer.status_code == 303
    assert fresh(change).held_at is None


def test_glass_is_broken_with_a_reason(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)

    answer = _post(signed_in("engineer"), change, "break_glass", {"reason": "Nobody answers."})
    page = signed_in("engineer").get(f"/changes/{change.ref}")

    assert answer.status_code == 303
    assert fresh(change).state == State.IMPLEMENTING
    assert verbs_of(change.ref)[-1] == "change.glass_broken"
    assert page.context["answer"].who == ("cab-1", "cab-2", "oncall")


def test_submitting_a_standard_change_schedules_it(signed_in: Open) -> None:
    change = change_at(State.PLANNING, kind=Kind.STANDARD)

    answer = _post(signed_in("engineer"), change, "submit", {})

    assert fresh(change).state == State.SCHEDULED
    assert _flashes(answer) == [
        f"Submitted {change.ref}. Its template was approved beforehand: it is scheduled."
    ]


def test_every_verb_of_the_page_can_be_posted() -> None:
    assert set(VERBS) == set(LABELS) - {"edit", "vote"}


@pytest.mark.parametrize(("verb", "state", "typed", "target", "flash"), SAID)
def test_stranger_is_refused_and_nothing_is_written(
    verb: str,
    state: State,
    typed: dict[str, str],
    target: State,
    flash: str,
    signed_in: Open,
) -> None:
    change = change_at(state)
    rows, before = written(), Change.objects.values().get(pk=change.pk)

    for name in ("stranger", "auditor"):
        answer = _post(signed_in(name), change, verb, typed)
        assert answer.status_code == 403
        assert answer.context["refused"]["label"] == LABELS[verb]
        assert "not_permitted" in [reason.code for reason in answer.context["refused"]["reasons"]]
        assert b"was refused.</b> Nothing was changed." in answer.content

    assert written() == rows
    assert Change.objects.values().get(pk=change.pk) == before


def test_stranger_neither_resumes_nor_breaks_glass(signed_in: Open) -> None:
    held = change_at(State.PLANNING)
    living.say("hold", held, minutes=1, reason="Wait.")
    emergency = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    rows = written()

    for name in ("stranger", "auditor"):
        assert _post(signed_in(name), held, "resume", {}).status_code == 403
        assert _post(signed_in(name), emergency, "break_glass", REASON).status_code == 403

    assert written() == rows


def test_refusal_by_the_moment_is_a_conflict_with_every_reason(signed_in: Open) -> None:
    change = change_at(State.SCHEDULED)
    living.say("hold", change, minutes=20, reason="The vendor is asleep.")
    rows = written()

    answer = _post(signed_in("engineer"), change, "start", {})

    assert answer.status_code == 409
    assert [reason.code for reason in answer.context["refused"]["reasons"]] == ["on_hold"]
    assert "The vendor is asleep." in answer.content.decode()
    assert written() == rows


@pytest.mark.parametrize(
    ("verb", "state", "typed", "sentence"),
    [
        ("cancel", State.PLANNING, {"reason": " "}, "Say why it is not needed any more."),
        ("hold", State.PLANNING, {}, "Say why it must wait, and for what."),
        ("roll_back", State.IMPLEMENTING, {"note": ""}, "Say what was rolled back, and why."),
        ("review", State.VALIDATING, {}, "Say what happened, why, and what will be different."),
        ("close", State.VALIDATING, {"note": "Fine."}, "Choose the outcome."),
        ("close", State.VALIDATING, {"outcome": "successful"}, "Say how it went."),
        ("check", State.VALIDATING, {"passed": "yes"}, "Name the check, such as smoke-test."),
        ("check", State.VALIDATING, {"name": "p99"}, "Say whether it passed or failed."),
    ],
)
def test_form_comes_back_open_with_its_error(
    verb: str, state: State, typed: dict[str, str], sentence: str, signed_in: Open
) -> None:
    change = change_at(state)
    rows = written()

    answer = _post(signed_in("engineer"), change, verb, typed)

    shown = next(button for button in answer.context["verbs"] if button.name == verb)
    assert answer.status_code == 422
    assert shown.open
    assert [error for field in shown.fields for error in field.errors] == [sentence]
    assert sentence in answer.content.decode()
    assert written() == rows


@pytest.mark.parametrize("url", ["javascript:alert(1)", "no address"])
def test_check_takes_only_web_addresses(url: str, signed_in: Open) -> None:
    change = change_at(State.VALIDATING)

    answer = _post(
        signed_in("engineer"), change, "check", {"name": "p99", "passed": "yes", "url": url}
    )

    assert answer.status_code == 422
    assert fresh(change).checks.count() == 0


def test_close_offers_only_outcomes_that_are_possible(signed_in: Open) -> None:
    change = change_at(State.VALIDATING)

    button = _button(signed_in("engineer").get(f"/changes/{change.ref}"), "close")

    assert [value for value, _ in button.fields[0].field.choices] == [
        "successful",
        "successful_with_issues",
    ]
    assert button.help == (
        "Not as rolled back or failed yet: Emergency and unsuccessful changes are reviewed before "
        "they close."
    )


def test_close_stays_refused_while_no_outcome_is_possible(signed_in: Open) -> None:
    change = change_at(State.IMPLEMENTING)
    living.say("roll_back", change, minutes=70, note="Errors rose.")

    button = _button(signed_in("engineer").get(f"/changes/{change.ref}"), "close")

    assert not button.allowed
    assert [reason.code for reason in button.reasons] == ["review_required"]


def test_verb_asked_for_with_get_leads_to_its_button(signed_in: Open) -> None:
    change = change_at(State.SCHEDULED)
    rows = written()

    answer = signed_in("engineer").get(f"/changes/{change.ref}/start")

    assert (answer.status_code, answer["Location"]) == (303, f"/changes/{change.ref}#verb-start")
    assert written() == rows


def test_unknown_verb_and_unknown_change_are_not_found(signed_in: Open) -> None:
    client = signed_in("engineer")
    change = change_at(State.SCHEDULED)

    assert _post(client, change, "explode", {}).status_code == 404
    assert _post(client, change, "approve", {}).status_code == 404
    assert client.post("/changes/CHG-999999/start").status_code == 404
    assert client.delete(f"/changes/{change.ref}/start").status_code == 405


def test_post_without_the_token_of_its_page_is_refused() -> None:
    change = change_at(State.SCHEDULED)
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        living.person("engineer"), backend="django.contrib.auth.backends.ModelBackend"
    )

    answer = client.post(f"/changes/{change.ref}/start")

    assert answer.status_code == 403
    assert fresh(change).state == State.SCHEDULED


def test_nobody_signed_in_is_sent_to_sign_in(client: Client) -> None:
    change = change_at(State.SCHEDULED)

    answer = client.post(f"/changes/{change.ref}/start")

    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/sign-in?next=/changes/{change.ref}/start",
    )
    assert fresh(change).state == State.SCHEDULED


def _post(client: Client, change: Change, verb: str, typed: dict[str, str]) -> Any:
    return client.post(f"/changes/{change.ref}/{verb}", typed)


def _button(page: Any, name: str) -> Any:
    return next(button for button in page.context["verbs"] if button.name == name)


def _flashes(answer: Any) -> list[str]:
    return [str(message) for message in answer.wsgi_request._messages]
