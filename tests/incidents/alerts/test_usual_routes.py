"""A fresh installation makes incidents of what an Alertmanager posts on the first day."""

import importlib
import json

import pytest
from django.apps import apps

from catalog.models import Service
from incidents import complaints
from incidents.models import Alert, AlertRoute, Incident
from ledger import inbox
from ledger.inbox import sources
from tests.incidents.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("usual_routes")]


def posted(oncall, *labels: dict[str, str]) -> None:
    """Let an Alertmanager post alerts with these labels, and read them."""
    _, key = sources.make(actor=oncall, now=NOW, slug="am", name="AM", vendor="alertmanager")
    told = [
        {
            "status": "firing",
            "labels": one,
            "annotations": {},
            "startsAt": NOW.isoformat(),
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": f"{number:016x}",
        }
        for number, one in enumerate(labels)
    ]
    body = json.dumps({"groupKey": "{}:{}", "status": "firing", "alerts": told}).encode()
    inbox.receive(inbox.Arrived(slug="am", key=key, headers={}, body=body), now=NOW)
    inbox.work(now=NOW, limit=9)


def test_grave_alerts_declare_and_the_rest_is_listed_under_its_service(
    oncall, checkout, production
):
    team = checkout.owner_team
    for slug in ("search", "mail"):
        Service.objects.create(slug=slug, name=slug, owner_team=team)
    posted(
        oncall,
        {"alertname": "Errors", "service": "checkout", "severity": "page", "env": "production"},
        {"alertname": "Slow", "service": "checkout", "severity": "critical", "env": "production"},
        {"alertname": "Down", "app": "search", "severity": "critical"},
        {"alertname": "Disk", "service": "mail", "severity": "warning"},
        {"alertname": "Odd", "service": "nobody", "severity": "critical"},
        {"alertname": "Bare", "severity": "critical"},
    )

    found = {
        alert.title: (alert.service and alert.service.slug, alert.incident and alert.incident.title)
        for alert in Alert.objects.select_related("service", "incident")
    }
    assert found == {
        "Errors": ("checkout", "Errors"),
        "Slow": ("checkout", "Errors"),
        "Down": ("search", "Down"),
        "Disk": ("mail", None),
        "Odd": (None, None),
        "Bare": (None, None),
    }
    assert [one.environment for one in Incident.objects.order_by("id")] == [production, None]
    assert Alert.objects.get(title="Odd").unrouted_because == (
        "The route Grave alerts of a service takes its service from service, and “nobody” is no "
        "service here."
    )


def test_three_complaints_within_ten_minutes_declare(oncall, checkout):
    for number in range(3):
        assert not Incident.objects.exists()
        complaints.report(
            subject="I cannot pay",
            said_by="ada",
            actor=oncall,
            now=NOW,
            message_id=f"m-{number}",
            service=checkout,
        )

    assert (Incident.objects.get().severity, Incident.objects.get().alerts.count()) == (3, 3)


def test_routes_of_ones_own_come_first_and_are_never_added_to(oncall, checkout):
    migration = importlib.import_module("incidents.migrations.0016_usual_alert_routes")
    before = list(AlertRoute.objects.values_list("name", flat=True))
    assert before == [one["name"] for one in migration.ROUTES]
    mine = AlertRoute.objects.create(name="Mine", service=checkout, declares=False)
    posted(oncall, {"alertname": "Errors", "service": "checkout", "severity": "page"})
    assert Alert.objects.get().route == mine

    Alert.objects.all().delete()
    AlertRoute.objects.exclude(pk=mine.pk).delete()
    migration.add_rows(apps, None)
    assert list(AlertRoute.objects.all()) == [mine]
