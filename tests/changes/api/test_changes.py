"""Filing, listing, reading and editing changes over REST."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from changes.models import Change
from ledger.decision import rfc3339
from tests.changes.api.world import PLAN, caller, filed, period, said, scheduled, user

pytestmark = pytest.mark.usefixtures("organisation")


def test_filing_answers_the_whole_change_and_records_it():
    answer = caller("engineer").post("/changes", {**PLAN, **period(), "also_affects": ["refunds"]})

    body = answer.json()
    change = Change.objects.get()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/api/v1/changes/{change.ref}")
    assert answer["ETag"].startswith('"1.')
    assert {name: body[name] for name in PLAN} == PLAN
    assert (body["ref"], body["state"], body["kind"], body["team"]) == (
        change.ref,
        "planning",
        "normal",
        "payments",
    )
    assert (body["author"], body["implementer"], body["also_affects"]) == (
        "engineer",
        "engineer",
        ["refunds"],
    )
    assert body["risk"]["score"] == sum(one["points"] for one in body["risk"]["factors"])
    assert [one["authority"] for one in body["requirements"]] == ["cab", "peer", "service_owner"]
    assert body["verbs"]["submit"] == {"allowed": True, "reasons": [], "warnings": []}
    assert said(change.ref) == ["change.created"]


def test_every_field_of_a_plan_comes_back_as_it_was_sent():
    sent = {
        **PLAN,
        "justification": "Refunds hang.",
        "impact_analysis": "Refunds only.",
        "security_impact": "None: no new input is taken.",
        "category": "database",
        "rollout": "canary",
        "canary_steps": [5, 25, 100],
        "canary_soak_minutes": [10, 30, 0],
        "required_checks": ["smoke-test"],
        "artifact": "sha256:77",
        "source_url": "https://git.example.org/payments/commit/4f1c2d9",
        "pull_request_url": "https://git.example.org/payments/pull/7",
        "external_id": "run-77",
        "implementer": "peer",
        "planned_start_at": "2031-03-03T09:00:00Z",
        "planned_end_at": "2031-03-03T11:00:00Z",
    }

    body = caller("engineer").post("/changes", sent).json()

    assert {name: body[name] for name in sent} == sent


def test_a_template_makes_a_standard_change():
    body = (
        caller("engineer")
        .post(
            "/changes",
            {"service": "refunds", "environment": "staging", "template": "restart-service"},
        )
        .json()
    )

    assert (body["kind"], body["title"], body["template"]) == (
        "standard",
        "Restart a service",
        "restart-service",
    )


def test_reading_shows_every_verb_with_its_reasons():
    ref = filed(rollback_plan="")

    verbs = caller("engineer").get(f"/changes/{ref}").json()["verbs"]

    assert list(verbs) == [
        "edit",
        "submit",
        "revise",
        "vote",
        "start",
        "break_glass",
        "finish",
        "retry",
        "roll_back",
        "check",
        "review",
        "close",
        "cancel",
        "hold",
        "resume",
    ]
    assert verbs["submit"] == {
        "allowed": False,
        "reasons": [
            {
                "code": "no_rollback_plan",
                "message": "There is no rollback plan.",
                "remedy": f"Edit {ref} and write down how to get back to where you were.",
                "until": None,
                "source": "plan",
            }
        ],
        "warnings": [],
    }
    assert [verb for verb, one in verbs.items() if one["allowed"]] == ["edit", "cancel", "hold"]


def test_an_unknown_change_is_not_found():
    for ref in ("CHG-999999", "CHG-0", "nonsense", "CHG-99999999999999999999"):
        answer = caller("engineer").get(f"/changes/{ref}")

        assert answer.status_code == 404
        assert answer.json()["detail"] == f"There is no change {ref}."


def test_the_same_answer_is_not_sent_twice():
    ref = filed()
    first = caller("engineer").get(f"/changes/{ref}")

    reader = caller("engineer")
    again = reader._client.get(
        f"/api/v1/changes/{ref}", headers=reader._headers | {"If-None-Match": first["ETag"]}
    )

    assert (again.status_code, again.content) == (304, b"")


def test_an_edit_of_an_older_edition_is_refused_and_writes_nothing():
    ref = filed()
    read = caller("engineer").get(f"/changes/{ref}")
    caller("peer").patch(f"/changes/{ref}", {"title": "By the peer"})

    answer = caller("engineer").patch(
        f"/changes/{ref}", {"title": "By the engineer"}, If_Match=read["ETag"]
    )

    assert answer.status_code == 412
    assert answer.json()["code"] == "edited_meanwhile"
    assert Change.objects.get().title == "By the peer"
    assert said(ref) == ["change.created", "change.edited"]


def test_an_edit_of_the_latest_edition_is_let_in():
    ref = filed()
    read = caller("engineer").get(f"/changes/{ref}")

    answer = caller("engineer").patch(
        f"/changes/{ref}", {"title": "Another title"}, If_Match=read["ETag"]
    )

    assert answer.status_code == 200
    assert (answer.json()["title"], answer.json()["edition"]) == ("Another title", 2)
    assert answer["ETag"].startswith('"2.')


def test_an_if_match_that_is_no_etag_is_a_wrong_field():
    ref = filed()

    answer = caller("engineer").patch(f"/changes/{ref}", {"title": "T"}, If_Match='"abc"')

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["If-Match"])


def test_a_material_edit_takes_a_submitted_change_back_to_planning():
    ref = scheduled()

    body = caller("engineer").patch(f"/changes/{ref}", {"rollback_plan": "Another way."}).json()

    assert (body["state"], body["plan_version"]) == ("planning", 2)
    assert said(ref)[-1] == "change.revised"


def test_null_clears_what_may_be_empty():
    ref = filed()

    body = (
        caller("engineer")
        .patch(
            f"/changes/{ref}",
            {"planned_start_at": None, "planned_end_at": None, "implementer": None},
        )
        .json()
    )

    assert (body["planned_start_at"], body["planned_end_at"], body["implementer"]) == (
        None,
        None,
        None,
    )


def test_reading_costs_the_same_number_of_statements_for_one_and_three_votes(
    django_assert_num_queries,
):
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    reader = caller("engineer")
    # token, change, facts, what is beside it, conflicts, risk, rules
    with django_assert_num_queries(7):
        reader.get(f"/changes/{ref}")
    caller("peer").post(f"/changes/{ref}/votes", {"decision": "approve"})
    with django_assert_num_queries(8):
        reader.get(f"/changes/{ref}")
    for name in ("owner", "cab-1"):
        caller(name).post(f"/changes/{ref}/votes", {"decision": "approve"})

    with django_assert_num_queries(8):
        reader.get(f"/changes/{ref}")


def test_one_external_id_files_one_change():
    filed(external_id="run-77")

    answer = caller("engineer").post("/changes", {**PLAN, "external_id": "run-77"})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["external_id"])
    assert Change.objects.count() == 1


def test_a_planner_sees_what_is_asked_without_a_statement_for_each_person(
    django_assert_max_num_queries,
):
    ref = filed()
    reader = caller("engineer")

    with django_assert_max_num_queries(11):
        body = reader.get(f"/changes/{ref}").json()

    assert len(body["requirements"]) == 3


def test_the_detail_is_seen_by_whoever_asks():
    ref = filed()

    verbs = caller("stranger").get(f"/changes/{ref}").json()["verbs"]

    assert [verb for verb, one in verbs.items() if one["allowed"]] == []
    assert user("stranger").username in verbs["submit"]["reasons"][0]["message"]


def test_reading_writes_nothing():
    ref = filed()
    reader = caller("engineer")

    with CaptureQueriesContext(connection) as queries:
        reader.get(f"/changes/{ref}")

    assert [q["sql"] for q in queries if not q["sql"].lstrip().startswith("SELECT")] == []


def test_a_change_tells_which_others_meet_it():
    other = scheduled()
    mine = filed()

    (conflict,) = caller("engineer").get(f"/changes/{mine}").json()["conflicts"]

    row = Change.objects.get(pk=int(other.removeprefix("CHG-")))
    assert conflict == {
        "ref": other,
        "title": PLAN["title"],
        "level": "hard",
        "why": ["same_service", "implementer"],
        "service": "payments-api",
        "environment": "production",
        "state": "scheduled",
        "planned_start_at": rfc3339(row.planned_start_at),
        "planned_end_at": rfc3339(row.planned_end_at),
        "by": "engineer",
    }
