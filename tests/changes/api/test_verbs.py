"""The lifecycle, votes, checks and timeline over REST."""

import pytest

from tests.changes.api.world import caller, filed, period, said, scheduled, written

pytestmark = pytest.mark.usefixtures("organisation")


def test_a_normal_change_goes_from_plan_to_close():
    ref = scheduled()
    engineer = caller("engineer")

    states = [
        engineer.post(f"/changes/{ref}/{verb}", words).json()["state"]
        for verb, words in (
            ("start", {}),
            ("finish", {"note": "Done."}),
            ("close", {"outcome": "successful", "note": "No failures."}),
        )
    ]

    assert states == ["implementing", "validating", "closed"]
    assert said(ref) == [
        "change.created",
        "change.submitted",
        "vote.cast",
        "vote.cast",
        "vote.cast",
        "vote.cast",
        "change.approved",
        "change.started",
        "change.finished",
        "change.closed",
    ]


def test_what_failed_is_implemented_again_by_who_may_start_it():
    ref = scheduled()
    engineer, stranger = caller("engineer"), caller("stranger")
    for status in ("started", "failed"):
        report = {"change": ref, "status": status, "detail": "The image was gone."}
        assert engineer.post("/deployments", report).status_code == 201

    verbs = engineer.get(f"/changes/{ref}").json()["verbs"]
    refused = stranger.post(f"/changes/{ref}/retry")
    again = engineer.post(f"/changes/{ref}/retry")

    assert (verbs["retry"]["allowed"], refused.status_code) == (True, 403)
    assert (again.status_code, again.json()["state"]) == (200, "implementing")
    assert engineer.post(f"/changes/{ref}/retry").json()["code"] == "wrong_state"


def test_a_verb_answers_the_change_as_reading_does():
    ref = filed()
    engineer = caller("engineer")

    answer = engineer.post(f"/changes/{ref}/submit")

    read = engineer.get(f"/changes/{ref}")
    assert answer.json() == read.json()
    assert answer["ETag"] == read["ETag"]


def test_a_refused_verb_lists_every_objection_and_writes_nothing():
    ref = filed(rollback_plan="", monitoring_plan="")
    before = written()

    answer = caller("engineer").post(f"/changes/{ref}/submit", {})

    body = answer.json()
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert [one["code"] for one in body["reasons"]] == ["no_rollback_plan", "no_monitoring_plan"]
    assert body["code"] == "no_rollback_plan"
    assert all(one["remedy"] for one in body["reasons"])
    assert written() == before


def test_a_failed_check_keeps_the_change_open_until_it_passes():
    ref = scheduled(required_checks=["smoke-test"])
    engineer, ci = caller("engineer"), caller("ci")
    engineer.post(f"/changes/{ref}/start")
    ci.post(f"/changes/{ref}/checks", {"name": "smoke-test", "passed": False, "detail": "3 of 9"})
    engineer.post(f"/changes/{ref}/finish")
    close = {"outcome": "successful", "note": "Fine."}

    refused = engineer.post(f"/changes/{ref}/close", close)
    report = ci.post(f"/changes/{ref}/checks", {"name": "smoke-test", "passed": True})
    closed = engineer.post(f"/changes/{ref}/close", close)

    assert (refused.status_code, refused.json()["code"]) == (409, "check_failed")
    assert (report.status_code, report.json()["passed"], report.json()["reported_by"]) == (
        201,
        True,
        "ci",
    )
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert [one["passed"] for one in closed.json()["checks"]] == [True]


def test_a_held_change_moves_only_after_it_is_resumed():
    ref = scheduled()
    engineer = caller("engineer")

    held = engineer.post(f"/changes/{ref}/hold", {"reason": "The bank is down."}).json()
    refused = engineer.post(f"/changes/{ref}/start")
    engineer.post(f"/changes/{ref}/resume")
    started = engineer.post(f"/changes/{ref}/start")

    assert {name: held["hold"][name] for name in ("by", "reason")} == {
        "by": "engineer",
        "reason": "The bank is down.",
    }
    assert (refused.status_code, refused.json()["code"]) == (409, "on_hold")
    assert (started.status_code, started.json()["hold"]) == (200, None)


