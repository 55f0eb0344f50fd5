"""Overrides as pages: asked for, confirmed, withdrawn and reviewed without a script."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from changes.models import Override
from tests import living
from tests.changes.overrides import staged
from tests.living import at, events_of, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today", "managers")]
Browser = Callable[[str], Client]


@pytest.fixture
def managers(today: None) -> None:
    staged.managers()


def wanted(**given: Any) -> dict[str, Any]:
    """What the form sends, in UTC, the zone of every test person."""
    fields = {"reason": staged.REASON, "expires_at": f"{at(180):%Y-%m-%dT%H:%M}"}
    return {**fields, **given}


def text(response: Any) -> str:
    return str(response.content.decode())


def test_two_people_open_a_freeze_on_the_page_and_a_third_reviews_it(signed_in: Browser) -> None:
    change, _ = staged.frozen_change()

    asked = signed_in("manager").post("/overrides/new", wanted(change=change.ref.lower()))
    row = Override.objects.get()
    assert (asked.status_code, asked["Location"]) == (303, f"/overrides/{row.ref}")
    confirmed = signed_in("manager-2").post(f"/overrides/{row.ref}/confirm", follow=True)
    assert f"Confirmed {row.ref}." in text(confirmed)
    page = text(signed_in("engineer").get(f"/changes/{change.ref}"))
    assert 'id="overrides"' in page
    assert staged.REASON in page
    assert "is overridden for" in page
    gone = signed_in("manager").post(f"/overrides/{row.ref}/withdraw", {"reason": "It can wait."})
    assert gone.status_code == 303
    reviewed = signed_in("manager-3").post(
        f"/overrides/{row.ref}/review", {"text": "It was needed."}, follow=True
    )

    assert "It was needed." in text(reviewed)
    assert [event.verb for event in events_of(change.ref)][-4:] == [
        "override.requested",
        "override.confirmed",
        "override.withdrawn",
        "override.reviewed",
    ]
    timeline = text(signed_in("auditor").get(f"/changes/{change.ref}"))
    assert "confirmed the override: the freeze is opened for it" in timeline


def test_a_frozen_change_says_how_it_can_be_opened(signed_in: Browser) -> None:
    change, _ = staged.frozen_change()

    page = text(signed_in("engineer").get(f"/changes/{change.ref}"))

    assert f'href="/overrides/new?change={change.ref}"' in page


def test_the_form_names_the_freezes_ahead_of_the_change(signed_in: Browser) -> None:
    change, year_end = staged.frozen_change()

    page = text(signed_in("manager").get(f"/overrides/new?change={change.ref}"))

    assert f"Year end ({year_end.ref}, overridden by Change managers)" in page


def test_a_change_no_freeze_is_in_the_way_of_says_nothing_of_overrides(signed_in: Browser) -> None:
    change = living.change_at(living.State.SCHEDULED)

    assert 'id="overrides"' not in text(signed_in("engineer").get(f"/changes/{change.ref}"))


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"reason": ""}, 422, "Say why it cannot wait."),
        ({"expires_at": ""}, 422, "Say until when."),
        ({"expires_at": "2199-01-01T00:00"}, 422, "An override lasts at most 72 hours"),
        ({"change": "CHG-999"}, 422, "There is no change CHG-999."),
        ({"change": ""}, 422, "Name a change, or a service and an environment."),
        ({"windows": "WIN-999"}, 422, "WIN-999 freezes nothing for refunds"),
        ({"incident": "INC-9"}, 422, "There is no incident INC-9."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    given: dict[str, str], status: int, sentence: str, signed_in: Browser
) -> None:
    change, _ = staged.frozen_change()

    response = signed_in("manager").post(
        "/overrides/new", wanted(change=change.ref, incident="") | given
    )

    assert response.status_code == status
    assert sentence in text(response)
    assert Override.objects.count() == 0
    assert given.get("reason", staged.REASON) in text(response)


@pytest.mark.parametrize("who", ["engineer", "stranger", "auditor"])
def test_nobody_else_asks_or_confirms(who: str, signed_in: Browser) -> None:
    change, _ = staged.frozen_change()

    asked = signed_in(who).post("/overrides/new", wanted(change=change.ref))
    assert (asked.status_code, Override.objects.count()) == (403, 0)
    row = staged.request(change)
    for verb in ("confirm", "withdraw"):
        answer = signed_in(who).post(f"/overrides/{row.ref}/{verb}", {"reason": "No."})
        assert answer.status_code == 403
        assert "was refused." in text(answer)
    row.refresh_from_db()
    assert (row.confirmed_at, row.withdrawn_at) == (None, None)


def test_a_button_that_is_refused_stays_with_its_reason(signed_in: Browser) -> None:
    change, _ = staged.frozen_change()
    row = staged.request(change)

    page = text(signed_in("manager").get(f"/overrides/{row.ref}"))

    assert f"manager asked for {row.ref}, so a second person must confirm it." in page
    assert "disabled" in page


def test_it_waits_on_home_for_who_can_confirm_and_later_for_who_can_review(
    signed_in: Browser,
) -> None:
    change, _ = staged.frozen_change()
    row = staged.request(change, expires_at=at(100))

    def waits(who: str) -> list[tuple[str, str, str]]:
        items = signed_in(who).get("/").context["waiting"]
        return [(one.ref, one.what, one.tone) for one in items if one.ref == row.ref]

    confirm = (row.ref, "Your word as the second person on an override of Year end", "wait")
    Override.objects.filter(pk=row.pk).update(expires_at=at(180))
    assert [waits(who) for who in ("manager", "manager-2", "engineer")] == [[], [confirm], []]
    staged.confirm(row)
    staged.withdraw(row)
    review = (row.ref, "A review of an override", "wait")
    assert [waits(who) for who in ("manager", "manager-2", "manager-3", "cab-1")] == [
        [],
        [],
        [review],
        [review],
    ]
    Override.objects.filter(pk=row.pk).update(review_due_at=timezone.now())
    assert waits("cab-1") == [(row.ref, "A review of an override", "stop")]


def test_the_list_shows_everything_at_the_same_cost(
    signed_in: Browser, statements: Callable[[Client, str], int]
) -> None:
    browser = signed_in("auditor")
    assert "No freeze was ever overridden." in text(browser.get("/overrides/"))
    change, row = staged.overridden()
    one = statements(browser, "/overrides/")
    staged.withdraw(row)
    staged.request(change, minutes=60)
    staged.request(living.file(risk="high"), minutes=60)

    page = text(browser.get("/overrides/"))

    assert statements(browser, "/overrides/") == one
    for shown in Override.objects.all():
        assert shown.ref in page


def test_an_unknown_override_is_not_found_and_strangers_sign_in_first(signed_in: Browser) -> None:
    browser = signed_in("manager")

    for path in ("/overrides/OVR-999", "/overrides/what", "/overrides/OVR-1/steal"):
        assert browser.get(path).status_code == 404
    assert browser.post("/overrides/OVR-999/confirm").status_code == 404
    assert Client().get("/overrides/").status_code == 302


def test_the_admin_shows_overrides_and_writes_none(signed_in: Browser) -> None:
    _, row = staged.overridden()
    browser = signed_in("auditor")
    living.User.objects.filter(username="auditor").update(is_staff=True)

    page = browser.get("/admin/changes/override/")

    assert page.status_code == 200
    assert row.ref in text(page)
    assert browser.get(f"/admin/changes/override/{row.pk}/change/").status_code == 200
    assert browser.get("/admin/changes/override/add/").status_code == 403


def test_an_override_is_named_on_the_page_of_a_change_that_has_ended(signed_in: Browser) -> None:
    change, row = staged.overridden()
    say("start", change, minutes=60)
    say("finish", change, minutes=90)
    say("close", change, minutes=100, outcome="successful", note="Well.")

    page = text(signed_in("auditor").get(f"/changes/{change.ref}"))

    assert row.ref in page
