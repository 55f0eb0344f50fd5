"""The timeline in words."""

import pytest

from changes import clocks, conflicts, gate, incident_links, runs
from changes.gate import keeping
from changes.gate.waiting import LEFT, WORDS
from changes.lifecycle import check_runs, suspending, tasks
from changes.lifecycle.moving import PAST
from changes.meetings import recording as meetings
from changes.overrides import recording
from changes.shown.timeline import SENTENCES, Line, lines
from changes.silences import following
from changes.states import Kind, State
from changes.waiting_runs import deciding, saying
from ledger import confirming, timeline
from tests import living
from tests.living import change_at

pytestmark = pytest.mark.usefixtures("settled")


def _told(ref: str) -> list[Line]:
    return lines(timeline.about(ref=ref))


def test_life_of_a_change_reads_as_sentences() -> None:
    change = change_at(State.CLOSED, risk="medium")

    assert [f"{line.actor} {line.sentence}" for line in _told(change.ref)] == [
        "engineer planned this change",
        "engineer submitted it for approval",
        "peer approved as peer of the owner team",
        "owner approved as peer of the owner team and service owner",
        "owner cast the last vote: it is scheduled",
        "engineer started it",
        "engineer finished it",
        "engineer closed it as successful",
    ]


def test_standard_change_is_told_why_nobody_voted() -> None:
    change = change_at(State.SCHEDULED, kind=Kind.STANDARD)

    assert [line.sentence for line in _told(change.ref)] == [
        "planned this change",
        "submitted it",
        "scheduled it: its template was approved beforehand",
    ]


def test_edit_tells_each_field_in_the_order_of_the_plan() -> None:
    change = change_at(State.SCHEDULED)
    fields = {
        "planned_end_at": living.at(240),
        "rollback_plan": "Restore.",
        "category": "network",
        "service": living.service("payments-api"),
    }
    living.say("edit", change, minutes=20, fields=fields)

    last = _told(change.ref)[-1]

    assert last.sentence == "edited the plan, which took it back to planning; 1 vote lapsed"
    assert [(one.label, one.before, one.after) for one in last.fields] == [
        ("Category", "Deployment", "Network"),
        ("Service", "refunds", "payments-api"),
        ("Planned end", "2026-11-18T12:00:00Z", "2026-11-18T13:00:00Z"),
    ]
    assert [label for label, _ in last.words] == ["Rollback"]


@pytest.mark.parametrize(
    ("verb", "more", "sentence", "note", "tone"),
    [
        ("hold", {"reason": "Wait."}, "put it on hold", "Wait.", "stop"),
        ("revise", {}, "took it back to planning; 1 vote lapsed", "", "plain"),
        ("cancel", {"reason": "Not needed."}, "cancelled it", "Not needed.", "off"),
    ],
)
def test_reason_stands_under_its_verb(
    verb: str, more: dict[str, str], sentence: str, note: str, tone: str
) -> None:
    change = change_at(State.SCHEDULED)
    living.say(verb, change, minutes=20, **more)

    last = _told(change.ref)[-1]

    assert (last.sentence, last.note, last.tone) == (sentence, note, tone)


def test_checks_and_rejections_are_told() -> None:
    change = change_at(State.VALIDATING)
    living.say("report_check", change, minutes=95, name="p99", passed=False, detail="812 ms")
    rejected = change_at(State.AWAITING_APPROVAL)
    living.vote(rejected, by="peer", decision="reject", comment="Too late at night.")

    check, (vote, back) = _told(change.ref)[-1], _told(rejected.ref)[-2:]

    assert (check.sentence, check.note, check.tone) == ("reported p99: failed", "812 ms", "stop")
    assert (vote.sentence, vote.tone) == ("rejected as peer of the owner team", "stop")
    assert (back.sentence, back.note) == ("sent it back to planning", "Too late at night.")


def test_answer_of_the_gate_about_a_change_stands_in_its_timeline() -> None:
    change = change_at(State.AWAITING_APPROVAL)
    gate.ask(
        gate.Question("refunds", "production", revision="4f1c2d9", change=change.ref),
        actor=living.person("ci"),
        now=living.at(30),
    )

    last = _told(change.ref)[-1]

    assert (last.subject, last.sentence, last.tone) == (
        "refunds/production",
        "asked the gate: not yet",
        "wait",
    )
    assert [reason["code"] for reason in last.reasons] == [
        "approvals_missing",
        "outside_planned_period",
    ]


RUNS = ("arrived", "given_up", "late", "end_refused")


def test_every_sentence_is_of_a_verb_that_is_recorded() -> None:
    recorded = {*PAST.values(), *keeping.VERBS.values(), *recording.PAST.values()}
    recorded |= {*WORDS.values(), LEFT, conflicts.FOUND, conflicts.CLEARED}
    recorded |= {*tasks.PAST.values(), confirming.FAILED, *clocks.VERBS.values()}
    recorded |= {check_runs.BEGUN, *suspending.DONE, *meetings.DONE, runs.ASKED, runs.NOTED}
    recorded |= {
        *deciding.VERBS.values(),
        saying.TOLD,
        "permit.revoked",
        *(f"run.{word}" for word in RUNS),
    }
    recorded |= {incident_links.PREPARED, following.SET, following.LIFTED, following.FAILED}
    spoken = {verb for verb in SENTENCES if not verb.startswith("deployment.")}

    assert spoken | {"change.check_reported"} == recorded | {"change.retroactively_approved"}
