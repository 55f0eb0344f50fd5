"""Editing plans: what changes, what is recorded, and what happens to the votes."""

from zoneinfo import ZoneInfo

import pytest

from catalog.models import Service
from changes.models import Requirement, Vote
from changes.queries import plans, row_digest
from changes.states import Kind, State
from ledger.decision import Refused
from tests.changes.lifecycle.editing import edit
from tests.changes.lifecycle.telling import rows_beside
from tests.living import (
    at,
    change_at,
    events_of,
    file,
    fresh,
    person,
    plan,
    say,
    service,
    template,
    verbs_of,
    vote,
    written,
)


def test_an_edit_of_words_that_are_not_material_keeps_the_votes(settled: None) -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")
    vote(change, by="peer")

    edit(change, title="Retry refunds twice", source_url="https://git.example.org/refunds")

    after = fresh(change)
    assert (after.state, after.plan_version, after.edition) == ("awaiting_approval", 1, 3)
    assert after.last_editor == person("engineer")
    event = events_of(change.ref)[-1]
    assert event.verb == "change.edited"
    assert event.data["diff"] == {
        "title": ["Retry refunds", "Retry refunds twice"],
        "source_url": ["", "https://git.example.org/refunds"],
    }
    vote(change, by="owner", minutes=30)
    assert fresh(change).state == "scheduled"


@pytest.mark.parametrize("state", [State.AWAITING_APPROVAL, State.SCHEDULED])
def test_a_material_edit_takes_the_change_back_and_its_votes_lapse(
    state: State, settled: None
) -> None:
    change = change_at(state, risk="medium")
    if state is State.AWAITING_APPROVAL:
        vote(change, by="peer")
    before = fresh(change)
    cast = Vote.objects.filter(change=change).order_by("id")
    voters = [one.voter.username for one in cast]

    edit(change, by="peer-2", rollback_plan="Restore the snapshot.")

    after = fresh(change)
    assert (after.state, after.plan_version, after.approval_round) == ("planning", 2, 1)
    assert (after.submitted_at, after.approved_at) == (None, None)
    assert after.last_editor == person("peer-2")
    assert after.plan_digest != before.plan_digest
    event = events_of(change.ref)[-1]
    assert (event.verb, event.actor) == ("change.revised", "peer-2")
    assert event.data == {
        "title": "Retry refunds",
        "state": "planning",
        "from": str(state),
        "to": "planning",
        "diff": {"rollback_plan": ["Redeploy what ran before.", "Restore the snapshot."]},
        "plan_digest": after.plan_digest,
        "votes_lapsed": voters,
        **rows_beside(change, change.plan_versions.get(version=after.plan_version)),
        "row_digest": row_digest(after),
    }


def test_a_plan_that_was_edited_is_approved_anew_by_everybody(settled: None) -> None:
    change = change_at(State.AWAITING_APPROVAL, risk="medium")
    vote(change, by="peer")
    edit(change, test_plan="Replay yesterday.")
    say("submit", change, minutes=25)

    vote(change, by="owner", minutes=30)
    waiting = fresh(change).state
    vote(change, by="peer", minutes=31)

    assert (waiting, fresh(change).state) == ("awaiting_approval", "scheduled")
    rounds = Requirement.objects.filter(change=change).order_by("id")
    assert [(need.round, need.authority) for need in rounds] == [
        (1, "peer"),
        (1, "service_owner"),
        (2, "peer"),
        (2, "service_owner"),
    ]


def test_whoever_edited_the_plan_last_cannot_approve_it(settled: None) -> None:
    change = file()
    edit(change, by="peer", test_plan="Replay yesterday.")
    say("submit", change, minutes=25)

    with pytest.raises(Refused) as refused:
        vote(change, by="peer", minutes=30)

    assert refused.value.decision.codes == ("self_approval",)


def test_a_title_alone_does_not_make_an_editor_of_the_plan(settled: None) -> None:
    change = file()
    edit(change, by="peer", title="Retry refunds twice")
    say("submit", change, minutes=25)

    vote(change, by="peer", minutes=30)

    assert fresh(change).state == "scheduled"


@pytest.mark.parametrize("state", [State.IMPLEMENTING, State.VALIDATING])
def test_a_change_that_has_started_keeps_its_plan_and_may_get_another_title(
    state: State, settled: None
) -> None:
    change = change_at(state)
    before = written()

    with pytest.raises(Refused) as refused:
        edit(change, minutes=100, revision="deadbeef")
    edit(change, minutes=101, title="Retry refunds twice")

    assert refused.value.decision.codes == ("wrong_state",)
    assert fresh(change).revision == "4f1c2d9"
    assert written() == {**before, "Event": before["Event"] + 1}


