"""A vote from the letter that asks for it to the ledger, by people at browsers."""

from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import expect

from catalog.models import Environment, SecondFactor, User
from changes.models import Vote
from changes.states import Kind, State
from ledger.models import Letter
from tests import living
from tests.journeys.browsing import LOOKS, PASSWORD, Visitor, look_at, sticks_out
from tests.living import change_at, fresh, verbs_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
Visit = Callable[..., Visitor]


def test_a_letter_leads_to_a_vote_of_whoever_confirms_who_they_are(visit: Visit) -> None:
    User.objects.filter(username="peer").update(email="peer@example.org")
    Environment.objects.filter(slug="production").update(demands_reauthentication=True)
    change = change_at(State.AWAITING_APPROVAL)
    (letter,) = Letter.objects.all()
    link = next(line for line in letter.words.splitlines() if "/votes/" in line)
    visitor = visit()
    page = visitor.go(link[link.index("/votes/") :])

    page.get_by_label("Username").fill("peer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Retry refunds")
    page.get_by_label("Comment").fill("Read it twice.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm who you are")
    page.get_by_label("Your password").fill("a guess")
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_role("alert")).to_contain_text("That is not your password.")
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        visitor.screen(f"confirm-{scheme}-{width}")
        assert sticks_out(page) == 0
    assert visitor.examined() == []
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_role("status")).to_contain_text("That was the last vote: it is scheduled.")

    vote = Vote.objects.get()
    assert (vote.comment, vote.authenticated_by) == ("Read it twice.", "password")
    assert verbs_of(change.ref)[-2:] == ["vote.cast", "change.approved"]
    assert verbs_of("user:peer") == ["user.confirmation_failed"]


def test_a_second_factor_is_set_up_with_an_app(visit: Visit) -> None:
    visitor = visit()
    page = visitor.sign_in("manager", then="/account/second-factor")

    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Show a secret for an app").click()
    secret = page.locator("code").first.inner_text().replace(" ", "")
    visitor.screen("second-factor-secret")
    page.get_by_label("The code your app shows").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Set up").click()
    expect(page.locator(".codes li")).to_have_count(10)
    visitor.screen("second-factor-codes")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("main")).to_contain_text("10 recovery codes left.")

    assert SecondFactor.objects.get().user.username == "manager"


def test_the_emergency_cab_approves_from_the_incident(visit: Visit) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    living.say("break_glass", change, by="oncall", minutes=60, reason="Refunds are lost.")
    visitor = visit()
    page = visitor.sign_in("cab-1", then=f"/incidents/{change.incident.ref}")

    expect(page.locator(".clock", has_text="Retroactive votes due")).to_be_visible()
    page.get_by_role("button", name=f"Approve {change.ref}").click()
    expect(page.get_by_role("status")).to_contain_text(f"You approved {change.ref}.")

    assert fresh(change).retroactively_approved_at is not None


def test_the_pages_read_well_on_every_screen(visit: Visit) -> None:
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY)
    living.say("break_glass", change, by="oncall", minutes=60, reason="Refunds are lost.")
    change_at(State.SCHEDULED)
    visitor = visit()
    visitor.sign_in("manager")

    look_at(visitor, "/account/second-factor", name="second-factor")
    look_at(visitor, f"/changes/{change.ref}", name="clock")
    look_at(visitor, "/audit/approvals?until=2199-01-01&since=2198-01-01", name="value-empty")
    look_at(visitor, "/audit/approvals", name="value")
