"""Voting at the desk: the evidence, the vote, and every way it is refused."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Membership, User
from changes import lifecycle
from changes.models import Change, Vote
from changes.states import State
from ledger import timeline
from ledger.models import Event

SEVERAL = reverse("admin:changes_change_vote")
SETTLEMENT = "Settle payments"
KEYS = "Rotate the keys"
POSTINGS = "Partition the postings"


def page_of(change: Change) -> str:
    return reverse("admin:changes_change_change", args=[change.pk])


def text_of(page: bytes) -> str:
    return page.decode().replace("&#x27;", "'").replace("&amp;", "&")


def verbs_since(change: Change, count: int) -> list[str]:
    """The verbs recorded for a change after its first `count` events."""
    return [event.verb for event in timeline.events_of(subject=change.ref)][count:]


@dataclass(frozen=True)
class Before:
    """What was there before a vote that must leave no trace."""

    state: str
    votes: int
    events: int


def standing(change: Change) -> Before:
    row = Change.objects.get(pk=change.pk)
    return Before(row.state, Vote.objects.count(), Event.objects.count())


def test_the_page_shows_the_fourteen_fields_an_approver_needs(signed_in, change):
    row = change(SETTLEMENT)
    text = text_of(signed_in("cab-1").get(page_of(row)).content)

    for label in (
        "Number",
        "Requester",
        "Service",
        "Type",
        "Planned start",
        "Planned end",
        "Risk",
        "Impact",
        "Description",
        "Justification",
        "Implementation",
        "Risk and impact",
        "Rollback",
        "Test",
        "Monitoring",
    ):
        assert f">{label}<" in text or f">{label} <" in text, label
    for words in (
        row.ref,
        row.title,
        row.author.username,
        "payments-api is tier 1; 2 services depend on it: checkout, refunds.",
        row.description,
        row.justification,
        row.impact_analysis,
        row.test_plan,
        row.rollback_plan,
        row.monitoring_plan,
        *(factor["why"] for factor in row.risk_factors),
        *row.implementation_plan.splitlines(),
        "Could be filled by cab-1 or cab-2.",
        "Compared the thirty nights myself.",
    ):
        assert words in text, words


def test_it_shows_what_changed_since_the_reader_approved(signed_in, change):
    text = text_of(signed_in("cab-1").get(page_of(change(POSTINGS))).content)

    assert "The plan changed after you approved it." in text
    assert "<del>20,000</del><ins>5,000</ins> rows" in text
    assert "4. Keep the old table for a week, then drop it.</ins>" in text
    assert "The plan changed after" not in text_of(
        signed_in("cab-2").get(page_of(change(POSTINGS))).content
    )


def test_it_names_changes_planned_for_the_same_time(signed_in, change):
    text = text_of(signed_in("cab-1").get(page_of(change("Run the stuck"))).content)

    assert "Deploy payments-api v4.17.2</a>" in text


def test_it_names_a_freeze_in_the_planned_period(signed_in, change):
    text = text_of(signed_in("cab-1").get(page_of(change("Move the reporting loader"))).content)

    assert "The planned period meets “Audit sampling”" in text


def test_an_approval_with_a_comment_is_cast_and_recorded(signed_in, change):
    row = change(SETTLEMENT)
    count = timeline.events_of(subject=row.ref).count()

    answer = signed_in("cab-1").post(
        page_of(row), {"decision": "approve", "comment": " Fine. ", "seen": row.plan_digest}
    )

    assert (answer.status_code, answer.url) == (302, page_of(row))
    vote = Vote.objects.get(change=row, voter__username="cab-1", round=row.approval_round)
    assert (vote.decision, vote.comment, vote.authorities) == ("approve", "Fine.", ["cab"])
    assert verbs_since(row, count) == ["vote.cast"]
    assert Change.objects.get(pk=row.pk).state == State.AWAITING_APPROVAL


def test_the_last_vote_schedules_and_says_so(signed_in, change):
    row = change(KEYS)
    count = timeline.events_of(subject=row.ref).count()

    answer = signed_in("cab-2").post(
        page_of(row), {"decision": "approve", "comment": "", "seen": row.plan_digest}, follow=True
    )

    assert Change.objects.get(pk=row.pk).state == State.SCHEDULED
    assert verbs_since(row, count) == ["vote.cast", "change.approved"]
    assert f"You approved {row.ref}. That was the last vote: it is scheduled." in text_of(
        answer.content
    )


def test_a_rejection_needs_a_comment_and_keeps_what_was_chosen(signed_in, change):
    row = change(SETTLEMENT)
    before = standing(row)

    answer = signed_in("cab-1").post(page_of(row), {"decision": "reject", "comment": "  "})

    assert answer.status_code == 422
    assert "Say why, so that the author can mend it." in text_of(answer.content)
    assert standing(row) == before


def test_a_rejection_sends_the_change_back_to_planning(signed_in, change):
    row = change(SETTLEMENT)
    count = timeline.events_of(subject=row.ref).count()

    signed_in("cab-2").post(
        page_of(row), {"decision": "reject", "comment": "No.", "seen": row.plan_digest}
    )

    assert Change.objects.get(pk=row.pk).state == State.PLANNING
    assert verbs_since(row, count) == ["vote.cast", "change.rejected"]


def test_the_vote_a_broken_glass_owes_is_cast_here(signed_in, change):
    row = change("Serve search")
    count = timeline.events_of(subject=row.ref).count()

    signed_in("cab-1").post(
        page_of(row), {"decision": "approve", "comment": "Right.", "seen": row.plan_digest}
    )

    assert verbs_since(row, count) == ["vote.cast", "change.retroactively_approved"]
    assert Change.objects.get(pk=row.pk).retroactively_approved_at is not None


def test_several_are_voted_on_with_one_comment_and_each_result_is_shown(signed_in, change):
    settlement, keys, postings = change(SETTLEMENT), change(KEYS), change(POSTINGS)
    browser = signed_in("cab-1")
    refs = [row.pk for row in (settlement, keys, postings)]
    asked = browser.get(SEVERAL, {"decision": "approve", "change": refs})
    assert "You cannot vote on" in text_of(asked.content)
    assert "Approve 2 changes" in text_of(asked.content)

    answer = browser.post(
        SEVERAL,
        {
            "decision": "approve",
            "comment": "Read all three.",
            "change": refs,
            **{f"seen-{row.ref}": row.plan_digest for row in (settlement, keys, postings)},
        },
    )

    text = text_of(answer.content)
    assert answer.status_code == 200
    assert f"You approved {settlement.ref}." in text
    assert f"You approved {postings.ref}." in text
    assert "cab-1 has voted “approve” on this plan." in text
    cast = Vote.objects.filter(voter__username="cab-1", comment="Read all three.")
    assert set(cast.values_list("change", flat=True)) == {settlement.pk, postings.pk}


def test_a_plan_edited_since_the_page_was_opened_is_not_voted_on(signed_in, change):
    row = change(SETTLEMENT)
    engineer, now = User.objects.get(username="engineer"), timezone.now()
    lifecycle.edit(ref=row.ref, fields={"test_plan": "None."}, actor=engineer, now=now)
    lifecycle.submit(ref=row.ref, actor=engineer, now=now)
    before = standing(row)

    answer = signed_in("cab-1").post(
        page_of(row), {"decision": "approve", "comment": "", "seen": row.plan_digest}
    )

    assert answer.status_code == 409
    assert f"The plan of {row.ref} was changed since you opened it." in text_of(answer.content)
    assert standing(row) == before


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


def test_a_script_in_a_plan_is_shown_as_text(signed_in, change):
    row = change("Ask for a reason")
    engineer = User.objects.get(username="engineer")
    evil = "<script>alert(1)</script>"
    lifecycle.edit(
        ref=row.ref,
        fields={"description": evil, "title": evil},
        actor=engineer,
        now=timezone.now(),
    )

    browser = signed_in("cab-1")
    for path in (page_of(row), f"{SEVERAL}?change={row.pk}", "/admin/changes/change/?vote=all"):
        assert evil.encode() not in browser.get(path).content


def test_the_page_asks_the_database_as_often_for_many_votes_as_for_few(
    signed_in, change, django_assert_num_queries: DjangoAssertNumQueries
):
    browser = signed_in("cab-1")

    with django_assert_num_queries(19):
        browser.get(page_of(change(SETTLEMENT)))
    with django_assert_num_queries(19):
        browser.get(page_of(change(POSTINGS)))


def test_an_owner_who_left_the_team_can_vote_no_more(signed_in, change):
    owner = User.objects.get(username="owner")
    owner.is_staff = True
    owner.save()
    owner.user_permissions.add(Permission.objects.get(codename="view_change"))
    row = change("Ask for a reason")
    Membership.objects.filter(user=owner, team=row.service.owner_team).delete()
    before = standing(row)

    answer = signed_in("owner").post(page_of(row), {"decision": "approve", "comment": ""})

    assert answer.status_code == 403
    assert standing(row) == before
