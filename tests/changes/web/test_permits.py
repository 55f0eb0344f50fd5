"""A permit has a page, where it is revoked with a reason."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from changes import gate
from changes.models import Change, PermitRevocation
from changes.states import State
from tests.living import change_at, person

pytestmark = pytest.mark.usefixtures("today")
Browser = Callable[[str], Client]


def given(change: Change) -> str:
    """The id of a permit that the gate gave just now."""
    question = gate.Question("refunds", "production", change=change.ref)
    answer = gate.ask(question, actor=person("ci"), now=timezone.now())
    claims = jwt.decode(answer.permit, options={"verify_signature": False})
    return str(claims["jti"])


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_change_and_the_log_lead_to_the_permit_and_there_it_is_revoked(
    signed_in: Browser,
) -> None:
    change = change_at(State.SCHEDULED)
    page = f"/gate/permits/{given(change)}"
    browser = signed_in("engineer")

    assert page in text(browser.get(f"/changes/{change.ref}"))
    assert page in text(browser.get("/gate/"))
    assert "Revoke this permit…" in text(browser.get(page))
    revoked = browser.post(f"{page}/revoke", {"reason": "It leaked."}, follow=True)

    assert "Revoked the permit. It starts nothing any more." in text(revoked)
    assert "Why it was revoked" in text(revoked)
    assert PermitRevocation.objects.get().reason == "It leaked."
    assert "revoked a permit of the gate" in text(browser.get(f"/changes/{change.ref}"))


@pytest.mark.parametrize(
    ("who", "reason", "status"), [("engineer", "", 422), ("stranger", "It leaked.", 403)]
)
def test_a_revocation_that_is_refused_says_why_and_writes_nothing(
    who: str, reason: str, status: int, signed_in: Browser
) -> None:
    page = f"/gate/permits/{given(change_at(State.SCHEDULED))}"

    answer = signed_in(who).post(f"{page}/revoke", {"reason": reason})

    assert answer.status_code == status
    assert PermitRevocation.objects.count() == 0


def test_a_stranger_sees_the_button_refused(signed_in: Browser) -> None:
    page = text(signed_in("stranger").get(f"/gate/permits/{given(change_at(State.SCHEDULED))}"))

    assert '<button type="button" disabled aria-describedby="verb-revoke-reasons">' in page
    assert "stranger is not." in page


@pytest.mark.parametrize("path", ["", "/revoke"])
def test_a_permit_nobody_was_given_is_not_found(path: str, signed_in: Browser) -> None:
    browser = signed_in("manager")
    here = f"/gate/permits/{UUID(int=7)}{path}"

    found = browser.post(here, {"reason": "It leaked."}) if path else browser.get(here)

    assert found.status_code == 404


def test_a_permit_is_shown_to_nobody_who_has_not_signed_in(db: None) -> None:
    assert Client().get(f"/gate/permits/{UUID(int=7)}").status_code == 302
