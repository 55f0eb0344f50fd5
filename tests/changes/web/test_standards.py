"""The standard catalogue as pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from changes import track_records
from changes.models import Template
from tests.changes.standards.earned import WORDS, evidence, planned, propose, published, tell, used
from tests.living import State, at, change_at, verbs_of

pytestmark = pytest.mark.usefixtures("today")
Browser = Callable[[str], Client]
FILLED = {
    **{name: value for name, value in WORDS.items() if name != "locked"},
    "slug": "restart",
    "locked": ["implementation_plan"],
    "category": "other",
    "suspend_after_failures": "2",
    "suspend_within_uses": "10",
    "why": "Twice a week, and never a failure.",
}


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_template_is_proposed_on_a_page_approved_published_and_used(signed_in: Browser) -> None:
    done = evidence()
    engineer = signed_in("engineer")
    begun = text(engineer.get(f"/templates/propose?from={done.ref}"))
    assert done.implementation_plan in begun
    assert f'value="{done.ref}"' in begun

    sent = engineer.post("/templates/propose", {**FILLED, "evidence": done.ref})
    assert (sent.status_code, sent["Location"]) == (303, "/templates/restart")
    page = text(engineer.get("/templates/restart"))
    assert "Twice a week, and never a failure." in page
    assert done.ref in page
    assert "engineer is none of them." in page
    answer = signed_in("cab-1").post("/templates/restart/approve", {"comment": ""}, follow=True)
    assert "Approved version 1 of restart." in text(answer)
    signed_in("manager").post("/templates/restart/publish")

    assert Template.objects.get().state == "published"
    assert verbs_of("template:restart") == [
        "template.proposed",
        "template.approved",
        "template.published",
    ]
    assert "/changes/new?template=restart" in text(engineer.get("/templates/restart"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"evidence": ""}, "Name at least one closed normal change"),
        ({"evidence": "CHG-99999"}, "There is no change CHG-99999."),
        ({"slug": "two words"}, "Enter a valid “slug”"),
        ({"services": "refund"}, "There is no service refund."),
        ({"rollback_plan": ""}, "Write the rollback."),
        ({"suspend_within_uses": "0"}, "greater than or equal to 1"),
        ({"why": ""}, "Say why it may be done"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(
    given: dict[str, str], sentence: str, signed_in: Browser
) -> None:
    body = {**FILLED, "evidence": evidence().ref} | given

    answer = signed_in("engineer").post("/templates/propose", body)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert Template.objects.count() == 0


def test_an_auditor_proposes_nothing_and_is_told_before_writing(signed_in: Browser) -> None:
    browser = signed_in("auditor")

    assert "Auditors read everything and change nothing." in text(browser.get("/templates/propose"))
    answer = browser.post("/templates/propose", {**FILLED, "evidence": evidence().ref})

    assert answer.status_code == 403
    assert Template.objects.count() == 0


@pytest.mark.parametrize("who", ["engineer", "stranger", "auditor"])
def test_nobody_else_decides(who: str, signed_in: Browser) -> None:
    propose(by="peer")
    browser = signed_in(who)

    for verb, body in (
        ("approve", {}),
        ("send_back", {"comment": "No."}),
        ("withdraw", {}),
        ("retire", {}),
    ):
        answer = browser.post(f"/templates/restart/{verb}", body)
        assert answer.status_code == 403, verb
        assert "was refused." in text(answer)
    assert Template.objects.get().state == "proposed"


def test_versions_are_compared_word_by_word(signed_in: Browser) -> None:
    published()
    propose(minutes=141, rollback_plan="Redeploy what ran last.", by="peer")
    browser = signed_in("manager")
    assert "<ins>last</ins>" in text(browser.get("/templates/restart"))
    browser.post("/templates/restart/approve", {"comment": "Clearer."})

    page = text(browser.get("/templates/restart?from=1&to=2"))

    assert "Version 2 compared with 1" in page
    assert "<del>before</del><ins>last</ins>" in page
    assert "compared with" not in text(browser.get("/templates/restart?from=1&to=x"))


def test_the_catalogue_shows_how_often_it_went_well_and_why_it_is_suspended(
    signed_in: Browser, statements: Callable[[Client, str], int]
) -> None:
    browser = signed_in("engineer")
    assert "No template was ever proposed." in text(browser.get("/templates/"))
    row = published(suspend_after_failures=1)
    one = statements(browser, "/templates/")
    waiting = planned(row, minutes=142)
    used(row, "successful", minutes=150)
    failed = used(row, "rolled_back", minutes=160)
    track_records.count(now=at(170))
    propose(slug="second", minutes=171, **(WORDS | {"name": "Second"}))
    propose(slug="third", minutes=172, **(WORDS | {"name": "Third"}))

    page = text(browser.get("/templates/"))

    assert statements(browser, "/templates/") == one
    assert "50 %" in page
    assert "Suspended" in page
    detail = text(browser.get("/templates/restart"))
    assert f"1 of its last 2 uses failed or was rolled back ({failed.ref})." in detail
    change = text(browser.get(f"/changes/{waiting.ref}"))
    assert "The template restart is suspended since" in change
    assert "suspended the template: what is made from it does not start" in change


def test_a_suspended_one_is_reinstated_with_a_comment(signed_in: Browser) -> None:
    published()
    tell("suspend", by="manager", minutes=141, reason="It lost a node.")
    cab = signed_in("cab-1")

    empty = cab.post("/templates/restart/reinstate", {"comment": ""})
    answer = cab.post("/templates/restart/reinstate", {"comment": "The node is back."}, follow=True)

    assert empty.status_code == 422
    assert "Reinstated restart." in text(answer)
    assert Template.objects.get().state == "published"


def test_a_closed_change_offers_to_be_a_template(signed_in: Browser) -> None:
    change = change_at(State.CLOSED)

    page = text(signed_in("engineer").get(f"/changes/{change.ref}"))

    assert f"/templates/propose?from={change.ref}" in page


def test_an_unknown_template_is_not_found_and_strangers_sign_in_first(signed_in: Browser) -> None:
    browser = signed_in("manager")

    for path in ("/templates/nothing", "/templates/propose?template=nothing"):
        assert browser.get(path).status_code == 404
    assert browser.post("/templates/nothing/approve").status_code == 404
    assert browser.post("/templates/nothing/explode").status_code == 404
    assert Client().get("/templates/").status_code == 302


def test_it_waits_on_home_for_who_may_approve_it_and_tells_who_planned_by_it(
    signed_in: Browser,
) -> None:
    propose(by="manager", minutes=100)

    def waits(who: str) -> list[tuple[str, str]]:
        items = signed_in(who).get("/").context["waiting"]
        return [(one.ref, one.what) for one in items if "emplate" in one.what]

    approve = ("restart", "A standard template to approve, or to send back")
    assert [waits(who) for who in ("cab-1", "manager", "engineer")] == [[approve], [], []]
    tell("approve", by="cab-1", minutes=101)
    waiting = planned(tell("publish", by="manager", minutes=102), minutes=103)
    tell("suspend", by="manager", minutes=105, reason="It lost a node.")

    stopped = (waiting.ref, "Its template is suspended: file it as normal, or wait")
    assert [waits(who) for who in ("cab-1", "engineer")] == [[], [stopped]]
