"""The page of a change, in every state."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from changes.models import Change
from changes.states import Kind, State
from tests import living
from tests.living import change_at

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
STATES = [
    (kind, state)
    for kind in Kind
    for state in State
    if (kind, state) != (Kind.STANDARD, State.AWAITING_APPROVAL)
]


@pytest.mark.parametrize(("kind", "state"), STATES)
def test_page_stands_in_every_state(kind: Kind, state: State, signed_in: Open) -> None:
    change = change_at(state, kind=kind)

    page = signed_in("engineer").get(f"/changes/{change.ref}")

    assert page.status_code == 200
    assert page.context["change"].state == state
    steps = [(step.label, step.state) for step in page.context["steps"]]
    assert [label for label, _ in steps[:-1]] == [
        "Plan",
        "Approval",
        "Scheduled",
        "Implement",
        "Validate",
    ]
    assert all(button.allowed or button.reasons or button.above for button in _buttons(page))


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        (State.PLANNING, ["submit", "edit", "hold", "cancel"]),
        (State.AWAITING_APPROVAL, ["edit", "revise", "hold", "cancel"]),
        (State.SCHEDULED, ["start", "edit", "revise", "hold", "cancel"]),
        (State.IMPLEMENTING, ["finish", "check", "review", "roll_back", "edit"]),
        (State.VALIDATING, ["close", "check", "review", "roll_back", "edit"]),
        (State.CLOSED, []),
        (State.CANCELLED, []),
    ],
)
def test_every_verb_stands_on_the_page(state: State, verbs: list[str], signed_in: Open) -> None:
    change = change_at(state)

    page = signed_in("engineer").get(f"/changes/{change.ref}")

    assert [button.name for button in page.context["verbs"]] == verbs
    assert all(button.allowed for button in page.context["verbs"])
    assert len(verbs) + len(page.context["later_verbs"]) == 14


def test_one_button_is_primary(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)

    author = signed_in("engineer").get(f"/changes/{change.ref}")
    voter = signed_in("peer").get(f"/changes/{change.ref}")

    assert author.content.count(b'class="primary"') == 0
    assert voter.content.count(b'class="primary"') == 1
    assert voter.context["vote"].primary


def test_auditor_sees_everything_and_can_do_nothing(signed_in: Open) -> None:
    change = change_at(State.SCHEDULED)

    page = signed_in("auditor").get(f"/changes/{change.ref}")

    assert page.status_code == 200
    assert [button.allowed for button in _buttons(page)] == [False] * 14
    assert "Auditors read everything and change nothing." in page.content.decode()
    assert page.context["answer"].word == "Yes."


def test_unknown_ref_is_told_with_a_search(signed_in: Open) -> None:
    client = signed_in("engineer")

    for ref in ("CHG-999999", "CHG-0", "zzz", "CHG-99999999999999999999", "<script>"):
        page = client.get(f"/changes/{ref}")
        assert page.status_code == 404
        assert page.templates[0].name == "changes/no_such_change.html"
        assert page.context["ref"] == ref
        assert b"<script>" not in page.content.replace(b"<script src", b"")


def test_ref_in_small_letters_leads_to_its_page(signed_in: Open) -> None:
    change = change_at(State.PLANNING)

    answer = signed_in("engineer").get(f"/changes/{change.ref.lower()}")

    assert (answer.status_code, answer["Location"]) == (303, f"/changes/{change.ref}")


def test_stranger_to_tidegate_is_sent_to_sign_in(client: Client) -> None:
    change = change_at(State.PLANNING)

    for path in (
        "/changes/",
        "/changes/new",
        "/changes/export.csv",
        f"/changes/{change.ref}",
        f"/changes/{change.ref}/edit",
        f"/changes/{change.ref}/evidence.json",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/sign-in?next={path}")


def test_page_needs_no_statement_more_for_more_votes(
    signed_in: Open, statements: Callable[[Client, str], int]
) -> None:
    client = signed_in("engineer")
    one = change_at(State.SCHEDULED)
    many = change_at(State.SCHEDULED, risk="high")

    assert statements(client, f"/changes/{one.ref}") == 12
    # One for each authority that is asked: the peer, the owner and the CAB.
    assert statements(client, f"/changes/{many.ref}") == 14


def test_long_timeline_is_capped_and_can_be_opened(signed_in: Open) -> None:
    change = change_at(State.IMPLEMENTING)
    for number in range(50):
        living.say("report_check", change, minutes=61, name=f"check-{number}", passed=True)
    total = len(living.events_of(change.ref))
    client = signed_in("engineer")

    capped = client.get(f"/changes/{change.ref}")
    opened = client.get(f"/changes/{change.ref}?timeline=all")

    assert len(capped.context["events"]) == 40
    assert capped.context["earlier_events"] == total - 40
    assert f"Show {total - 40} earlier events" in capped.content.decode()
    assert capped.context["events"][-1].sentence == "reported check-49: passed"
    assert (len(opened.context["events"]), opened.context["earlier_events"]) == (total, 0)


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3)) {{ 7 }}"


def test_hostile_words_stay_words(signed_in: Open) -> None:
    texts = (
        "description",
        "justification",
        "impact_analysis",
        "security_impact",
        "implementation_plan",
        "test_plan",
        "rollback_plan",
        "monitoring_plan",
        "revision",
        "artifact",
    )
    change = living.file(
        title=HOSTILE, **dict.fromkeys(texts, HOSTILE), required_checks=[HOSTILE[:80]]
    )
    living.say("submit", change, minutes=5)
    living.vote(change, by="peer", decision="reject", comment=HOSTILE)
    living.say("hold", change, minutes=20, reason=HOSTILE)
    client = signed_in("engineer")

    for path in (f"/changes/{change.ref}", f"/changes/{change.ref}/edit", "/changes/"):
        body = client.get(path).content.decode()
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert 'href="javascript' not in body
        assert "&lt;script&gt;alert(1)" in body
        assert "{{ 7 }}" in body


def test_link_that_is_no_web_address_is_not_linked(signed_in: Open) -> None:
    change = change_at(State.PLANNING)
    Change.objects.filter(pk=change.pk).update(pull_request_url="javascript:alert(1)")

    body = signed_in("engineer").get(f"/changes/{change.ref}").content.decode()

    assert "javascript:alert(1)" in body
    assert 'href="javascript' not in body


def _buttons(page: Any) -> list[Any]:
    found = [*page.context["verbs"], *page.context["later_verbs"]]
    return [one for button in found for one in (button, *button.twins)]


def test_what_is_scheduled_at_the_same_time_is_grouped_and_linked(signed_in: Open) -> None:
    living.one_at_a_time()
    mine = change_at(State.PLANNING)
    other = change_at(State.SCHEDULED, title="Move refunds")

    page = signed_in("engineer").get(f"/changes/{mine.ref}")

    (group,) = page.context["conflicts"]
    assert (group.words, group.is_hard, [one.ref for one in group.changes]) == (
        "1 change on refunds in production",
        True,
        [other.ref],
    )
    assert f'href="/changes/{other.ref}"' in page.content.decode()
    assert "only one of them can be scheduled and run" in page.content.decode()


def test_nothing_is_said_of_conflicts_where_there_are_none(signed_in: Open) -> None:
    page = signed_in("engineer").get(f"/changes/{change_at(State.SCHEDULED).ref}")

    assert b"At the same time" not in page.content