def test_what_was_approved_goes_to_another_service_only_by_way_of_planning(settled: None) -> None:
    change = change_at(State.SCHEDULED)

    edit(change, service=service("payments-api"), also_affects=[service("refunds")])

    after = fresh(change)
    assert (after.state, after.service.slug, after.risk_level) == (
        "planning",
        "payments-api",
        "medium",
    )
    assert events_of(change.ref)[-1].data["diff"] == {
        "service": ["refunds", "payments-api"],
        "also_affects": [[], ["refunds"]],
    }


def test_the_order_of_affected_services_means_nothing(settled: None) -> None:
    team = service().owner_team
    others = [Service.objects.create(slug=s, name=s, owner_team=team) for s in ("a", "b")]
    change = change_at(State.SCHEDULED, also_affects=others)
    before = written()

    edit(change, also_affects=[others[1], others[0]])

    assert (fresh(change).state, written()) == ("scheduled", before)


def test_an_edit_that_changes_nothing_writes_nothing(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    before, edition = written(), fresh(change).edition

    edit(change, by="engineer", **{name: plan()[name] for name in ("title", "test_plan")})

    assert (written(), fresh(change).edition) == (before, edition)


def test_an_edit_of_an_older_edition_is_refused(settled: None) -> None:
    change = file()
    edit(change, edition=1, title="First")
    before = written()

    with pytest.raises(Refused) as refused:
        edit(change, by="peer", edition=1, title="Second")

    assert [(r.code, r.source) for r in refused.value.decision.reasons] == [
        ("edited_meanwhile", "edition")
    ]
    assert (fresh(change).title, written()) == ("First", before)


def test_a_stranger_edits_nothing(settled: None) -> None:
    change = file()

    with pytest.raises(Refused) as refused:
        edit(change, by="stranger", title="Mine")

    assert refused.value.decision.codes == ("not_permitted",)
    assert verbs_of(change.ref) == ["change.created"]


def test_a_material_edit_of_a_held_change_waits_for_the_hold(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    say("hold", change, minutes=12, reason="The vendor is away.")

    with pytest.raises(Refused) as refused:
        edit(change, revision="deadbeef")
    edit(change, title="Retry refunds twice")

    assert refused.value.decision.codes == ("on_hold",)
    after = fresh(change)
    assert (after.state, after.revision, after.title) == (
        "scheduled",
        "4f1c2d9",
        "Retry refunds twice",
    )


def test_a_change_follows_the_template_that_was_published_anew(settled: None) -> None:
    change = file(kind=Kind.STANDARD)
    found = template()
    found.rollback_plan = "Start the old one."
    found.save()

    with pytest.raises(Refused) as refused:
        say("submit", change, minutes=5)
    edit(change, description="Refunds hang.")
    say("submit", change, minutes=25)

    assert refused.value.decision.codes == ("template_not_published",)
    after = fresh(change)
    assert (after.state, after.rollback_plan) == ("scheduled", "Start the old one.")


def test_a_scheduled_change_finishes_on_the_words_it_was_submitted_with(settled: None) -> None:
    change = change_at(State.SCHEDULED, kind=Kind.STANDARD)
    found = template()
    found.implementation_plan = "Roll out twice."
    found.save()

    say("start", change, minutes=60)

    after = fresh(change)
    assert (after.state, after.implementation_plan) == ("implementing", "Roll out.")


def test_what_changed_since_the_last_approval_can_be_read(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    assert plans.since_last_approval(change=fresh(change)) == []

    edit(change, test_plan="Replay yesterday.", planned_end_at=at(240))
    edit(change, test_plan="Replay a week.", minutes=30)

    assert [
        (one.name, one.before, one.after) for one in plans.since_last_approval(change=fresh(change))
    ] == [
        ("test_plan", "The refund journey.", "Replay a week."),
        ("planned_end_at", "2026-11-18T12:00:00Z", "2026-11-18T13:00:00Z"),
    ]


def test_a_period_is_told_in_utc_whatever_zone_it_was_given_in(settled: None) -> None:
    change = file()

    edit(change, planned_start_at=at(60).astimezone(ZoneInfo("Pacific/Apia")))

    assert verbs_of(change.ref) == ["change.created"]
