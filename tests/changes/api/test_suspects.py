"""Suspects of an incident, and how well they were ranked, over REST."""

import pytest

from changes.states import State
from tests.changes.api.world import caller
from tests.living import change_at, incident

pytestmark = pytest.mark.usefixtures("settled")


def test_every_component_of_every_suspect_is_told_and_what_came_too_late_apart():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)
    early = incident(2, minutes=30)

    told = caller("auditor").get(f"/incidents/{broken.ref.lower()}/suspects").json()

    (suspect,) = told.pop("suspects")
    assert told == {
        "incident": broken.ref,
        "onset_at": "2026-11-18T10:40:00Z",
        "since": "2026-11-15T10:40:00Z",
        "version": "1",
        "cannot_be_the_cause": [],
    }
    assert (suspect["change"], suspect["place"], suspect["ended_at"]) == (change.ref, 1, None)
    assert suspect["score"] == round(sum(one["points"] for one in suspect["components"]), 4)
    assert suspect["reason"].startswith("Ran when it began, started 40 min before; changed the")
    assert (suspect["relation"], suspect["decided_by"]) == (None, None)

    late = caller("auditor").get(f"/incidents/{early.ref}/suspects").json()
    assert late["suspects"] == []
    assert [(one["change"], one["reason"]) for one in late["cannot_be_the_cause"]] == [
        (change.ref, f"It started after {early.ref} began.")
    ]


def test_what_somebody_said_stands_beside_it_and_counts_for_precision():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)
    body = {"change": change.ref, "relation": "caused", "note": "Errors began with it."}
    oncall = caller("oncall", "changes:read", "incidents:write")

    oncall.post(f"/incidents/{broken.ref}/links", body)

    (suspect,) = oncall.get(f"/incidents/{broken.ref}/suspects").json()["suspects"]
    assert (suspect["relation"], suspect["decided_by"]) == ("caused", "oncall")
    span = "from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"
    found = caller("auditor").get(f"/audit/suspects?{span}").json()
    assert {name: found[name] for name in ("incidents", "precision_at_1", "precision_at_3")} == {
        "incidents": 1,
        "precision_at_1": 1.0,
        "precision_at_3": 1.0,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/incidents/INC-999999/suspects", 404),
        ("/incidents/nothing/suspects", 404),
        ("/audit/suspects", 422),
        ("/audit/suspects?from=x&to=y", 422),
    ],
)
def test_what_cannot_be_is_refused_in_words(path, status):
    assert caller("auditor").get(path).status_code == status
