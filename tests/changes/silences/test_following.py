"""Silences follow changes: set, lifted, tried again, and never in a change's way."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_httpserver import HTTPServer

from changes import silences
from changes.models import AlertmanagerServer, Silence
from changes.rulebook import alertmanagers
from changes.states import State
from config.recorded_rows import ROWS
from ledger import verify
from ledger.decision import Refused
from tests.changes.deployments.given import permit_for, report
from tests.living import at, change_at, events_of, fresh, person, say

pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture(autouse=True)
def inside(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def server(httpserver: HTTPServer, settled: None) -> AlertmanagerServer:
    row = AlertmanagerServer(slug="main", name="Main", base_url=httpserver.url_for("/"))
    manager = person("manager")
    return alertmanagers.save(row, bearer="a-secret-token", actor=manager, now=at(0))


def worked(minutes: float) -> int:
    """How many silences a worker found due, so many minutes after nine."""
    silences.want(now=at(minutes))
    found = 0
    while silences.look_at_due(now=at(minutes)):
        found += 1
    return found


def sets(httpserver: HTTPServer, number: str = "5f2c") -> None:
    httpserver.expect_ordered_request("/api/v2/silences", method="POST").respond_with_json(
        {"silenceID": number}
    )


def verbs(ref: str) -> list[str]:
    return [one.verb for one in events_of(ref) if one.verb.startswith("silence.")]


def test_a_change_that_starts_is_silenced_until_it_is_finished(
    server: AlertmanagerServer, httpserver: HTTPServer
):
    change = change_at(State.IMPLEMENTING)
    sets(httpserver)
    httpserver.expect_ordered_request("/api/v2/silence/5f2c", method="DELETE").respond_with_data("")

    first, again = worked(61), worked(62)
    say("finish", change, minutes=90)
    lifted, after = worked(90), worked(95)

    (asked, _), (expired, _) = httpserver.log
    told = asked.json
    assert (first, again, lifted, after) == (1, 0, 1, 0)
    assert told["matchers"] == [
        {"name": "service", "value": "refunds", "isRegex": False, "isEqual": True}
    ]
    assert (told["startsAt"], told["endsAt"]) == ("2026-11-18T10:01:00Z", "2026-11-18T12:00:00Z")
    assert asked.headers["Authorization"] == expired.headers["Authorization"]
    assert asked.headers["Authorization"] == "Bearer a-secret-token"
    assert verbs(change.ref) == ["silence.set", "silence.lifted"]
    assert Silence.objects.get().state == "lifted"
    assert list(verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))) == []
    assert "a-secret-token" not in str([one.data for one in events_of(server.ref)])


def test_a_second_attempt_is_silenced_again(server: AlertmanagerServer, httpserver: HTTPServer):
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    sets(httpserver, "first")
    httpserver.expect_ordered_request("/api/v2/silence/first", method="DELETE").respond_with_data(
        ""
    )
    sets(httpserver, "second")
    report("started", permit=permit)
    worked(62)
    report("failed", permit=permit, minutes=80)
    worked(81)

    say("retry", change, minutes=85)
    again, after = worked(86), worked(87)

    assert (again, after) == (1, 0)
    assert httpserver.log[-1][0].json["endsAt"] == "2026-11-18T12:25:00Z"
    assert verbs(change.ref) == ["silence.set", "silence.lifted", "silence.set"]
    assert list(verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))) == []


@pytest.mark.parametrize(
    "given", [{"services": ["payments-api"]}, {"environments": ["staging"]}, {"is_active": False}]
)
def test_what_a_server_does_not_cover_is_not_silenced(server: AlertmanagerServer, given):
    AlertmanagerServer.objects.update(**given)
    change_at(State.IMPLEMENTING)

    assert worked(61) == 0


def test_one_that_answers_badly_is_tried_again_told_once_and_stops_nothing(
    server: AlertmanagerServer, httpserver: HTTPServer
):
    change = change_at(State.IMPLEMENTING)
    httpserver.expect_request("/api/v2/silences").respond_with_data("no space left", status=500)

    tried = [worked(61 + minute) for minute in range(0, 20, 2)]
    say("finish", change, minutes=90)
    worked(100)

    assert sum(tried) >= 4
    (event,) = [one for one in events_of(change.ref) if one.verb == "silence.failed"]
    assert event.data["reason"] == "It answered 500: no space left"
    assert fresh(change).state == State.VALIDATING


def test_it_is_given_up_when_it_would_be_over(server: AlertmanagerServer, httpserver: HTTPServer):
    change = change_at(State.IMPLEMENTING)
    httpserver.expect_request("/api/v2/silences").respond_with_data("", status=503)
    worked(61)

    worked(181)

    row = Silence.objects.get()
    assert (row.state, row.due_at) == ("given_up", None)
    assert events_of(change.ref)[-1].data["given_up"] is True


def test_one_whose_answer_was_lost_is_found_again_and_not_set_twice(
    server: AlertmanagerServer, httpserver: HTTPServer
):
    change = change_at(State.IMPLEMENTING)
    silences.want(now=at(61))
    Silence.objects.update(attempts=1, due_at=at(61))
    row = Silence.objects.get()
    comment = f"{change.ref} is being implemented (Tidegate silence {row.pk})."
    known = [
        {"id": "0ld", "comment": comment, "status": {"state": "expired"}},
        {"id": "5f2c", "comment": comment, "status": {"state": "active"}},
    ]
    httpserver.expect_request("/api/v2/silences", method="GET").respond_with_json(known)

    worked(61)

    assert (Silence.objects.get().number, Silence.objects.get().state) == ("5f2c", "set")
    assert [request.method for request, _ in httpserver.log] == ["GET"]


def test_one_that_another_worker_took_is_left_to_it(server: AlertmanagerServer):
    change_at(State.IMPLEMENTING)
    silences.want(now=at(61))
    Silence.objects.update(due_at=at(62))

    assert silences.look_at_due(now=at(61)) is False


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"services": ["nowhere"]}, "services"),
        ({"service_label": "a b"}, "service_label"),
        ({"longest": timedelta(days=2)}, "longest"),
    ],
)
def test_a_row_that_cannot_be_is_refused(settled: None, given: dict[str, Any], field: str):
    words = {"slug": "main", "name": "Main", "base_url": "http://am.example"} | given

    with pytest.raises(ValidationError) as wrong:
        alertmanagers.save(
            AlertmanagerServer(**words), bearer=None, actor=person("manager"), now=at(0)
        )

    assert (list(wrong.value.message_dict), AlertmanagerServer.objects.count()) == ([field], 0)


def test_only_change_managers_write_one(settled: None):
    row = AlertmanagerServer(slug="main", name="Main", base_url="http://am.example")

    with pytest.raises(Refused):
        alertmanagers.save(row, bearer=None, actor=person("stranger"), now=at(0))
