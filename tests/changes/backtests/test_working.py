"""A run over the past: what it finds, in chunks, cancelled, resumed, and by whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog.models import ServiceDependency
from changes import backtests, incident_links
from changes.incident_links import Said
from changes.models import Backtest, BacktestHit, Window
from changes.states import Kind, State
from incidents import lifecycle
from incidents import models as incidents
from ledger.decision import Refused
from tests import living
from tests.changes.backtests.past import AFTERWARDS, asked, lived, run
from tests.changes.policies.custom.given import is_
from tests.changes.rulebook.given import row
from tests.living import at, change_at, person

pytestmark = pytest.mark.django_db
HIGH = {"all": [is_("risk_level", "high")]}


@pytest.fixture(autouse=True)
def settled() -> None:
    living.settle()


def counts(job: Backtest) -> dict[str, Any]:
    names = ("total", "seen", "went_wrong", "met", "met_wrong", "met_followed")
    return {name: getattr(job, name) for name in names}


def test_a_rule_meets_what_it_would_have_refused():
    past = lived()

    job = run(asked(conditions=HIGH, verbs=["start"]))

    assert (job.state, job.ended_at) == ("done", at(AFTERWARDS))
    assert counts(job) == {
        "total": 4,
        "seen": 4,
        "went_wrong": 2,
        "met": 2,
        "met_wrong": 1,
        "met_followed": 1,
    }
    hits = job.hits.values_list("change", "verb", "at", "outcome", "went_wrong", "team", "service")
    assert list(hits) == [
        (
            past["good and high"].pk,
            "start",
            at(60),
            "successful",
            False,
            "payments",
            "payments-api",
        ),
        (past["failed and high"].pk, "start", at(60), "failed", True, "payments", "payments-api"),
    ]
    incident = job.hits.values_list("incident", flat=True)[0]
    assert incident is not None


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 100])
def test_chunks_of_any_size_find_the_same(rows: int):
    lived()

    job = run(asked(conditions={"all": [is_("tier", 1, "at_least")]}), rows=rows)

    assert (job.met, job.met_wrong, job.hits.count()) == (4, 2, 4)


def test_the_rule_is_asked_at_its_own_verbs_and_instants():
    lived()
    at_submit = [
        is_("time", "09:05", "after", zone="UTC"),
        is_("time", "09:06", "before", zone="UTC"),
    ]
    late = [is_("time", "10:59", "after", zone="UTC")]

    assert run(asked(conditions={"all": at_submit}, verbs=["submit"])).met == 4
    assert run(asked(conditions={"all": at_submit}, verbs=["start", "close"])).met == 0
    assert run(asked(conditions={"all": late}, verbs=["close"])).met == 4
    assert set(BacktestHit.objects.values_list("verb", flat=True)) == {"submit", "close"}


def test_an_incident_is_held_against_what_caused_it_alone():
    past = lived()
    named = past["failed and high"]
    broken = incidents.Incident.objects.get()
    said = Said(named.ref, broken.ref, "caused", note="It ran out of memory.")
    incident_links.link(said, actor=living.person("oncall"), now=at(AFTERWARDS))

    job = run(asked(conditions=HIGH, verbs=["start"]))

    held = dict(job.hits.values_list("change", "incident"))
    assert held == {past["good and high"].pk: None, named.pk: broken.pk}


def test_an_incident_that_began_after_the_start_was_not_open():
    change_at(State.CLOSED)
    living.incident(1, on="refunds", minutes=61)

    job = run(asked(conditions={"all": [is_("open_incidents", 1, "at_least")]}))

    assert (job.total, job.met) == (1, 0)


def test_an_incident_that_was_open_at_the_start_is_seen():
    living.incident(3, on="refunds", minutes=-60)
    major = living.incident(2, on="refunds", minutes=-30)
    change_at(State.CLOSED, kind=Kind.EMERGENCY, incident=major)

    assert run(asked(conditions={"all": [is_("open_incidents", 1)]})).met == 1
    assert run(asked(conditions={"all": [is_("answers_incident", True)]})).met == 1
    assert run(asked(conditions={"all": [is_("author_teams", "payments", "contains")]})).met == 1


def test_one_that_touched_it_in_its_environment_was_open_too_and_counts_once():
    told = {"title": "Down", "service": living.service("payments-api"), "severity": 1}
    by = {"actor": living.person("oncall"), "now": at(-60), "affected": [living.service()]}
    for where in ("staging", "production"):
        found = lifecycle.declare(environment=living.environment(where), **told, **by)
    ServiceDependency.objects.create(service=living.service(), needs=found.service)
    change_at(State.CLOSED, kind=Kind.EMERGENCY, incident=found)

    assert run(asked(conditions={"all": [is_("open_incidents", 1)]})).met == 1


def test_a_freeze_meets_what_started_in_it():
    lived()
    freeze = Window(name="Ten", starts_at=at(59), ends_at=at(61))
    after = Window(name="After", starts_at=at(61), ends_at=at(99))
    narrow = Window(name="Ten", starts_at=at(59), ends_at=at(61), services=["refunds"])

    met = [
        run(backtests.of_window(one, days=30, actor=person("manager"), now=at(AFTERWARDS))).met
        for one in (freeze, after, narrow)
    ]

    assert met == [4, 0, 2]


def test_a_recurring_freeze_is_read_in_the_zone_of_each_team():
    lived()
    weekly = Window(
        name="Wednesdays at eleven",
        recurrence="FREQ=WEEKLY;BYDAY=WE",
        first_date=at(0).date(),
        start_time=(at(0) + timedelta(hours=1, minutes=30)).time(),
        duration=timedelta(hours=1),
    )

    job = run(backtests.of_window(weekly, days=30, actor=person("manager"), now=at(AFTERWARDS)))

    assert job.met == 4  # 10:00 UTC is 11:00 in Amsterdam


def test_only_what_started_in_the_period_is_looked_at():
    lived()

    job = run(
        backtests.of_rule(
            row(conditions=HIGH), days=1, actor=person("manager"), now=at(60) + timedelta(days=1)
        )
    )
    later = run(
        backtests.of_rule(
            row(conditions=HIGH), days=1, actor=person("manager"), now=at(60.1) + timedelta(days=1)
        )
    )

    assert (job.total, later.total) == (4, 0)
    assert later.state == "done"


def test_a_run_that_stopped_half_way_goes_on_where_it_was():
    lived()
    job = asked(conditions={"all": [is_("tier", 1, "at_least")]})
    assert backtests.work(backtest=job.pk, now=at(AFTERWARDS), rows=3)
    half = Backtest.objects.get(pk=job.pk)
    assert (half.state, half.seen, half.hits.count()) == ("running", 3, 3)

    assert backtests.due(now=at(AFTERWARDS) + timedelta(seconds=29)) == []
    assert backtests.due(now=at(AFTERWARDS) + timedelta(seconds=30)) == [job.pk]

    whole = run(half, rows=3)
    assert (whole.state, whole.seen, whole.met, whole.hits.count()) == ("done", 4, 4, 4)
    assert backtests.due(now=at(AFTERWARDS) + timedelta(days=1)) == []


def test_a_run_nobody_began_is_handed_out_again():
    job = asked()

    assert backtests.due(now=at(AFTERWARDS) + timedelta(seconds=29)) == []
    assert backtests.due(now=at(AFTERWARDS) + timedelta(minutes=1)) == [job.pk]


def test_a_cancelled_run_keeps_what_it_found_and_goes_no_further():
    lived()
    job = asked(conditions={"all": [is_("tier", 1, "at_least")]})
    backtests.work(backtest=job.pk, now=at(AFTERWARDS), rows=2)

    backtests.cancel(backtest=job.pk, actor=person("manager"), now=at(AFTERWARDS + 1))

    assert not backtests.work(backtest=job.pk, now=at(AFTERWARDS + 2), rows=2)
    ended = Backtest.objects.get(pk=job.pk)
    assert (ended.state, ended.ended_at, ended.seen, ended.hits.count()) == (
        "cancelled",
        at(AFTERWARDS + 1),
        2,
        2,
    )
    again = backtests.cancel(backtest=job.pk, actor=person("manager"), now=at(AFTERWARDS + 5))
    assert again.ended_at == at(AFTERWARDS + 1)


def test_the_run_of_another_is_not_yours_to_cancel():
    job = asked()
    other = living.person("peer")
    other.groups.set(person("manager").groups.all())

    with pytest.raises(Refused, match="manager asked for this run, not peer") as refused:
        backtests.cancel(backtest=job.pk, actor=other, now=at(AFTERWARDS))

    assert refused.value.decision.codes == ("not_permitted",)
    assert Backtest.objects.get().state == "waiting"


@pytest.mark.parametrize("name", ["stranger", "cab-1", "auditor", "engineer", "ci"])
def test_only_change_managers_start_runs(name: str):
    with pytest.raises(Refused) as refused:
        asked(by=name)

    assert refused.value.decision.codes == ("not_permitted",)
    assert not Backtest.objects.exists()


def test_three_runs_at_once_are_enough():
    for _ in range(3):
        job = asked()
    with pytest.raises(Refused, match="3 runs of yours are going on") as refused:
        asked()
    assert refused.value.decision.codes == ("too_many_runs",)

    backtests.cancel(backtest=job.pk, actor=person("manager"), now=at(AFTERWARDS))
    assert asked().pk


@pytest.mark.parametrize("days", [0, -1, 1096])
def test_days_are_bounded(days: int):
    with pytest.raises(ValidationError, match="Give a number of days from 1 to 1095"):
        asked(days=days)


def test_what_only_opens_refuses_nothing():
    opening = Window(name="Night", effect="maintenance", starts_at=at(1), ends_at=at(2))

    with pytest.raises(ValidationError, match="A maintenance window refuses nothing"):
        backtests.of_window(opening, days=1, actor=person("manager"), now=at(5))


def test_a_run_that_cannot_go_on_says_why():
    job = asked()

    backtests.fail(backtest=job.pk, why="The moon is full.", now=at(AFTERWARDS))

    ended = Backtest.objects.get()
    assert (ended.state, ended.failure) == ("failed", "The moon is full.")
    assert not backtests.work(backtest=job.pk, now=at(AFTERWARDS))


def test_a_requirement_leaves_standard_changes_alone():
    living.template()
    change_at(State.CLOSED)
    change_at(State.CLOSED, kind=Kind.STANDARD, template=living.template())
    anything = {"all": [is_("tier", 1, "at_least")]}

    job = run(asked(conditions=anything, effect="require", authority="cab", verbs=["submit"]))

    assert (job.total, job.met) == (2, 1)


def test_a_chunk_takes_a_bounded_number_of_statements(django_assert_max_num_queries):
    lived()
    job = asked(conditions={"all": [is_("tier", 1, "at_least")]})

    with django_assert_max_num_queries(8):
        backtests.work(backtest=job.pk, now=at(AFTERWARDS))
