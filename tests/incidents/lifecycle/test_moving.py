"""From state to state: what is stamped, what is passed, what is recorded."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from catalog.models import User
from config import recorded_rows
from incidents import lifecycle, queries
from ledger import timeline, verify
from ledger.decision import Refused

pytestmark = pytest.mark.django_db


def told(ref: str) -> list[tuple[str, dict]]:
    return [
        (
            event.verb,
            {
                name: said
                for name, said in event.data.items()
                if name not in ("row_digest", "rows", "postmortem_due_at")
            },
        )
        for event in timeline.events_of(subject=ref)
    ][1:]


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


def test_an_incident_goes_its_way_and_every_step_says_when_and_by_whom(declared, oncall, now):
    ref = declared().ref
    later = [now + timedelta(minutes=10 * place) for place in range(1, 5)]

    lifecycle.acknowledge(ref=ref, actor=oncall, now=later[0])
    lifecycle.mitigate(ref=ref, actor=oncall, now=later[1], note=" Traffic moved away. ")
    lifecycle.resolve(ref=ref, actor=oncall, now=later[2], note="Rolled back.")
    lifecycle.close(ref=ref, actor=oncall, now=later[3], note="A bad index.")

    row = queries.by_ref(ref)
    assert (row.state, row.is_open) == ("closed", False)
    assert [row.acknowledged_at, row.mitigated_at, row.resolved_at, row.closed_at] == later
    people = [row.acknowledged_by, row.mitigated_by, row.resolved_by, row.closed_by]
    assert people == [oncall] * 4
    assert (row.resolution, row.closing_note) == ("Rolled back.", "A bad index.")
    assert told(ref) == [
        ("incident.acknowledged", {}),
        ("incident.mitigated", {"note": "Traffic moved away."}),
        ("incident.resolved", {"note": "Rolled back."}),
        ("incident.closed", {"note": "A bad index."}),
    ]
    assert broken() == []


def test_closing_passes_what_was_not_said_and_tells_it(declared, oncall, now):
    ref = declared().ref

    lifecycle.close(ref=ref, actor=oncall, now=now + timedelta(hours=1), note="A false alarm.")

    row = queries.by_ref(ref)
    assert {row.acknowledged_at, row.mitigated_at, row.resolved_at, row.closed_at} == {
        now + timedelta(hours=1)
    }
    passed = ["acknowledged", "mitigated", "resolved"]
    assert told(ref) == [("incident.closed", {"note": "A false alarm.", "passed": passed})]
    assert broken() == []


def test_a_reopened_incident_is_open_and_keeps_its_first_acknowledgement(declared, oncall, now):
    ref = declared().ref
    lifecycle.acknowledge(ref=ref, actor=oncall, now=now + timedelta(minutes=2))
    lifecycle.close(ref=ref, actor=oncall, now=now + timedelta(hours=1), note="Rolled back.")

    again = now + timedelta(hours=2)
    lifecycle.reopen(ref=ref, actor=oncall, now=again, note="Errors are back.")

    row = queries.by_ref(ref)
    assert (row.state, row.is_open, row.reopened_at, row.reopened_by) == (
        "acknowledged",
        True,
        again,
        oncall,
    )
    assert row.acknowledged_at == now + timedelta(minutes=2)
    assert (row.mitigated_at, row.resolved_at, row.closed_at, row.closed_by) == (None,) * 4
    assert (row.resolution, row.closing_note) == ("", "")
    assert told(ref)[-1] == ("incident.reopened", {"note": "Errors are back.", "was": "closed"})
    assert broken() == []


def test_tidegate_itself_declares_and_resolves(declared, now):
    ref = declared(actor=None, onset_at=now - timedelta(minutes=7)).ref

    lifecycle.resolve(ref=ref, actor=None, now=now, note="Every alert is resolved.")

    row = queries.by_ref(ref)
    assert (row.declared_by, row.resolved_by, row.acknowledged_by) == (None, None, None)
    assert row.onset_at == now - timedelta(minutes=7)
    assert [event.actor for event in timeline.events_of(subject=ref)] == ["tidegate"] * 2
    assert broken() == []


def test_an_onset_that_lies_ahead_is_refused(declared, now):
    with pytest.raises(ValidationError, match="lies ahead"):
        declared(onset_at=now + timedelta(seconds=1))


@pytest.mark.parametrize("verb", ["acknowledge", "mitigate", "resolve", "reopen"])
def test_a_stranger_moves_nothing(declared, now, oncall, verb):
    ref = declared().ref
    if verb == "reopen":
        lifecycle.mitigate(ref=ref, actor=oncall, now=now)
    before = (queries.by_ref(ref).state, told(ref))
    stranger = User.objects.create_user("stranger")

    with pytest.raises(Refused) as refused:
        getattr(lifecycle, verb)(ref=ref, actor=stranger, now=now, note="Mine.")

    assert refused.value.decision.codes == ("not_permitted",)
    assert (queries.by_ref(ref).state, told(ref)) == before


def test_saying_it_twice_is_refused_with_what_is_so(declared, oncall, now):
    ref = declared().ref
    lifecycle.acknowledge(ref=ref, actor=oncall, now=now)

    with pytest.raises(Refused) as refused:
        lifecycle.acknowledge(ref=ref, actor=oncall, now=now)

    assert str(refused.value) == (
        f"{ref} is acknowledged, since Fri 20 Nov 16:00 UTC. "
        "Nothing need be done: somebody said so before you."
    )


@pytest.mark.parametrize("note", ["", "  "])
def test_reopening_says_what_is_back(declared, oncall, now, note):
    ref = declared().ref
    lifecycle.resolve(ref=ref, actor=oncall, now=now)

    with pytest.raises(ValidationError, match="Say what is back"):
        lifecycle.reopen(ref=ref, actor=oncall, now=now, note=note)
    assert queries.by_ref(ref).state == "resolved"
