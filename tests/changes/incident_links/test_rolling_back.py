"""Taking a suspect back in one call: the plan, the votes, the start, and what is recorded."""

from typing import Any

import pytest

from changes import incident_links
from changes.incident_links import Prepared, Said
from changes.models import Change, IncidentLink, Rollback
from changes.states import Kind, Outcome, State
from config.recorded_rows import ROWS
from incidents.models import Incident
from ledger import rows, verify
from ledger.decision import Refused
from tests import living
from tests.living import at, change_at, events_of, fresh, incident, person, say, verbs_of

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def cause() -> Change:
    """What ran before, and then the change an incident came from; both of `refunds`."""
    before = living.file(revision="0ld0ne1", artifact="refunds:41")
    say("submit", before, minutes=5)
    living.approve(before)
    say("start", before, minutes=61)
    say("finish", before, minutes=62)
    found = change_at(State.VALIDATING, planned_start_at=at(50), revision="badbad1")
    return found


@pytest.fixture
def broken(cause: Change) -> Incident:
    return incident(2, minutes=100)


def linked(change: Change, broken: Incident, relation: str, *, minutes: float = 110) -> None:
    said = Said(change.ref, broken.ref, relation, note="Errors began with it.")
    incident_links.link(said, actor=person("oncall"), now=at(minutes))


def back(cause: Change, broken: Incident, *, by: str = "oncall", **more: Any) -> Prepared:
    return incident_links.roll_back(
        incident=broken.ref, change=cause.ref, actor=person(by), now=at(120), **more
    )


def test_the_rollback_of_a_cause_is_scheduled_at_once_with_its_plan(cause, broken):
    linked(cause, broken, "caused")

    prepared = back(cause, broken)

    made = prepared.change
    assert (prepared.is_new, prepared.reasons, made.state) == (True, (), State.SCHEDULED)
    assert (made.kind, made.incident, made.implementation_plan) == (
        Kind.EMERGENCY,
        broken,
        cause.rollback_plan,
    )
    assert (made.service, made.environment, made.implementer) == (
        cause.service,
        cause.environment,
        person("oncall"),
    )
    row = Rollback.objects.get(change=made)
    assert (row.cause, row.prepared_by) == (cause, person("oncall"))
    assert verbs_of(made.ref) == [
        "change.created",
        "rollback.prepared",
        "change.submitted",
        "change.approved",
    ]
    assert events_of(made.ref)[-1].data["takes_back"] == cause.ref
    assert list(verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))) == []


def test_the_revision_that_ran_before_is_deployed_again(broken, cause):
    before = Change.objects.get(revision="0ld0ne1")
    Change.objects.filter(pk=before.pk).update(finished_at=at(55), started_at=at(51))

    made = back(cause, broken).change

    assert (made.revision, made.artifact) == ("0ld0ne1", "refunds:41")
    assert Rollback.objects.get().restores == before


def test_it_starts_through_a_freeze_and_another_incident_and_says_so(cause, broken):
    linked(cause, broken, "caused")
    made = back(cause, broken).change
    living.window("Sale", starts=0, ends=900)
    other = incident(1, minutes=125)

    say("start", made, by="oncall", minutes=130)

    event = events_of(made.ref)[-1]
    assert (event.verb, fresh(made).state) == ("change.started", State.IMPLEMENTING)
    assert sorted(one["code"] for one in event.data["warnings"]) == [
        "freeze_active",
        "incident_open",
    ]
    assert other.ref in str(event.data["warnings"])


def test_a_suspect_is_taken_back_with_votes_as_any_emergency(cause, broken):
    prepared = back(cause, broken)

    assert prepared.change.state == State.AWAITING_APPROVAL
    assert [one.relation for one in IncidentLink.objects.all()] == ["suspect"]


def test_asking_again_answers_the_same_change(cause, broken):
    linked(cause, broken, "caused")
    first = back(cause, broken)

    again = back(cause, broken)

    assert (again.change, again.is_new, Rollback.objects.count()) == (first.change, False, 1)


def test_a_plan_that_was_edited_asks_for_votes(cause, broken):
    linked(cause, broken, "caused")
    made = back(cause, broken).change
    fields = {"implementation_plan": "Delete everything."}

    say("edit", made, by="oncall", minutes=121, fields=fields)
    say("submit", made, by="oncall", minutes=122)

    assert fresh(made).state == State.AWAITING_APPROVAL


def test_another_implementer_changes_nothing_of_its_way(cause, broken):
    linked(cause, broken, "caused")
    made = back(cause, broken).change

    say("edit", made, by="oncall", minutes=121, fields={"implementer": person("peer")})
    say("submit", made, by="oncall", minutes=122)

    assert fresh(made).state == State.SCHEDULED


def test_a_cause_that_is_dismissed_meanwhile_stops_it(cause, broken):
    linked(cause, broken, "caused")
    made = back(cause, broken).change
    linked(cause, broken, "dismissed", minutes=125)

    with pytest.raises(Refused) as refused:
        say("start", made, by="oncall", minutes=130)

    assert refused.value.decision.codes == ("approvals_missing",)


@pytest.mark.parametrize(
    ("relation", "by", "code"),
    [
        ("dismissed", "oncall", "not_a_suspect"),
        ("caused", "stranger", "not_permitted"),
        ("caused", "auditor", "not_permitted"),
        ("", "stranger", "not_permitted"),
    ],
)
def test_who_may_not_take_it_back_leaves_nothing_behind(cause, broken, relation, by, code):
    if relation:
        linked(cause, broken, relation)
    links, changes = IncidentLink.objects.count(), Change.objects.count()

    with pytest.raises(Refused) as refused:
        back(cause, broken, by=by)

    assert refused.value.decision.codes == (code,)
    assert (IncidentLink.objects.count(), Change.objects.count()) == (links, changes)


def test_a_rollback_that_ends_well_mitigates_its_incident_by_itself(cause, broken):
    linked(cause, broken, "caused")
    made = back(cause, broken).change
    say("start", made, by="oncall", minutes=130)
    say("finish", made, by="oncall", minutes=131)
    say("review", made, by="oncall", minutes=132, text="The pool was too small.")
    say("close", made, minutes=133, outcome=Outcome.SUCCESSFUL, note="Errors are gone.")

    row = IncidentLink.objects.get(change=made)

    assert (row.relation, row.certainty, row.decider) == ("mitigated_by", "probable", "engineer")
    assert events_of(broken.ref)[-1].data["rows"] == {row.ref: rows.digest(row)}


def test_another_emergency_that_ends_well_fixes_it_and_cannot_be_its_cause():
    made = change_at(State.CLOSED, kind=Kind.EMERGENCY, incident=incident(2, minutes=65))

    row = IncidentLink.objects.get(change=made)

    assert (row.relation, row.question) == ("fixes", "remedy")
    with pytest.raises(Refused) as refused:
        linked(made, row.incident, "caused", minutes=200)
    assert refused.value.decision.codes == ("answers_it",)


def test_what_was_said_before_it_ended_stands(cause, broken):
    linked(cause, broken, "caused")
    made = back(cause, broken).change
    say("start", made, by="oncall", minutes=130)
    linked(made, broken, "fixes", minutes=131)
    say("finish", made, by="oncall", minutes=132)
    say("review", made, by="oncall", minutes=133, text="The pool was too small.")
    say("close", made, minutes=134, outcome=Outcome.SUCCESSFUL, note="Errors are gone.")

    assert IncidentLink.objects.get(change=made).relation == "fixes"
