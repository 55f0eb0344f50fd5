"""Resolving waits until the figures are green twice, or a person says why not."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_httpserver import HTTPServer

from catalog.models import User
from config import recorded_rows
from incidents import lifecycle, resolution, rulebook
from incidents.models import Incident, PostmortemDuty, ResolutionCheck, ResolutionWatch
from ledger import timeline, verify
from ledger.decision import Refused
from tests.changes.sampling.prometheus import Prometheus, running

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def inside(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


def check(name: str = "errors", **given: Any) -> ResolutionCheck:
    words = {"query": "errors", "threshold": 0.05, "base_url": "http://127.0.0.1:9", **given}
    return ResolutionCheck.objects.create(name=name, **words)


def answers(httpserver: HTTPServer, *figures: float | None) -> None:
    """One figure for each question, in turn; None is no answer."""
    httpserver.clear()
    for one in figures:
        sample = [] if one is None else [{"metric": {}, "value": [1, str(one)]}]
        said = {"status": "success", "data": {"resultType": "vector", "result": sample}}
        httpserver.expect_ordered_request("/api/v1/query").respond_with_json(said)


def looked(*instants: datetime) -> None:
    for one in instants:
        resolution.begin(now=one)
        assert resolution.look_at_due(now=one)


def last(ref: str) -> dict[str, Any]:
    event = timeline.events_of(subject=ref).latest("position")
    return {"verb": event.verb, **event.data}


def refused(verb: Callable[..., Any], **given: Any) -> tuple[str, ...]:
    with pytest.raises(Refused) as problem:
        verb(**given)
    return tuple(one.message for one in problem.value.decision.reasons)


def test_green_twice_a_quarter_of_an_hour_apart_resolves_with_its_evidence(
    httpserver: HTTPServer, declared: Callable[..., Incident], oncall: User, now: datetime
):
    check(base_url=httpserver.url_for("/"))
    ref = declared(severity=2).ref
    answers(httpserver, 0.2, *[0.01] * 16)
    looked(now)
    early = refused(lifecycle.resolve, ref=ref, actor=oncall, now=now)
    looked(*(now + (place + 1) * MINUTE for place in range(16)))

    lifecycle.resolve(ref=ref, actor=oncall, now=now + 16 * MINUTE)

    assert early == ("errors is not green. 0.2, and must be < 0.05.",)
    told = last(ref)
    assert (told["verb"], told["verified"][0]["check"]) == ("incident.resolved", "errors")
    assert (told["verified"][0]["green_since"], told["verified"][0]["looks"]) == (
        "2026-11-20T16:01:00Z",
        17,
    )
    seen = verify.Seen(lambda seen: None)
    assert list(verify.faults(rows=recorded_rows.ROWS, seen=seen)) == []
    assert not resolution.look_at_due(now=now + timedelta(hours=1))


@pytest.mark.parametrize("verb", ["resolve", "close"])
def test_a_person_with_a_reason_goes_first_and_what_was_not_verified_is_told(
    verb: str, declared: Callable[..., Incident], oncall: User, now: datetime
):
    check()
    ref = declared().ref

    getattr(lifecycle, verb)(ref=ref, actor=oncall, now=now, note="The graph is broken, not we.")

    assert last(ref)["not_verified"] == [
        "Nobody has looked at errors: it must be green for 15 min."
    ]


@pytest.mark.parametrize("actor", ["tidegate", "robot"])
def test_neither_a_robot_nor_tidegate_goes_by_a_reason(
    actor: str, declared: Callable[..., Incident], now: datetime
):
    check()
    incident = declared()
    robot = User.objects.create(username="watcher", is_robot=True)
    who = robot if actor == "robot" else None

    assert len(refused(lifecycle.resolve, ref=incident.ref, actor=who, now=now, note="Ended.")) == 1

    incident.refresh_from_db()
    assert (incident.state, last(incident.ref)["verb"]) == ("declared", "incident.declared")


@pytest.mark.parametrize("given", [{"services": ["search"]}, {"is_active": False}])
def test_a_check_that_does_not_cover_it_asks_nothing(
    given: dict[str, Any], declared: Callable[..., Incident], oncall: User, now: datetime
):
    check(**given)

    ref = declared().ref

    lifecycle.resolve(ref=ref, actor=oncall, now=now)
    assert "verified" not in last(ref)


def test_no_answer_is_not_green_and_says_why(
    httpserver: HTTPServer, declared: Callable[..., Incident], oncall: User, now: datetime
):
    check(base_url=httpserver.url_for("/"))
    ref = declared().ref
    answers(httpserver, None)

    looked(now)

    assert refused(lifecycle.resolve, ref=ref, actor=oncall, now=now) == (
        "errors is not green. Prometheus knows no such series: the answer is empty.",
    )


def test_one_that_another_worker_took_is_left_to_it(
    declared: Callable[..., Incident], now: datetime
):
    check()
    declared()
    resolution.begin(now=now)
    row = ResolutionWatch.objects.get()
    row.due_at = now + MINUTE
    row.save()

    assert resolution.look_at_due(now=now) is False


@pytest.mark.parametrize(("severity", "owes"), [(1, 1), (2, 1), (3, 0)])
def test_a_major_one_owes_a_postmortem_once(
    severity: int,
    owes: int,
    declared: Callable[..., Incident],
    oncall: User,
    now: datetime,
):
    ref = declared(severity=severity).ref
    lifecycle.resolve(ref=ref, actor=oncall, now=now)
    lifecycle.reopen(ref=ref, actor=oncall, now=now + MINUTE, note="It is back.")
    lifecycle.resolve(ref=ref, actor=oncall, now=now + 2 * MINUTE)

    found = PostmortemDuty.objects.all()
    assert [one.due_at for one in found] == [now + timedelta(days=7)] * owes


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"services": ["nowhere"]}, "services"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"apart": timedelta(seconds=1)}, "apart"),
    ],
)
def test_a_row_that_cannot_be_is_refused(given: dict[str, Any], field: str, oncall: User, now):
    manager = User.objects.create(username="manager", is_superuser=True)
    row = ResolutionCheck(
        **{"name": "p99", "query": "p99", "threshold": 5, "base_url": "http://prom.example"} | given
    )

    with pytest.raises(ValidationError) as wrong:
        rulebook.save(row, actor=manager, now=now)

    assert list(wrong.value.message_dict) == [field]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    home: Path = tmp_path_factory.mktemp("prometheus")
    with running(home) as there:
        yield there


@pytest.mark.slow
def test_a_real_prometheus_answers(
    prometheus: Prometheus, declared: Callable[..., Incident], now: datetime
):
    rate = 'sum(rate(http_requests_total{service="refunds",code="500"}[10s]))'
    whole = 'sum(rate(http_requests_total{service="refunds"}[10s]))'
    check(base_url=prometheus.url, query=f"{rate} / {whole}")
    check("unknown", base_url=prometheus.url, query='up{service="$service"}')
    declared()
    resolution.begin(now=now)

    assert [resolution.look_at_due(now=now) for _ in range(3)] == [True, True, False]

    found = {row.check_row.name: row for row in ResolutionWatch.objects.all()}
    assert (found["errors"].green_since, found["errors"].last_value) == (now, 0.0)
    assert (found["unknown"].green_since, found["unknown"].word) == (None, "empty")
