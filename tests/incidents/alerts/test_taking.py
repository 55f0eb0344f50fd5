"""Alerts are kept once each, routed, and made incidents of; all of it recorded."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from incidents import alerts, lifecycle
from incidents.models import Alert, AlertOccurrence, AlertRoute, Incident
from incidents.signals import Link
from ledger import timeline
from tests.incidents.conftest import NOW

pytestmark = pytest.mark.django_db


def verbs(incident: Incident) -> list[str]:
    events = timeline.events_of(subject=incident.ref)
    return [event.verb.removeprefix("incident.") for event in events]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_an_alert_that_no_route_takes_is_kept_and_says_why(say, route, checkout):
    taken = say("a1", "firing", severity=2, labels={"team": "x"}, links=(Link("https://g", "G"),))

    alert = Alert.objects.get()
    assert (taken.began, taken.ended, taken.incidents) == (1, 0, set())
    assert (alert.source, alert.key, alert.state, alert.severity) == ("am", "a1", "firing", 2)
    assert (alert.unrouted_because, alert.service, alert.incident) == (
        "No route matches it.",
        None,
        None,
    )
    assert (alert.labels, alert.links) == ({"team": "x"}, [{"url": "https://g", "text": "G"}])
    assert (alert.first_at, alert.started_at, alert.last_heard_at) == (NOW, NOW, NOW)

    route(service=None, service_label="service")
    say("a1", "firing", after=1, labels={"team": "x"})
    alert.refresh_from_db()
    assert alert.unrouted_because == "The route Everything needs a label service: it has none."

    say("a1", "firing", after=2, labels={"service": "shop"})
    alert.refresh_from_db()
    assert alert.unrouted_because == (
        "The route Everything takes its service from service, and “shop” is no service here."
    )

    say("a1", "firing", after=3, labels={"service": "checkout"})
    alert.refresh_from_db()
    assert (alert.unrouted_because, alert.service, alert.heard) == ("", checkout, 4)


def test_an_alert_declares_an_incident_that_began_when_it_fired(say, route, checkout, production):
    route(environment_label="env", matchers='severity_word=~"crit.*"')
    taken = say(
        "a1",
        "firing",
        started_at=NOW - minutes(7),
        severity=1,
        severity_word="critical",
        labels={"env": "production"},
        body="5xx is 8 %",
    )

    incident = Incident.objects.get()
    assert taken.incidents == {incident.ref}
    assert (incident.title, incident.severity, incident.service) == ("a1 is bad", 1, checkout)
    assert (incident.environment, incident.state) == (production, "declared")
    assert (incident.onset_at, incident.declared_at) == (NOW - minutes(7), NOW)
    assert incident.declared_by is None
    assert incident.description == "Declared by the alert route “Everything”.\n\n5xx is 8 %"
    assert Alert.objects.get().incident == incident
    assert AlertOccurrence.objects.get().incident == incident
    assert verbs(incident) == ["declared", "alerts_joined"]


def test_repetitions_tell_nobody(say, route):
    route()
    for minute in range(5):
        say("a1", "firing", after=minute)

    alert = Alert.objects.get()
    assert (alert.heard, alert.occurrences, alert.last_heard_at) == (5, 1, NOW + minutes(4))
    assert Incident.objects.count() == 1
    assert verbs(Incident.objects.get()) == ["declared", "alerts_joined"]


def test_alerts_of_a_group_join_its_open_incident(say, route):
    route(grouping="labels", group_labels="alertname")
    for key in ("a1", "a2", "a3"):
        say(key, "firing", labels={"alertname": "Errors"})
    say("b1", "firing", labels={"alertname": "Latency"})

    first, second = Incident.objects.order_by("id")
    assert list(first.alerts.order_by("key").values_list("key", flat=True)) == ["a1", "a2", "a3"]
    assert list(second.alerts.values_list("key", flat=True)) == ["b1"]
    assert verbs(first) == ["declared", "alerts_joined", "alerts_joined"]
    told = timeline.events_of(subject=first.ref).last()
    assert told.data == {"firings": 2, "route": "Everything", "titles": ["a2 is bad"]}


def test_one_resolved_alert_resolves_nothing_until_all_have_ended(say, route):
    route(grouping="service")
    say("a1", "firing")
    say("a2", "firing")
    say("a1", "resolved", after=1)
    incident = Incident.objects.get()
    assert "alerts_ended" not in verbs(incident)

    say("a2", "resolved", after=2)

    assert verbs(incident)[-1] == "alerts_ended"
    incident.refresh_from_db()
    assert incident.state == "declared"
    say("a2", "firing", after=3)
    assert verbs(incident)[-1] == "alerts_fire_again"
    assert Alert.objects.get(key="a2").incident == incident


def test_a_route_may_resolve_the_incident_once_all_have_ended(say, route):
    route(resolves=True)
    say("a1", "firing")

    say("a1", "resolved", after=1)

    incident = Incident.objects.get()
    assert (incident.state, incident.resolved_by) == ("resolved", None)
    assert verbs(incident)[-2:] == ["alerts_ended", "resolved"]


def test_after_an_incident_is_over_the_next_firing_declares_another(say, route, oncall, now):
    route()
    say("a1", "firing")
    first = Incident.objects.get()
    lifecycle.close(ref=first.ref, note="Rolled back.", actor=oncall, now=now)
    say("a1", "firing", after=1)
    assert Incident.objects.count() == 1
    say("a1", "resolved", after=2)

    say("a1", "firing", after=3)

    alert, second = Alert.objects.get(), Incident.objects.latest("id")
    assert second != first
    assert (alert.incident, alert.occurrences, alert.flaps) == (second, 2, 1)
    assert [one.incident for one in alert.firings.order_by("id")] == [first, second]


def test_a_threshold_waits_for_the_third_firing_within_its_minutes(say, route):
    route(grouping="service", threshold=3, threshold_minutes=10)
    say("a1", "firing")
    say("a2", "firing", after=8)
    say("a3", "firing", after=11)
    assert not Incident.objects.exists()

    say("a4", "firing", after=13)

    incident = Incident.objects.get()
    assert incident.alerts.count() == 4
    assert incident.onset_at == NOW


def test_a_route_that_declares_nothing_only_says_whose_an_alert_is(say, route, checkout):
    route(declares=False, severity=4)
    say("a1", "firing")
    say("a1", "resolved", after=1)

    alert = Alert.objects.get()
    assert (alert.service, alert.severity, alert.group, alert.incident) == (checkout, 4, None, None)
    assert not Incident.objects.exists()


def test_the_first_route_that_matches_takes_it(say, route):
    route(name="Last", order=300)
    wanted = route(name="Second", order=200, matchers="team=pay")
    route(name="Off", order=1, is_active=False)
    route(name="Elsewhere", order=100, matchers='team!="pay"')
    say("a1", "firing", labels={"team": "pay"})

    assert Alert.objects.get().route == wanted


def test_an_alert_not_heard_of_again_ends_by_itself(say, route, now):
    route(ends_after_minutes=5, resolves=True)
    say("a1", "firing")
    say("a1", "firing", after=3)
    assert alerts.end_overdue(now=now + minutes(7), limit=9) == 0

    assert alerts.end_overdue(now=now + minutes(8), limit=9) == 1

    alert = Alert.objects.get()
    assert (alert.state, alert.ended_at) == ("resolved", NOW + minutes(8))
    assert (alert.ends_by_itself_at, alert.last_heard_at) == (None, NOW + minutes(3))
    assert alert.firings.get().ended_by == "time"
    assert Incident.objects.get().state == "resolved"


def test_what_is_told_without_an_end_lasts_an_hour(say, now):
    say("a1", "stateless")

    assert Alert.objects.get().ends_by_itself_at == NOW + minutes(60)


def test_an_alert_ends_when_its_tool_said_it_would(say, now):
    say("a1", "firing", lasts_until=NOW + minutes(4), occurrence="1")
    assert alerts.end_overdue(now=now + minutes(5), limit=9) == 1

    say("a1", "firing", after=6, started_at=NOW, lasts_until=NOW + minutes(10), occurrence="1")

    alert = Alert.objects.get()
    assert (alert.state, alert.occurrences, alert.flaps) == ("firing", 1, 1)
    assert alert.started_at == NOW


def test_a_clock_a_year_off_never_decides_the_onset(say, route):
    route(grouping="service")
    say("a1", "firing", started_at=NOW - timedelta(days=365), occurrence="x")
    say("a2", "firing", started_at=NOW + timedelta(days=365), occurrence="y")

    assert Incident.objects.get().onset_at == NOW
    assert set(AlertOccurrence.objects.values_list("clock_is_off", flat=True)) == {True}
    assert AlertOccurrence.objects.get(word="x").said_at == NOW - timedelta(days=365)


def test_a_merged_incident_gets_the_alerts_of_the_other(say, route, declared, oncall, now):
    route(grouping="service")
    say("a1", "firing")
    first, other = Incident.objects.get(), declared()
    lifecycle.close(ref=first.ref, note="The same as the other.", actor=oncall, now=now)
    Incident.objects.filter(pk=first.pk).update(folded_into=other, folded_as="merged")

    say("a2", "firing", after=1)

    assert Alert.objects.get(key="a2").incident == other
    assert Incident.objects.count() == 2


def test_an_end_that_says_no_more_leaves_what_was_said(say, route, checkout):
    route(matchers='team="pay"')
    said = {"labels": {"team": "pay"}, "severity": 2, "body": "5xx"}
    say("a1", "firing", **said)
    say("a2", "firing", labels={"team": "web"})

    say("a1", "resolved", after=1, title="")
    say("a2", "resolved", after=1, title="")

    first, second = Alert.objects.order_by("key")
    assert (first.title, first.labels, first.severity) == ("a1 is bad", {"team": "pay"}, 2)
    assert (first.body, first.service, first.last_heard_at) == ("5xx", checkout, NOW + minutes(1))
    assert (second.title, second.unrouted_because) == ("a2 is bad", "No route matches it.")


def test_keys_and_texts_of_any_length_are_kept(say):
    say("k" * 5000, "firing", title="t" * 5000, service="s" * 999, labels={"l" * 500: "v" * 5000})
    say("k" * 5000, "firing", after=1)

    alert = Alert.objects.get()
    assert (len(alert.key), len(alert.title), alert.heard) == (64, 300, 2)


def test_firing_on_tells_what_fires_or_did_since(say, route, checkout, production, now):
    route(environment_label="env", declares=False)
    say("a1", "firing", severity=2, labels={"env": "production"})
    say("a2", "firing", severity=1)
    say("a3", "firing", after=1)
    say("a3", "resolved", after=2)

    def keys(**given):
        return [one.key for one in alerts.firing_on([checkout.pk], **given)]

    assert keys() == ["a2", "a1"]
    assert keys(since=now + minutes(1)) == ["a2", "a1", "a3"]
    assert keys(since=now + minutes(3), environment_id=production.pk) == ["a2", "a1"]
    assert keys(environment_id=production.pk + 1) == ["a2"]


def test_the_database_keeps_an_alert_once(say):
    say("a1", "firing")
    alert = Alert.objects.get()
    alert.pk = None
    with pytest.raises(IntegrityError, match="alert_is_kept_once"), transaction.atomic():
        alert.save(force_insert=True)
    assert AlertRoute.objects.count() == 0
