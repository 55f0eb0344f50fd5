"""The audit page: counts before anything is taken, a sample with its evidence, the file."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import Client
from django.utils import timezone

from changes.queries import population as found
from ledger.models import Event
from tests.changes.audit.given import lived
from tests.living import events_of, person

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
TAKE = "/audit/population.zip"


def days(**given: str) -> dict[str, str]:
    """From yesterday to tomorrow, whatever the hour."""
    now = timezone.now()
    first, last = (now + timedelta(days=n) for n in (-1, 1))
    return {"since": f"{first:%Y-%m-%d}", "until": f"{last:%Y-%m-%d}", **given}


def unpacked(answer) -> tuple[bytes, dict]:
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        (name,) = [name for name in packed.namelist() if name != "manifest.json"]
        return packed.read(name), json.loads(packed.read("manifest.json"))


def test_counts_are_shown_before_anything_is_taken(signed_in: Open) -> None:
    lived()
    events = Event.objects.count()

    page = signed_in("auditor").get("/audit/", days())

    assert (page.status_code, page.context["total"]) == (200, 3)
    assert dict(page.context["groups"])["Kind"] == [("Emergency", 1), ("Normal", 2)]
    assert dict(page.context["groups"])["Outcome"] == [("None", 1), ("Successful", 2)]
    assert dict(page.context["flags"])["With a freeze overridden for them"] == 1
    assert Event.objects.count() == events


def test_the_page_begins_with_last_month_and_says_what_will_stand_there(signed_in: Open) -> None:
    page = signed_in("manager").get("/audit/")

    assert page.status_code == 200
    assert "Give a period" in page.content.decode()
    first, last = (page.context["form"].initial[name] for name in ("since", "until"))
    assert (first.day, (last + timedelta(days=1)).day) == (1, 1)


@pytest.mark.parametrize(("kind", "count"), [("csv", 3), ("json", 3)])
def test_what_is_taken_comes_with_a_manifest_that_fits(
    signed_in: Open, kind: str, count: int
) -> None:
    some = lived()

    answer = signed_in("auditor").post(TAKE, days(**{"as": kind}))

    file, manifest = unpacked(answer)
    rows = list(csv.DictReader(io.StringIO(file.decode()))) if kind == "csv" else json.loads(file)
    assert answer["Content-Type"] == "application/zip"
    assert [row["ref"] for row in rows] == [
        some[name].ref for name in ("overridden", "closed", "emergency")
    ]
    assert (manifest["rows"], manifest["sha256"]) == (count, sha256(file).hexdigest())
    assert (manifest["generated_by"], manifest["period"]["zone"]) == ("auditor", "UTC")
    assert [event.verb for event in events_of("population")] == ["population.exported"]


def test_a_sample_leads_to_the_evidence_of_each(signed_in: Open) -> None:
    lived()

    page = signed_in("auditor").get("/audit/", days(n="2", seed="Q4"))
    again = signed_in("auditor").get("/audit/", days(n="2", seed="Q4"))

    drawn = [change.ref for change in page.context["sample"]]
    assert len(drawn) == 2
    assert drawn == [change.ref for change in again.context["sample"]]
    assert all(f'href="/changes/{ref}/evidence"' in page.content.decode() for ref in drawn)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"since": "2026-11-20", "until": "2026-11-18"}, "The end must come after the beginning."),
        ({"since": "2019-01-01"}, "Ask for five years at most at once."),
        ({"since": "yesterday"}, "Give a day, such as 2026-03-31."),
        ({"since": ""}, "Give a day."),
        ({"since": "0001-01-01", "until": "9999-12-31"}, "Give a day from 2000 to 2199."),
        ({"environment": "moon"}, "Select a valid choice"),
        ({"service": "refund"}, "There is no service refund. Did you mean refunds?"),
        ({"team": "nobody"}, "There is no team nobody."),
        ({"n": "0", "seed": "x"}, "greater than or equal to 1"),
        ({"n": "5", "seed": ""}, "Give a seed: any word or number."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    signed_in: Open, given: dict[str, str], sentence: str
) -> None:
    events = Event.objects.count()

    page = signed_in("auditor").get("/audit/", days(**given))

    assert page.status_code == 422
    assert sentence in page.content.decode()
    if "seed" not in given:
        taken = signed_in("auditor").post(TAKE, days(**given))
        assert (taken.status_code, sentence in taken.content.decode()) == (422, True)
    assert Event.objects.count() == events


def test_more_than_a_worker_should_write_is_left_to_the_command(
    signed_in: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived()
    monkeypatch.setattr("changes.audit.AT_MOST", 2)

    page = signed_in("auditor").get("/audit/", days())
    taken = signed_in("auditor").post(TAKE, days())

    for answer, status in ((page, 200), (taken, 422)):
        assert answer.status_code == status
        assert "./run manage export_population" in answer.content.decode()
    assert events_of("population") == []


def test_counts_that_differ_stop_the_file_and_say_so(
    signed_in: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived()
    fewer = found._ROWS.replace("ORDER BY c.id", "AND c.kind = 'normal' ORDER BY c.id")
    monkeypatch.setattr(found, "_ROWS", fewer)

    answer = signed_in("auditor").post(TAKE, days())

    assert answer.status_code == 500
    assert "Not exported: the counts do not match." in answer.content.decode()
    assert events_of("population") == []


@pytest.mark.parametrize("name", ["engineer", "cab-1", "oncall", "stranger"])
def test_others_see_and_take_nothing(signed_in: Open, name: str) -> None:
    browser = signed_in(name)

    assert browser.get("/audit/", days()).status_code == 403
    assert browser.post(TAKE, days()).status_code == 403
    assert Client().get("/audit/").status_code == 302
    assert Client().post(TAKE, days()).status_code == 302
    assert events_of("population") == []


def test_a_file_is_not_taken_by_a_link(signed_in: Open) -> None:
    assert signed_in("auditor").get(TAKE, days()).status_code == 405


def test_the_audit_stands_in_the_navigation_of_who_may_enter_it(signed_in: Open) -> None:
    for name in ("auditor", "cab-1"):
        person(name).__class__.objects.filter(username=name).update(is_staff=True)

    shown = {
        name: 'href="/audit/"' in signed_in(name).get("/changes/zzz").content.decode()
        for name in ("auditor", "cab-1", "engineer")
    }

    assert shown == {"auditor": True, "cab-1": False, "engineer": False}


def test_the_page_takes_a_pinned_number_of_statements(signed_in: Open, statements) -> None:
    lived()
    asked = "&".join(f"{name}={value}" for name, value in days(n="3", seed="x").items())

    assert statements(signed_in("auditor"), f"/audit/?{asked}") == 6
