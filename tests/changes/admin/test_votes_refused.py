"""Every way a vote at the desk is refused."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from catalog.models import User
from tests.changes.admin.desk import (
    SETTLEMENT,
    SEVERAL,
    page_of,
    standing,
    text_of,
)


def _stranger() -> None:
    """May look at changes in the admin, and holds no authority."""
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_change"))


def _insider() -> None:
    """The author, who sits on the CAB as well."""
    engineer = User.objects.get(username="engineer")
    engineer.is_staff = True
    engineer.save()
    engineer.groups.add(Group.objects.get(name="CAB"))


def _auditing_member() -> None:
    """An auditor who was put into the CAB by mistake."""
    User.objects.get(username="auditor").groups.add(Group.objects.get(name="CAB"))


@pytest.mark.parametrize(
    ("name", "prepare", "reason"),
    [
        ("clerk", _stranger, "clerk holds none of the authorities this change needs."),
        ("manager", lambda: None, "manager holds none of the authorities this change needs."),
        ("admin", lambda: None, "admin holds none of the authorities this change needs."),
        ("auditor", lambda: None, "Auditors read everything and change nothing."),
        ("auditor", _auditing_member, "Auditors read everything and change nothing."),
        ("engineer", _insider, "engineer wrote, last revised and implements this change"),
    ],
    ids=["stranger", "manager", "superuser", "auditor", "auditor in the CAB", "author"],
)
def test_who_may_not_vote_sees_why_and_a_post_is_refused_likewise(
    signed_in, change, name: str, prepare: Callable[[], None], reason: str
):
    prepare()
    row, browser = change(SETTLEMENT), signed_in(name)

    shown = browser.get(page_of(row))
    assert shown.status_code == 200
    assert reason in text_of(shown.content)
    assert shown.content.count(b'<button class="desk-button" type="button" disabled') == 2
    assert b'name="decision"' not in shown.content

    before = standing(row)
    vote = {"decision": "approve", "comment": "", "seen": row.plan_digest}
    one = browser.post(page_of(row), vote)
    several = browser.post(SEVERAL, {**vote, "change": [row.pk]})
    assert (one.status_code, several.status_code) == (403, 403)
    assert reason in text_of(one.content)
    assert reason in text_of(several.content)
    assert standing(row) == before


def test_staff_who_may_not_view_changes_cannot_reach_the_desk(signed_in, change):
    User.objects.create(username="porter", is_staff=True)
    row, browser = change(SETTLEMENT), signed_in("porter")
    before = standing(row)
    vote = {"decision": "approve", "comment": "", "seen": row.plan_digest, "change": [row.pk]}

    assert browser.get(page_of(row)).status_code == 403
    assert browser.post(page_of(row), vote).status_code == 403
    assert browser.get(SEVERAL, {"change": [row.pk]}).status_code == 403
    assert browser.post(SEVERAL, vote).status_code == 403
    assert standing(row) == before


def test_who_is_no_staff_cannot_post_a_vote_here(signed_in, change):
    row = change("Ask for a reason")
    before = standing(row)
    vote = {"decision": "approve", "comment": "", "seen": row.plan_digest, "change": [row.pk]}

    for browser in (signed_in("peer"), Client()):
        for path in (page_of(row), SEVERAL):
            answer = browser.post(path, vote)
            assert answer.status_code == 302
            assert "next=" in answer.url
    assert standing(row) == before


def test_a_vote_without_the_csrf_token_is_refused(signed_in, change):
    row = change(SETTLEMENT)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in("cab-1").cookies
    before = standing(row)

    answer = strict.post(page_of(row), {"decision": "approve", "seen": row.plan_digest})

    assert answer.status_code == 403
    assert standing(row) == before


@pytest.mark.parametrize("decision", ["", "veto", "approve\x00", "close"])
def test_a_word_that_is_no_vote_is_refused(signed_in, change, decision: str):
    row, browser = change(SETTLEMENT), signed_in("cab-1")
    before = standing(row)

    answers = [
        browser.post(page_of(row), {"decision": decision, "comment": "x"}),
        browser.post(SEVERAL, {"decision": decision, "comment": "x", "change": [row.pk]}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert standing(row) == before


def test_a_change_that_is_over_is_not_voted_on(signed_in, change):
    row, browser = change("Store card tokens"), signed_in("cab-1")

    answer = browser.post(page_of(row), {"decision": "approve", "comment": ""})

    assert answer.status_code in (403, 409)
    assert "is closed" in text_of(answer.content)


@pytest.mark.parametrize("key", ["0", "-1", "999999999999999999999", "x", "1e3", "9_5F"])
def test_an_unknown_change_leads_back_to_the_queue(signed_in, key: str):
    browser = signed_in("cab-1")
    page = f"/admin/changes/change/{key}/change/"

    for answer in (browser.get(page), browser.post(page, {"decision": "approve"})):
        assert answer.status_code == 302
        assert answer.url == reverse("admin:changes_change_changelist")
    several = browser.get(SEVERAL, {"decision": "approve", "change": [key]})
    assert several.status_code == 200
    voted = browser.post(SEVERAL, {"decision": "approve", "comment": "", "change": [key]})
    assert voted.status_code in (409, 422)
