"""The evidence of a change as a page that stands alone, and as files."""

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from changes.states import Kind, State
from tests import living
from tests.living import change_at

pytestmark = pytest.mark.usefixtures("today")
Open = Callable[[str], Client]
HOSTILE = "<script>alert(1)</script>{{ 7 }}"


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        *((Kind.NORMAL, state) for state in State),
        (Kind.EMERGENCY, State.CLOSED),
        (Kind.STANDARD, State.CLOSED),
    ],
)
def test_evidence_stands_in_every_state(kind: Kind, state: State, signed_in: Open) -> None:
    change = change_at(state, kind=kind)

    page = signed_in("auditor").get(f"/changes/{change.ref}/evidence")

    body = page.content.decode()
    assert page.status_code == 200
    assert f"Evidence of {change.ref}" in body
    assert "Not sealed yet." in body
    assert body.count("Does not hold") == 0


def test_the_file_is_the_page_and_loads_nothing(signed_in: Open) -> None:
    change = change_at(State.CLOSED)

    page = signed_in("auditor").get(f"/changes/{change.ref}/evidence")
    file = signed_in("auditor").get(f"/changes/{change.ref}/evidence.html")

    body = page.content.decode()
    style = body.partition("<style>")[2].partition("</style>")[0]
    allowed = f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    assert "Content-Disposition" not in page
    assert file["Content-Disposition"] == f'attachment; filename="{change.ref}-evidence.html"'
    assert [len(one.content.splitlines()) for one in (file, page)] == [len(body.splitlines())] * 2
    assert allowed in page["Content-Security-Policy"]
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert allowed.replace("'", "&#x27;") in body
    assert [word for word in ("<script", "<link", "<img", "src=", "@import") if word in body] == []


def test_whatever_people_write_stays_words(signed_in: Open) -> None:
    living.window(HOSTILE, starts=500, ends=501, reason=HOSTILE)
    change = change_at(State.CLOSED, title=HOSTILE, rollback_plan=HOSTILE, justification=HOSTILE)

    body = signed_in("auditor").get(f"/changes/{change.ref}/evidence").content.decode()

    assert "<script" not in body
    assert body.count("&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 }}") >= 3


def test_evidence_as_json_holds_the_whole_timeline_with_its_digests(signed_in: Open) -> None:
    change = change_at(State.CLOSED)

    answer = signed_in("auditor").get(f"/changes/{change.ref}/evidence.json")
    pack = json.loads(answer.content)

    assert answer["Content-Disposition"] == f'attachment; filename="{change.ref}-evidence.json"'
    assert [(one["verb"], one["digest"]) for one in pack["timeline"]] == [
        (event.verb, event.digest) for event in living.events_of(change.ref)
    ]
    assert {name: len(pack[name]) for name in pack["counts"]} == pack["counts"]
    assert pack["plans"][0]["digest"] == pack["votes"][0]["plan_digest"] == pack["plan_digest"]
    assert pack["exported_by"] == "auditor"


def test_who_may_read_a_change_may_read_its_evidence_and_nobody_else(signed_in: Open) -> None:
    change = change_at(State.CLOSED)

    for name in ("evidence", "evidence.html", "evidence.json"):
        path = f"/changes/{change.ref}/{name}"
        assert signed_in("stranger").get(f"/changes/{change.ref}").status_code == 200
        assert signed_in("stranger").get(path).status_code == 200
        assert Client().get(path)["Location"] == f"/sign-in?next={path}"
        assert signed_in("auditor").get(f"/changes/CHG-999999/{name}").status_code == 404
        assert signed_in("auditor").post(path).status_code in (403, 405)


def test_evidence_is_one_click_from_the_change_and_from_the_desk(signed_in: Open) -> None:
    change = change_at(State.AWAITING_APPROVAL)
    cab = living.person("cab-1")
    cab.is_staff = True
    cab.save()

    page = signed_in("engineer").get(f"/changes/{change.ref}").content.decode()
    desk = signed_in("cab-1").get(f"/admin/changes/change/{change.pk}/change/").content.decode()

    assert f'<a href="/changes/{change.ref}/evidence">Evidence</a>' in page
    assert f'<a href="/changes/{change.ref}/evidence">Evidence</a>' in desk


def test_evidence_takes_the_same_statements_for_one_vote_and_for_four(signed_in: Open) -> None:
    one, many = (change_at(State.SCHEDULED, **given) for given in ({}, {"risk": "high"}))
    browser = signed_in("auditor")
    counts = []
    for change in (one, many):
        with CaptureQueriesContext(connection) as page:
            browser.get(f"/changes/{change.ref}/evidence")
        counts.append(len(page))

    assert counts[0] == counts[1]
