"""The evidence pack of a change: what it holds, what it computes again, what it answers."""

from typing import Any

import pytest
from django.db import connection

from changes import deployments
from changes.deployments import Report
from changes.gate import Question, ask
from changes.models import Change, Vote
from changes.queries.packs import pack
from changes.shown.pack import document
from changes.states import Kind, State
from tests import living
from tests.living import at, change_at, person, say

pytestmark = pytest.mark.usefixtures("settled")
WHY = "Two in a hundred refunds fail."


def told(change: Change) -> dict[str, Any]:
    return document(pack(ref=change.ref), by="auditor", now=at(600))


def points(doc: dict[str, Any], control: str) -> dict[str, tuple[str, str]]:
    (found,) = [one for one in doc["controls"] if one["name"].startswith(control)]
    return {one["what"]: (one["standing"], one["why"]) for one in found["points"]}


def test_a_pack_holds_who_asked_who_voted_on_which_words_and_how_it_went() -> None:
    change = living.file(justification=WHY)
    say("edit", change, minutes=2, fields={"rollback_plan": "Redeploy 4.1.9 at once."})
    say("submit", change, minutes=5)
    living.approve(change)

    doc = told(change)

    digests = [one["digest"] for one in doc["plans"]]
    assert (doc["people"]["author"], doc["approval"]["holds"]) == ("engineer", True)
    assert (doc["people"]["submitted_by"], doc["people"]["finished_by"]) == ("engineer", None)
    assert doc["plans"][1]["differs"] == [
        {
            "field": "rollback_plan",
            "before": "Redeploy what ran before.",
            "after": "Redeploy 4.1.9 at once.",
        }
    ]
    assert [(one["voter"], one["plan_digest"], one["counts"]) for one in doc["votes"]] == [
        ("peer", digests[1], True)
    ]
    assert [(one["rule"], one["filled_by"]) for one in doc["requirements"]] == [
        ("Peer review", ["peer"])
    ]
    assert doc["approval"]["plan_digest"] == change.__class__.objects.get().plan_digest
    assert [one["verb"] for one in doc["timeline"]] == living.verbs_of(change.ref)
    assert {name: len(doc[name]) for name in doc["counts"]} == doc["counts"]
    assert [one["faults"] for one in doc["proofs"]] == [[], [], [], []]


def test_votes_on_an_earlier_plan_count_no_more() -> None:
    change = change_at(State.SCHEDULED)
    say("edit", change, minutes=20, fields={"test_plan": "Another journey."})

    doc = told(change)

    assert [one["counts"] for one in doc["votes"]] == [False]
    assert (doc["approval"]["holds"], doc["approval"]["plan_digest"]) == (False, None)
    assert points(doc, "PCI")["Documented approval by authorised parties"] == (
        "not_shown",
        "it has not been approved",
    )


def test_what_the_gate_said_and_which_permit_was_used_is_told_without_the_permit() -> None:
    change = change_at(State.SCHEDULED)
    question = Question(service="refunds", environment="production", revision="4f1c2d9")
    early = ask(question, actor=person("ci"), now=at(30))
    let = ask(question, actor=person("ci"), now=at(61))
    deployments.report(
        Report(status="started", at=at(62), permit=let.permit), actor=person("ci"), now=at(62)
    )

    doc = told(change)

    assert [one["decision"] for one in doc["gate"]] == [early.decision, "allow"]
    assert [(one["permit_id"], one["used_at"] is not None) for one in doc["permits"]] == [
        (str(let.id), True)
    ]
    assert let.permit not in str(doc)


def test_a_freeze_that_stood_in_the_way_is_told_once_with_how_often() -> None:
    change = change_at(State.SCHEDULED)
    living.window("Stocktaking", starts=50, ends=70)
    question = Question(service="refunds", environment="production", revision="4f1c2d9")
    for minutes in (61, 62):
        ask(question, actor=person("ci"), now=at(minutes))

    (one,) = told(change)["windows"]

    assert (one["source"], one["came_of_it"], one["times"]) == ("window Stocktaking", "refused", 2)


