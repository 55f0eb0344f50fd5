"""Populations over REST."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from ledger.models import Event
from tests.changes.api.world import Caller, caller, filed, said, scheduled

pytestmark = pytest.mark.usefixtures("organisation")
PATH = "/audit/population"


def period(**given: str) -> dict[str, str]:
    now = datetime.now(UTC)
    first, last = now - timedelta(days=1), now + timedelta(days=1)
    return {"from": first.isoformat(), "to": last.isoformat(), **given}


def test_a_population_comes_with_its_manifest_and_is_recorded():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/cancel", {"reason": "Not needed."})
    running = scheduled()
    caller("engineer").post(f"/changes/{running}/start", {})

    answer = caller("auditor", "changes:read").get(PATH, **period())
    started = caller("manager").get(PATH, **period(by="started_at", kind="normal"))

    octets = b"".join(answer.streaming_content)
    told = json.loads(octets)
    changes = octets.partition(b',"changes":')[2][:-1]
    manifest = told["manifest"]
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert [one["ref"] for one in told["changes"]] == [ref]
    assert manifest["sha256"] == sha256(changes).hexdigest()
    assert (manifest["rows"], manifest["counts"]["total"]) == (1, 1)
    assert [one["ref"] for one in json.loads(b"".join(started.streaming_content))["changes"]] == [
        running
    ]
    assert said("population") == ["population.exported"] * 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"to": "2020-01-01T00:00:00Z"}, "to"),
        ({"from": "2015-01-01T00:00:00Z"}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"environment": "moon"}, "environment"),
        ({"service": "nothing"}, "service"),
        ({"team": "nobody"}, "team"),
        ({"by": "created_at"}, "by"),
        ({"kind": "odd"}, "kind"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_asked_for_is_told_by_field(given: dict[str, str], field: str):
    answer = caller("auditor").get(PATH, **period(**given))

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert said("population") == []


def test_too_many_changes_are_left_to_the_command(monkeypatch):
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/cancel", {"reason": "Not needed."})
    monkeypatch.setattr("changes.audit.AT_MOST", 0)

    answer = caller("auditor").get(PATH, **period())

    assert answer.json()["errors"] == {
        "from": [
            "These are 1 changes; 0 at most are exported at once. Narrow the period, or run "
            "manage.py export_population."
        ]
    }


def test_only_auditors_and_change_managers_take_populations():
    before = Event.objects.count()

    answers = {
        "nobody": Caller(),
        "engineer": caller("engineer"),
        "stranger": caller("stranger"),
        "robot": caller("ci"),
        "gate alone": caller("auditor", "gate"),
        "limited": caller("auditor", services=("payments-api",)),
    }
    answers = {name: one.get(PATH, **period()).status_code for name, one in answers.items()}

    assert answers.pop("nobody") == 401
    assert set(answers.values()) == {403}
    assert Event.objects.count() == before
