"""Suspects of an incident, from changes as they are kept."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from catalog.models import Service, ServiceDependency
from changes import incident_links, suspects
from changes.incident_links import Said
from changes.models import Change, IncidentLink
from changes.queries import precision
from changes.states import Kind, State
from config.recorded_rows import ROWS
from incidents import alerts, signals
from incidents import lifecycle as incidents
from incidents.models import AffectedService, Alert, AlertRoute, Incident
from ledger import verify
from tests.living import at, change_at, environment, events_of, incident, person, say, service

pytestmark = pytest.mark.usefixtures("settled")


def ranked(broken: Incident, *, minutes: float = 500) -> list[str]:
    return [one.ref for one in suspects.of_incident(broken, now=at(minutes)).suspects]


def somewhere(slug: str, *, minutes: float, on: str = "refunds", severity: int = 3) -> Incident:
    """An incident that names its environment."""
    return incidents.declare(
        title="Refunds fail",
        service=service(on),
        severity=severity,
        environment=environment(slug),
        actor=person("oncall"),
        now=at(minutes),
    )


def caused(change: Change, broken: Incident, *, minutes: float = 300) -> IncidentLink:
    said = Said(change.ref, broken.ref, "caused", note="Errors began with it.")
    return incident_links.link(said, actor=person("oncall"), now=at(minutes))


def needs(*slugs: str) -> None:
    """Each service needs the next."""
    team = service().owner_team
    for slug in slugs:
        Service.objects.get_or_create(slug=slug, defaults={"name": slug, "owner_team": team})
    for one, other in itertools.pairwise(slugs):
        ServiceDependency.objects.create(service=service(one), needs=service(other))


def test_an_alert_that_began_earlier_clears_what_started_after_it():
    change = change_at(State.IMPLEMENTING)
    AlertRoute.objects.create(name="All", service=service(), grouping="service")
    for key, began in (("a1", 90), ("a2", 30)):
        told = signals.Signal(key=key, said=signals.Said.FIRING, title=key, started_at=at(began))
        alerts.take([told], source="am", now=at(100))
        broken = Incident.objects.get()
        found = suspects.of_incident(broken, now=at(110))

        assert (
            [one.ref for one in found.suspects],
            [f"CHG-{one.candidate.number}" for one in found.too_late],
        ) == (([change.ref], []) if key == "a1" else ([], [change.ref]))


def test_the_nearest_comes_first_then_what_it_needs_then_the_environment():
    needs("refunds", "queue", "disk", "power")
    changes = {
        slug: change_at(State.IMPLEMENTING, service=service(slug)).ref
        for slug in ("payments-api", "power", "disk", "queue", "refunds")
    }
    broken = somewhere("production", minutes=100)

    assert ranked(broken) == [
        changes[slug] for slug in ("refunds", "queue", "disk", "power", "payments-api")
    ]


def test_what_ran_in_another_environment_is_no_suspect():
    change_at(State.IMPLEMENTING)

    assert ranked(somewhere("staging", minutes=100)) == []


def test_without_an_environment_only_the_services_lead_to_a_change():
    change_at(State.IMPLEMENTING, service=service("payments-api"))
    own = change_at(State.IMPLEMENTING)

    assert ranked(incident(3, minutes=100)) == [own.ref]


def test_a_change_that_runs_for_days_is_found_and_one_that_ended_long_ago_is_not():
    long, ended = change_at(State.IMPLEMENTING), change_at(State.VALIDATING)
    days = 5 * 24 * 60

    found = ranked(incident(3, minutes=days), minutes=days)
    say("finish", long, minutes=days + 60)

    assert (found, ended.ref in found) == ([long.ref], False)
    assert ranked(incident(3, minutes=days + 120), minutes=days + 120) == [long.ref]


def test_what_has_not_started_or_answers_it_is_no_suspect():
    change_at(State.SCHEDULED)
    broken = incident(2, minutes=59)
    answer = change_at(State.IMPLEMENTING, kind=Kind.EMERGENCY, incident=broken)

    found = suspects.of_incident(broken, now=at(500))

    assert (found.suspects, found.too_late) == ((), ())
    assert answer.started_at == at(60)


def test_what_started_after_it_began_is_told_apart_for_a_day():
    change, broken = change_at(State.IMPLEMENTING), incident(3, minutes=59)

    early = suspects.of_incident(broken, now=at(59))
    later = suspects.of_incident(broken, now=at(500))
    old = suspects.of_incident(incident(3, minutes=-24 * 60), now=at(500))

    assert [len(one.too_late) for one in (early, later, old)] == [0, 1, 0]
    assert (later.suspects, later.too_late[0].candidate.number) == ((), change.pk)


def test_a_rollback_before_it_began_is_the_end_and_one_after_is_not():
    change = change_at(State.VALIDATING)
    say("roll_back", change, minutes=150, note="Errors.")

    def ended(minutes: float) -> Any:
        (one,) = suspects.of_incident(incident(3, minutes=minutes), now=at(900)).suspects
        return one.suspect.candidate.ended_at

    assert (ended(140), ended(150)) == (at(90), at(150))


def test_blast_is_the_share_of_alerting_services_that_stand_on_what_was_changed():
    needs("refunds", "queue")
    queue = change_at(State.IMPLEMENTING, service=service("queue"))
    other = change_at(State.IMPLEMENTING, service=service("payments-api"))
    reached = {
        one.ref: one.suspect.candidate.reached
        for one in suspects.of_incident(somewhere("production", minutes=100), now=at(500)).suspects
    }

    assert reached == {queue.ref: 1, other.ref: 0}


def test_the_services_whose_alerts_it_has_are_the_ones_that_count(settled: None):
    needs("refunds", "queue")
    queue = change_at(State.IMPLEMENTING, service=service("queue"))
    own = change_at(State.IMPLEMENTING)
    broken = somewhere("production", minutes=100)
    for slug in ("refunds", "payments-api"):
        Alert.objects.create(
            source="prometheus",
            key=slug,
            state="firing",
            title="Errors",
            service=service(slug),
            incident=broken,
            occurrence="1",
            first_at=at(95),
            started_at=at(95),
            last_heard_at=at(95),
        )

    blast = {
        one.ref: (one.suspect.candidate.reached, one.suspect.candidate.alerting)
        for one in suspects.of_incident(broken, now=at(500)).suspects
    }

    assert blast == {own.ref: (1, 2), queue.ref: (1, 2)}


def test_a_change_of_an_affected_service_is_as_near_as_one_of_its_own(settled: None):
    change = change_at(State.IMPLEMENTING, service=service("payments-api"))
    broken = incident(3, minutes=100)
    AffectedService.objects.create(incident=broken, service=change.service, since=at(100))

    (one,) = suspects.of_incident(broken, now=at(500)).suspects
    assert (one.ref, one.suspect.candidate.hops) == (change.ref, 0)


def test_history_counts_what_was_confirmed_before_it_began():
    first, second = change_at(State.IMPLEMENTING), change_at(State.IMPLEMENTING)
    earlier = incident(3, minutes=100)
    before = suspects.of_incident(earlier, now=at(500))
    caused(first, earlier, minutes=110)

    def causes(minutes: float) -> set[int]:
        found = suspects.of_incident(incident(3, minutes=minutes), now=at(500)).suspects
        return {one.suspect.candidate.caused for one in found}

    assert causes(110) == {0}
    assert causes(111) == {1}
    assert suspects.of_incident(earlier, now=at(900)) == before
    assert second.pk != first.pk


def test_whoever_decides_leaves_what_they_saw_with_the_link_and_in_the_ledger():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)
    (seen,) = suspects.of_incident(broken, now=at(300)).suspects

    row = caused(change, broken)

    assert row.weighed == seen.suspect.as_json(of=1)
    assert events_of(broken.ref)[-1].data["weighed"] == row.weighed
    assert list(verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))) == []
    IncidentLink.objects.update(weighed={**row.weighed, "score": 0.1})
    (fault,) = verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))
    assert fault.ref == row.ref


def test_a_change_nothing_leads_to_is_weighed_all_the_same_when_it_is_named():
    change = change_at(State.IMPLEMENTING, service=service("payments-api"))
    broken = incident(2, minutes=100)

    row = caused(change, broken)

    assert (ranked(broken), row.weighed["place"], row.weighed["of"]) == ([], 1, 1)
    assert {one["name"]: one["value"] for one in row.weighed["components"]}["topology"] == 0


def test_a_remedy_is_not_weighed():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)
    said = Said(change.ref, broken.ref, "fixes")

    assert incident_links.link(said, actor=person("oncall"), now=at(300)).weighed == {}


def test_precision_is_counted_by_incidents_with_a_confirmed_cause():
    far = [change_at(State.VALIDATING) for _ in range(3)]
    near = change_at(State.IMPLEMENTING)
    hit, miss = incident(3, minutes=200), incident(3, minutes=210)
    caused(near, hit)
    caused(far[0], miss)

    week = {"since": at(0) - timedelta(days=7), "until": at(301)}
    found = precision.of_period(**week)

    assert (found.incidents, found.at_1, found.at_3) == (2, 0.5, 0.5)
    caused(far[2], miss)
    assert precision.of_period(**week).at_3 == 1.0
    assert precision.of_period(since=at(301), until=at(400)).at_1 is None


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_one_statement_however_many_rows(rows: int, django_assert_num_queries: Any):
    for _ in range(rows):
        change_at(State.IMPLEMENTING)
    broken = somewhere("production", minutes=100)

    with django_assert_num_queries(1):
        assert len(suspects.of_incident(broken, now=at(500)).suspects) == rows