def test_each_point_of_a_control_is_ticked_or_said_not_to_be_shown() -> None:
    change = living.file(
        justification=WHY, impact_analysis="Refunds only.", security_impact="None: no new right."
    )
    say("submit", change, minutes=5)
    living.approve(change)
    say("start", change, minutes=60)
    say("finish", change, minutes=90)
    say("report_check", change, minutes=95, name="refunds", passed=True)
    say("close", change, minutes=120, outcome="successful", note="It went well.")

    doc = told(change)

    assert {what: standing for what, (standing, _) in points(doc, "PCI").items()} == {
        "Reason for the change, and its description": "shown",
        "Documentation of security impact": "shown",
        "Documented approval by authorised parties": "shown",
        "Testing that it does not harm the security of the system": "shown",
        "Bespoke software: updates tested against 6.2.4 before deployment": "not_shown",
        "Procedures for failures, and to return to a secure state": "shown",
    }
    assert {one[0] for one in points(doc, "SOC").values()} == {"shown", "does_not_apply"}
    assert points(doc, "ISO")["Operating documentation updated"][0] == "not_shown"


@pytest.mark.parametrize(
    ("given", "control", "what", "why"),
    [
        ({}, "PCI", "Reason for the change, and its description", "the plan has no justification"),
        ({}, "PCI", "Documentation of security impact", "the plan says nothing of security"),
        ({}, "SOC", "Tested", "there is a test plan, and no result of a test"),
        ({}, "SOC", "Implemented as approved", "it has not started"),
        (
            {"required_checks": ["smoke"]},
            "ISO",
            "Tested, with tests accepted",
            "smoke was not reported",
        ),
    ],
)
def test_what_is_missing_is_named(given: dict[str, Any], control: str, what: str, why: str) -> None:
    assert points(told(change_at(State.SCHEDULED, **given)), control)[what] == ("not_shown", why)


def test_an_emergency_shows_its_incident_and_its_review() -> None:
    change = change_at(State.CLOSED, kind=Kind.EMERGENCY)

    doc = told(change)

    assert points(doc, "SOC")["Emergencies: documented, and reviewed afterwards"] == (
        "shown",
        f"it answers {change.incident.ref}; reviewed by engineer",
    )
    assert [(one["ref"], one["relation"]) for one in doc["incidents"]] == [
        (change.incident.ref, "answers")
    ]


def test_a_standard_change_was_approved_by_its_template() -> None:
    doc = told(change_at(State.CLOSED, kind=Kind.STANDARD))

    assert (doc["approval"]["holds"], doc["votes"], doc["requirements"]) == (True, [], [])


def test_a_row_edited_behind_the_ledger_is_named_in_the_pack() -> None:
    change = change_at(State.SCHEDULED)
    cast = Vote.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE changes_vote SET comment = 'Fine.' WHERE id = %s", [cast.pk])

    doc = told(change)

    name = f"CHG-{change.pk} vote {cast.pk} was changed in the database behind the ledger"
    assert [one["faults"] for one in doc["proofs"]] == [[], [], [name], []]
    assert points(doc, "ISO")["Records kept of all of it"] == ("not_shown", name)


def test_the_same_evidence_has_the_same_digest_whoever_takes_it_when() -> None:
    change = change_at(State.SCHEDULED)
    found = pack(ref=change.ref)

    first, second = (
        document(found, by=by, now=at(minutes)) for by, minutes in (("auditor", 9), ("cab-1", 99))
    )

    assert first["content_digest"] == second["content_digest"]
    assert first["exported_at"] != second["exported_at"]


def test_a_pack_takes_the_same_statements_however_much_happened(
    django_assert_num_queries: Any,
) -> None:
    little, much = change_at(State.PLANNING), change_at(State.SCHEDULED, risk="high")
    question = Question(service="payments-api", environment="production", revision="4f1c2d9")
    for minutes in (60, 61, 62):
        ask(question, actor=person("ci"), now=at(minutes))
    say("start", much, minutes=63)

    with django_assert_num_queries(15 + 2):  # the transaction's own two
        pack(ref=much.ref)
    with django_assert_num_queries(13 + 2):  # the gate was not asked, and nothing can have followed
        pack(ref=little.ref)
