"""Holds and open incidents: what stops a change whatever the calendar says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from changes.policies import may
from changes.policies.facts import HoldFacts, IncidentFacts
from changes.states import Kind, State
from tests.changes.policies.given import HOUR, INCIDENT, NOW, facts

VERBS = ("start", "deploy")
HELD = HoldFacts("manager", datetime(2026, 11, 17, 8, tzinfo=UTC), "The vendor is on holiday.")


@pytest.mark.parametrize(
    ("verb", "state", "kind"),
    [
        ("submit", State.PLANNING, Kind.NORMAL),
        ("revise", State.SCHEDULED, Kind.NORMAL),
        ("approve", State.AWAITING_APPROVAL, Kind.STANDARD),
        ("start", State.SCHEDULED, Kind.NORMAL),
        ("deploy", State.SCHEDULED, Kind.NORMAL),
        ("break_glass", State.AWAITING_APPROVAL, Kind.EMERGENCY),
        ("hold", State.PLANNING, Kind.NORMAL),
    ],
)
def test_a_held_change_does_not_move(verb: str, state: State, kind: Kind) -> None:
    decision = may(verb, facts(state, kind, hold=HELD), now=NOW)

    assert [(r.code, r.message, r.remedy, r.until) for r in decision.reasons] == [
        (
            "on_hold",
            "manager put it on hold Tue 17 Nov 09:00 CET: The vendor is on holiday.",
            "Resume CHG-1 first, or cancel it.",
            None,
        )
    ]


@pytest.mark.parametrize(
    ("verb", "state"),
    [("resume", State.SCHEDULED), ("cancel", State.SCHEDULED), ("edit", State.PLANNING)],
)
def test_a_held_change_can_be_resumed_cancelled_and_edited(verb: str, state: State) -> None:
    assert may(verb, facts(state, hold=HELD), now=NOW).codes == ()


@pytest.mark.parametrize("verb", [*VERBS, "explain"])
@pytest.mark.parametrize(
    ("severity", "codes"), [(1, ("incident_open",)), (2, ("incident_open",)), (3, ()), (4, ())]
)
def test_a_major_incident_stops_changes_that_do_not_answer_it(
    verb: str, severity: int, codes: tuple[str, ...]
) -> None:
    incident = replace(INCIDENT, severity=severity)

    assert may(verb, facts(State.SCHEDULED, open_incidents=(incident,)), now=NOW).codes == codes


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.EMERGENCY])
def test_the_change_that_answers_the_incident_starts_and_others_stay_named(kind: Kind) -> None:
    other = IncidentFacts("INC-8", 1, is_open=True, declared_at=NOW - HOUR)
    asked = facts(State.SCHEDULED, kind, incident=INCIDENT, open_incidents=(INCIDENT, other))

    decision = may("start", asked, now=NOW)

    assert [(r.code, r.message, r.remedy, r.source) for r in decision.reasons] == [
        (
            "incident_open",
            "INC-8 (SEV-1) is open on refunds since Wed 18 Nov 10:00 CET.",
            "Resolve INC-8, or answer it with an emergency change.",
            "INC-8",
        )
    ]
