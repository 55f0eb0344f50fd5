"""Voting where approvers are asked again who they are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Environment, User
from changes.models import Change, Vote
from changes.states import State
from ledger import second_factors
from ledger.models import Event
from tests.living import change_at, events_of, person, written

pytestmark = pytest.mark.usefixtures("today", "strict")
Open = Callable[[str], Client]
SECRET = "a long enough secret"


@pytest.fixture
def strict(today: None) -> None:
    """Production asks approvers again; the peer has a password."""
    Environment.objects.filter(slug="production").update(demands_reauthentication=True)
    peer = person("peer")
    peer.set_password(SECRET)
    peer.save()


def _vote(client: Client, change: Change, decision: str = "approve", **more: str) -> Any:
    return client.post(f"/changes/{change.ref}/vote", {"decision": decision, **more})


def _confirm(client: Client, page: Any, **given: str) -> Any:
    """The page's form as a browser sends it."""
    kept = dict(page.context["kept"])
    url = page.wsgi_request.path
    return client.post(url, {**kept, "confirming": "yes", "password": SECRET, **given})


def test_an_approval_asks_for_the_password_and_keeps_what_was_written(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    client, rows = signed_in("peer"), written()

    page = _vote(client, change, comment="Fine by me.", seen=change.plan_digest)

    assert (page.status_code, written()) == (403, rows)
    assert dict(page.context["kept"]) == {
        "decision": "approve",
        "comment": "Fine by me.",
        "seen": change.plan_digest,
    }
    assert list(page.context["form"].fields) == ["password"]

    answer = _confirm(client, page)

    vote = Vote.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/changes/{change.ref}")
    assert (vote.voter.username, vote.comment, vote.authenticated_by) == (
        "peer",
        "Fine by me.",
        "password",
    )
    assert events_of(change.ref)[-2].data["authenticated_by"] == "password"
    shown = client.get(f"/changes/{change.ref}").content.decode()
    assert "gave the password again" in shown
    assert "having given their password again" in shown


def test_a_wrong_password_votes_nothing_and_is_an_event(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    client = signed_in("peer")
    page = _vote(client, change, comment="Fine by me.")
    rows = written()

    answer = _confirm(client, page, password="guess")

    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors() == [
        "That is not your password. It is case-sensitive."
    ]
    assert ("comment", "Fine by me.") in answer.context["kept"]
    assert SECRET not in answer.content.decode()
    assert written() == {**rows, "Event": rows["Event"] + 1}
    last = Event.objects.latest("id")
    assert (last.subject, last.verb, last.about) == (
        "user:peer",
        "user.confirmation_failed",
        [change.ref],
    )


def test_guesses_are_counted_like_those_of_signing_in(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    client = signed_in("peer")
    page = _vote(client, change)
    statuses = [_confirm(client, page, password="guess").status_code for _ in range(10)]

    closed = _confirm(client, page)

    assert statuses == [422] * 10
    assert (closed.status_code, closed["Retry-After"].isdigit()) == (429, True)
    assert Vote.objects.count() == 0
    assert Client().post("/sign-in", {"username": "peer", "password": SECRET}).status_code == 429


def test_an_empty_password_is_asked_for_and_not_counted(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    client = signed_in("peer")
    page, rows = _vote(client, change), written()

    answer = _confirm(client, page, password="")

    assert (answer.status_code, answer.context["form"].errors["password"]) == (
        422,
        ["Give your password."],
    )
    assert written() == rows


def test_the_next_approvals_ask_nothing_for_five_minutes(
    signed_in: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (change_at(State.AWAITING_APPROVAL) for _ in range(3))
    client = signed_in("peer")
    _confirm(client, _vote(client, first))

    soon = _vote(client, second)
    later = timezone.now() + timedelta(minutes=5)
    monkeypatch.setattr(timezone, "now", lambda: later)
    late = _vote(client, third)

    assert (soon.status_code, late.status_code) == (303, 403)
    assert Vote.objects.filter(authenticated_by="password").count() == 2


def test_what_one_session_confirmed_another_did_not(signed_in: Open) -> None:
    first, second = (change_at(State.AWAITING_APPROVAL) for _ in range(2))
    client = signed_in("peer")
    _confirm(client, _vote(client, first))

    assert _vote(signed_in("peer"), second).status_code == 403


@pytest.mark.parametrize("decision", ["reject", "abstain"])
def test_who_lets_nothing_through_is_asked_nothing(decision: str, signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)

    answer = _vote(signed_in("peer"), change, decision, comment="Why?")

    assert (answer.status_code, Vote.objects.get().authenticated_by) == (303, "session")


def test_where_it_is_not_demanded_nothing_is_asked(signed_in: Open) -> None:
    staging = Environment.objects.get(slug="staging")
    change = change_at(State.AWAITING_APPROVAL, environment=staging)

    assert _vote(signed_in("peer"), change).status_code == 303
    assert Vote.objects.get().authenticated_by == "session"


@pytest.mark.parametrize(
    ("name", "code"),
    [("engineer", "self_approval"), ("stranger", "not_permitted"), ("auditor", "not_permitted")],
)
def test_who_may_not_vote_is_told_so_and_asked_no_password(
    name: str, code: str, signed_in: Open
) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    rows = written()

    answer = _vote(signed_in(name), change)

    assert answer.status_code == 403
    assert code in [reason.code for reason in answer.context["refused"]["reasons"]]
    assert written() == rows


def test_with_a_second_factor_the_code_is_asked_too(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    app = _set_up(person("peer"))
    client = signed_in("peer")
    page = _vote(client, change)

    without = _confirm(client, page)
    with_it = _confirm(client, page, code=app.now())

    assert list(page.context["form"].fields) == ["password", "code"]
    assert (without.status_code, with_it.status_code) == (422, 303)
    assert Vote.objects.get().authenticated_by == "second_factor"


def _set_up(user: User) -> pyotp.TOTP:
    then = timezone.now() - timedelta(hours=1)
    app = pyotp.TOTP(second_factors.begin(user=user, now=then))
    second_factors.confirm(user=user, code=app.at(then), now=then)
    return app
