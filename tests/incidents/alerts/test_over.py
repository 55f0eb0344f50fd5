"""Firings that were over when they were heard of: kept, counted, shown, and waking nobody."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from incidents import alerts
from incidents.models import Alert, AlertOccurrence, Incident
from incidents.signals import Said, Signal
from ledger import timeline
from tests.incidents.conftest import NOW

pytestmark = pytest.mark.django_db


def at(minutes: float):
    return NOW + timedelta(minutes=minutes)


def told(began: float, ended: float | None = None, *, key: str = "a1", of: str = "") -> Signal:
    """That it began, or that it ended; `of` is the tool's word for the firing."""
    said, end = (Said.FIRING, None) if ended is None else (Said.RESOLVED, at(ended))
    return Signal(
        key=key,
        said=said,
        title=f"{key} is bad",
        started_at=at(began),
        ended_at=end,
        occurrence=of,
        severity=2,
    )


def take(*signals: Signal, heard: float) -> alerts.Taken:
    with transaction.atomic():
        return alerts.take(signals, source="am", now=at(heard))


def verbs(incident: Incident) -> list[str]:
    events = timeline.events_of(subject=incident.ref)
    return [event.verb.removeprefix("incident.") for event in events]


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param([told(0), told(0, 3)], id="both in one message, without words"),
        pytest.param([told(0, of="1"), told(0, 3, of="1")], id="both in one message"),
        pytest.param([told(0, 3, of="1")], id="the end alone"),
        pytest.param([told(0, 3, of="1"), told(0, of="1")], id="the end first"),
    ],
)
def test_it_is_kept_with_its_times_and_declares_nothing(signals, route, oncall):
    route()
    taken = take(*signals, heard=5)
    take(*signals[-1:], heard=6)

    alert, firing = Alert.objects.get(), AlertOccurrence.objects.get()
    assert (taken.began, taken.ended, taken.incidents) == (1, 1, set())
    assert (alert.state, alert.started_at, alert.ended_at) == ("resolved", at(0), at(3))
    assert (alert.occurrences, alert.was_over, alert.heard) == (1, True, len(signals) + 1)
    assert alert.group is not None
    assert firing.group == alert.group
    assert not Incident.objects.exists()
    client = Client()
    client.force_login(oncall, backend="django.contrib.auth.backends.ModelBackend")
    assert list(client.get("/alerts?view=missed").context["alerts"]) == [alert]
    assert "before we heard of it" in client.get(f"/alerts/{alert.pk}").content.decode()

    take(told(7, of="2" if signals[0].occurrence else ""), heard=7)
    alert.refresh_from_db()
    assert (alert.was_over, alert.flaps, alert.incident) == (False, 1, Incident.objects.get())
    assert list(client.get("/alerts?view=missed").context["alerts"]) == []


@pytest.mark.parametrize("resolves", [False, True])
def test_the_third_in_ten_minutes_declares_though_none_fires_any_more(route, resolves):
    route(grouping="service", threshold=3, resolves=resolves)
    take(told(-20, -19, of="0"), heard=-18)
    take(told(0, of="1"), told(0, 1, of="1"), heard=2)
    take(told(4, 5, key="a2", of="1"), heard=6)
    assert not Incident.objects.exists()

    take(told(8, 9, of="2"), heard=9)

    incident = Incident.objects.get()
    assert (incident.onset_at, incident.severity) == (at(0), 2)
    assert set(incident.alerts.values_list("key", flat=True)) == {"a1", "a2"}
    assert incident.alert_firings.count() == 3
    wanted = ["declared", "alerts_joined", "alerts_ended", *(["resolved"] if resolves else [])]
    assert verbs(incident) == wanted


def test_one_that_fires_still_counts_with_those_that_are_over(route):
    route(grouping="service", threshold=2)
    take(told(0, 1, of="1"), heard=3)

    take(told(5, key="a2", of="1"), heard=5)

    incident = Incident.objects.get()
    assert incident.onset_at == at(0)
    assert (incident.alerts.count(), incident.alert_firings.count()) == (2, 2)
    assert verbs(incident) == ["declared", "alerts_joined"]


def test_it_joins_an_open_incident_and_moves_its_beginning_but_raises_nothing(route):
    route(grouping="service")
    take(told(0), heard=0)
    incident = Incident.objects.get()
    Incident.objects.filter(pk=incident.pk).update(severity=3)

    take(told(-60, -55, key="long ago", of="1"), heard=1)
    take(told(-4, -2, key="just before", of="1"), heard=2)

    incident.refresh_from_db()
    assert (incident.onset_at, incident.severity) == (at(-4), 3)
    keys = incident.alerts.order_by("key").values_list("key", flat=True)
    assert list(keys) == ["a1", "just before"]
    assert Alert.objects.get(key="long ago").was_over
    assert verbs(incident) == ["declared", "alerts_joined", "alerts_joined", "onset_moved"]


@pytest.mark.parametrize("began", [-8, -10])
def test_one_told_late_counts_where_its_alert_is_and_may_be_the_one_that_lacked(route, began):
    route(grouping="service", threshold=2)
    take(told(0, of="2"), heard=0)

    take(told(began, began + 1, of="1"), heard=1)

    alert = Alert.objects.get()
    assert (alert.state, alert.occurrence, alert.was_over) == ("firing", "2", False)
    assert AlertOccurrence.objects.filter(group=alert.group).count() == 2
    declared = [one.onset_at for one in Incident.objects.all()]
    assert declared == ([at(-8)] if began == -8 else [])
