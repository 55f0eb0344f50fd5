"""Populations in files: complete, counted twice, told by a manifest, recorded."""

import csv
import io
import json
from hashlib import sha256

import pytest

from changes import audit
from changes.audit.exporting import Manifest, differences
from changes.queries import population as found
from changes.queries.population import COLUMNS
from ledger.decision import Refused
from ledger.models import Event
from tests.changes.audit.given import lived, whole
from tests.living import at, events_of, person

pytestmark = pytest.mark.usefixtures("settled")


def taken(form: str = "csv", *, who: str = "auditor", **narrowed: str) -> tuple[bytes, Manifest]:
    """The file somebody takes, and its manifest."""
    file, asked = io.BytesIO(), whole(**narrowed)
    manifest = audit.export(asked, form=form, into=file, actor=person(who), now=at(700))
    return file.getvalue(), manifest


def rowstaken(octets: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(octets.decode())))


def test_every_change_that_ended_is_there_and_counted() -> None:
    some = lived()

    octets, manifest = taken()

    rows = rowstaken(octets)
    assert [row["ref"] for row in rows] == [
        some[name].ref for name in ("overridden", "closed", "emergency")
    ]
    assert manifest.as_json()["counts"] == {
        "total": 3,
        "kind": {"emergency": 1, "normal": 2},
        "state": {"cancelled": 1, "closed": 2},
        "outcome": {"": 1, "successful": 2},
        "month": {"2026-11": 3},
        "emergency": 1,
        "overridden": 1,
        "without_approval": 0,
        "deployed_without_permit": 0,
    }
    assert (manifest.rows, manifest.sha256) == (3, sha256(octets).hexdigest())


def test_a_period_can_be_told_by_when_changes_started() -> None:
    some = lived()

    rows = rowstaken(taken(who="manager")[0])
    started = rowstaken(taken(by="started_at")[0])

    assert len(rows) == 3
    assert [row["ref"] for row in started] == [
        some[name].ref for name in ("unproved", "closed", "emergency")
    ]
    assert started[0]["deployed_without_permit"] == "yes"
    assert [row["started_at"] for row in started] == [
        "2026-11-18T10:01:00Z",
        "2026-11-18T10:00:00Z",
        "2026-11-18T10:00:00Z",
    ]


@pytest.mark.parametrize(
    ("narrowed", "names"),
    [
        ({"kind": "emergency"}, ["emergency"]),
        ({"service": "payments-api"}, []),
        ({"environment": "staging"}, []),
        ({"team": "payments", "environment": "production"}, ["overridden", "closed", "emergency"]),
    ],
)
def test_a_population_is_narrowed(narrowed: dict[str, str], names: list[str]) -> None:
    some = lived()

    octets, manifest = taken(**narrowed)

    assert [row["ref"] for row in rowstaken(octets)] == [some[name].ref for name in names]
    assert (manifest.filters, manifest.rows) == (narrowed, len(names))


def test_json_and_csv_hold_the_same() -> None:
    lived()

    plain = rowstaken(taken("csv")[0])
    octets, manifest = taken("json")
    told = json.loads(octets)

    assert list(told[0]) == list(COLUMNS) == list(plain[0])
    assert [row["ref"] for row in told] == [row["ref"] for row in plain]
    assert [row["approvers"] for row in told] == [row["approvers"].split() for row in plain]
    assert manifest.sha256 == sha256(octets).hexdigest()
    assert json.loads(taken("json", kind="standard")[0]) == []


def test_what_a_spreadsheet_would_run_is_only_words() -> None:
    some = lived()

    rows = {row["ref"]: row for row in rowstaken(taken()[0])}

    assert rows[some["closed"].ref]["title"] == "'=HYPERLINK(1)"


def test_that_it_was_taken_is_recorded_with_the_whole_manifest() -> None:
    lived()
    before = Event.objects.order_by("-at", "-id")[0]

    _, manifest = taken(service="refunds")

    (event,) = events_of("population")
    assert (event.verb, event.actor, event.at) == ("population.exported", "auditor", at(700))
    assert event.about == ["service:refunds"]
    assert {**event.data, "columns": list(COLUMNS)} == json.loads(json.dumps(manifest.as_json()))
    assert event.data["newest_event"]["digest"] == before.digest
    assert event.data["period"]["by"] == "ended_at"


def test_a_file_that_does_not_match_the_count_is_refused_loudly(monkeypatch) -> None:
    lived()
    monkeypatch.setattr(
        found, "_ROWS", found._ROWS.replace("ORDER BY", "AND c.kind = 'normal' ORDER BY")
    )
    events = Event.objects.count()

    with pytest.raises(audit.CountsDiffer, match="Of total the database counts 3, and"):
        taken()

    assert Event.objects.count() == events


def test_differences_are_named_by_group_and_value() -> None:
    one = {"total": {"": 2}, "state": {"closed": 2}}
    other = {"total": {"": 2}, "state": {"closed": 1, "cancelled": 1}}

    assert list(differences(one, one)) == []
    assert list(differences(one, other)) == [
        "Of state cancelled the database counts 0, and 1 were written.",
        "Of state closed the database counts 2, and 1 were written.",
    ]


@pytest.mark.parametrize("name", ["engineer", "cab-1", "oncall", "stranger", "ci"])
def test_nobody_else_takes_a_population(name: str) -> None:
    events = Event.objects.count()

    with pytest.raises(Refused, match=f"{name} is neither"):
        taken(who=name)

    assert Event.objects.count() == events
