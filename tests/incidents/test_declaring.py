"""Declaring from an alert or a failed change, and finding incidents by the address."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from catalog.models import User
from incidents import lifecycle
from incidents.models import Alert, Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(oncall, production) -> Client:
    client = Client()
    client.force_login(oncall, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def alert(checkout, production, now) -> Alert:
    return Alert.objects.create(
        source="prometheus",
        key="k",
        state="firing",
        title="5xx",
        occurrence="1",
        first_at=now,
        started_at=now,
        last_heard_at=now,
        service=checkout,
        environment=production,
        severity=2,
    )


def test_the_form_is_filled_in_by_the_alert_that_then_is_part_of_it(browser, alert, now):
    url = browser.get(f"/alerts/{alert.pk}").context["declare_url"]

    shown = browser.get(url).context["declare"]
    filled = {field.name: field.value() for field in shown.fields}
    assert shown.open
    assert filled["service"] == "checkout"
    given = {
        **{name: str(value) for name, value in filled.items() if value not in (None, "")},
        "onset_at": "2026-11-20T15:00",
    }
    answer = browser.post("/incidents/", given)

    incident = Incident.objects.get()
    assert answer["Location"] == f"/incidents/{incident.ref}"
    assert (incident.title, incident.severity, incident.service) == ("5xx", 2, alert.service)
    assert incident.onset_at < now
    alert.refresh_from_db()
    assert alert.incident == incident


def test_an_alert_of_another_incident_stays_there(declared, alert):
    first = declared(alerts=[alert.pk])

    declared(alerts=[alert.pk])

    alert.refresh_from_db()
    assert alert.incident == first


@pytest.mark.parametrize("onset", ["", "yesterday", "2026-11-20T15:00:00+00:00"])
def test_any_address_fills_in_what_it_can(browser, onset):
    query = urlencode({"title": "Down", "service": "moon", "severity": "x", "onset_at": onset})

    answer = browser.get(f"/incidents/?{query}")

    assert answer.status_code == 200
    assert answer.context["declare"].open


def test_severity_follows_from_the_matrix_on_the_page_too(browser, checkout):
    given = {"title": "Down", "service": "checkout", "impact": "1", "urgency": "1"}

    browser.post("/incidents/", given)
    nothing = browser.post("/incidents/", {"title": "Down", "service": "checkout"})

    assert Incident.objects.get().severity == 1
    assert nothing.status_code == 422


def test_incidents_are_found_by_the_address(browser, declared, oncall, now):
    one, other = declared(severity=1), declared(severity=3)
    lifecycle.assign_commander(ref=other.ref, commander=oncall, actor=oncall, now=now)

    def refs(query: str) -> list[str]:
        return [row.ref for row in browser.get(f"/incidents/?{query}").context["incidents"]]

    assert refs("severity=1") == [one.ref]
    assert refs("commander=oncall&service=checkout") == [other.ref]
    assert refs("service=moon") == []
    assert refs("view=all&severity=3") == [other.ref]
    assert browser.get("/incidents/?severity=9").status_code == 404


def test_a_stranger_may_declare_and_writes_no_more_than_that(alert, checkout):
    client = Client()
    client.force_login(User.objects.create_user("stranger"))
    given = {"title": "Down", "service": "checkout", "severity": "2", "alert": str(alert.pk + 9)}

    assert client.post("/incidents/", given).status_code == 303
    assert Alert.objects.get().incident is None
    assert Incident.objects.get().onset_at - Incident.objects.get().declared_at == timedelta()
