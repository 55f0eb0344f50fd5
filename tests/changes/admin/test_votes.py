"""Voting at the desk: the evidence and the vote."""

from django.contrib.auth.models import Permission
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Environment, Membership, User
from changes import lifecycle
from changes.models import Change, Vote
from changes.states import State
from ledger import timeline
from tests.changes.admin.desk import (
    KEYS,
    POSTINGS,
    SETTLEMENT,
    SEVERAL,
    page_of,
    standing,
    text_of,
    verbs_since,
)


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


def test_it_names_changes_scheduled_for_the_same_time(signed_in, change):
    text = text_of(signed_in("cab-1").get(page_of(change("Run the stuck"))).content)

    assert "1 change on payments-api in production" in text
    assert "Deploy payments-api v4.17.2" in text


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

    with django_assert_num_queries(21):
        browser.get(page_of(change(SETTLEMENT)))
    with django_assert_num_queries(21):
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


def test_a_voter_sees_the_newest_risk_beside_the_one_kept(signed_in, change):
    row = change(SETTLEMENT)
    before = signed_in("cab-1").get(page_of(row)).content.decode()
    type(row.service).objects.filter(pk=row.service_id).update(tier=4)

    after = signed_in("cab-1").get(page_of(row)).content.decode()

    assert row.risk_score >= 30
    assert after.count("Weighed now it would be") == 1
    assert f"<b>{row.risk_score}</b>" in before


def test_the_desk_asks_again_where_the_environment_does(signed_in, change):
    row, client = change(SETTLEMENT), signed_in("cab-1")
    Environment.objects.filter(pk=row.environment_id).update(demands_reauthentication=True)
    given = {"decision": "approve", "comment": "Read it.", "seen": row.plan_digest}

    page = client.post(page_of(row), given)
    answer = client.post(page_of(row), {**given, "confirming": "yes", "password": "tide-tide"})

    assert (page.status_code, dict(page.context["kept"])) == (403, given)
    assert answer.status_code == 302
    assert Vote.objects.get(change=row, voter__username="cab-1").authenticated_by == "password"


def test_of_several_only_those_that_ask_again_are_asked(signed_in, change):
    asks, asks_not = change(SETTLEMENT), change(POSTINGS)
    staging = Environment.objects.exclude(pk=asks.environment_id).first()
    Environment.objects.filter(pk=asks.environment_id).update(demands_reauthentication=True)
    Change.objects.filter(pk=asks_not.pk).update(environment=staging)
    given = {"decision": "approve", "comment": "Read.", "change": [asks.pk, asks_not.pk]}
    client = signed_in("cab-1")

    page = client.post(SEVERAL, given)
    kept = {name: [one for key, one in page.context["kept"] if key == name] for name in given}
    answer = client.post(SEVERAL, {**kept, "confirming": "yes", "password": "tide-tide"})

    assert (page.status_code, kept["change"]) == (403, [str(asks.pk)])
    assert (answer.status_code, [one.ref for one in answer.context["results"]]) == (200, [asks.ref])
    voted = Vote.objects.filter(voter__username="cab-1", change__in=[asks, asks_not])
    assert {vote.change_id: vote.authenticated_by for vote in voted} == {
        asks.pk: "password",
        asks_not.pk: "session",
    }