def test_a_rolled_back_change_is_reviewed_before_it_closes_as_rolled_back():
    ref = scheduled()
    engineer = caller("engineer")
    engineer.post(f"/changes/{ref}/start")
    engineer.post(f"/changes/{ref}/roll_back", {"note": "Failures doubled."})
    close = {"outcome": "rolled_back", "note": "Back on 4.1.9."}

    refused = engineer.post(f"/changes/{ref}/close", close)
    engineer.post(f"/changes/{ref}/review", {"text": "The canary had no load."})
    closed = engineer.post(f"/changes/{ref}/close", close).json()

    assert refused.status_code == 409
    assert (closed["state"], closed["outcome"], closed["review"]) == (
        "closed",
        "rolled_back",
        "The canary had no load.",
    )


def test_a_standard_change_is_scheduled_by_submitting_it():
    engineer = caller("engineer")
    ref = engineer.post(
        "/changes",
        {
            "service": "refunds",
            "environment": "production",
            "template": "restart-service",
            **period(),
        },
    ).json()["ref"]

    answer = engineer.post(f"/changes/{ref}/submit")

    assert (answer.json()["state"], said(ref)) == (
        "scheduled",
        ["change.created", "change.submitted", "change.approved"],
    )


def test_a_change_is_cancelled_with_a_reason():
    ref = filed()

    body = caller("engineer").post(f"/changes/{ref}/cancel", {"reason": "Not needed."}).json()

    assert (body["state"], body["closing_note"], body["ended_by"]) == (
        "cancelled",
        "Not needed.",
        "engineer",
    )


@pytest.mark.parametrize(
    ("verb", "words", "field"),
    [
        ("cancel", {}, "reason"),
        ("cancel", {"reason": "  "}, "reason"),
        ("hold", {"reason": ""}, "reason"),
        ("break_glass", {}, "reason"),
        ("roll_back", {}, "note"),
        ("review", {}, "text"),
        ("close", {"note": "Fine."}, "outcome"),
        ("close", {"note": "Fine.", "outcome": "great"}, "outcome"),
        ("close", {"outcome": "successful"}, "note"),
        ("submit", {"note": "Go."}, "note"),
        ("start", {"force": True}, "force"),
    ],
)
def test_a_verb_with_wrong_words_names_the_field_and_writes_nothing(verb, words, field):
    ref = filed()
    before = written()

    answer = caller("engineer").post(f"/changes/{ref}/{verb}", words)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert written() == before


def test_every_verb_on_an_unknown_change_is_not_found():
    words = {
        "votes": {"decision": "approve"},
        "checks": {"name": "n", "passed": True},
        "cancel": {"reason": "r"},
        "hold": {"reason": "r"},
        "break_glass": {"reason": "r"},
        "roll_back": {"note": "n"},
        "review": {"text": "t"},
        "close": {"outcome": "successful", "note": "n"},
    }
    paths = ("submit", "revise", "start", "finish", "resume", *words)

    answers = {
        path: caller("engineer").post(f"/changes/CHG-7777/{path}", words.get(path, {}))
        for path in paths
    }

    assert {path: one.status_code for path, one in answers.items()} == dict.fromkeys(paths, 404)


def test_the_timeline_tells_events_in_order_with_their_digests():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")

    answer = caller("engineer").get(f"/changes/{ref}/timeline")

    events = answer.json()
    assert [(one["position"], one["verb"], one["actor"]) for one in events] == [
        (1, "change.created", "engineer"),
        (2, "change.submitted", "engineer"),
    ]
    assert all(len(one["digest"]) == 64 for one in events)
    assert events[1]["data"]["to"] == "awaiting_approval"


def test_a_long_timeline_comes_in_parts():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    reader = caller("engineer")

    first = reader.get(f"/changes/{ref}/timeline", limit=1)
    rest = reader.get(f"/changes/{ref}/timeline", after=1)

    assert [one["position"] for one in first.json()] == [1]
    assert first["Link"].endswith('/timeline?after=1&limit=1>; rel="next"')
    assert [one["position"] for one in rest.json()] == [2]
    assert not rest.has_header("Link")
