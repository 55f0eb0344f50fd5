"""Each tool's own words become signals: what fires, where, how badly and since when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.doors import datadog, grafana, sentry, splunk, splunk_observability, zendesk
from incidents.signals import Link, Said, Signal
from tests.incidents.doors.said import (
    DATADOG,
    GRAFANA,
    OBSERVABILITY,
    RECEIVED_AT,
    SENTRY_ISSUE,
    SENTRY_METRIC,
    SPLUNK,
    ZENDESK,
    body,
    changed,
)

AT = datetime(2026, 11, 20, 22, 10, tzinfo=UTC)


def one(door: Any, told: Any, **headers: str) -> Signal:
    (signal,) = door.parse(body(told), headers, RECEIVED_AT)
    return signal


def test_grafana_tells_of_each_alert_of_a_group_apart():
    firing, resolved, _ = grafana.parse(body(GRAFANA), {}, RECEIVED_AT)

    assert firing == Signal(
        key="b1c11497b32ce15e",
        said=Said.FIRING,
        title="5xx ratio 8%",
        started_at=datetime(2026, 11, 20, 22, 10, 4, 512345, tzinfo=UTC),
        occurrence="2026-11-20T22:10:04.512345+00:00",
        severity=1,
        severity_word="critical",
        body="[ var='A' value=8.2 ]",
        service="checkout",
        environment="production",
        group='{}:{alertname="HighErrorRate"}',
        labels=GRAFANA["alerts"][0]["labels"],
        links=(
            Link("https://wiki.example/5xx", "runbook"),
            Link("https://grafana.example/alerting/grafana/x/view", "rule"),
            Link("https://grafana.example/alerting/silence/new", "silence"),
        ),
    )
    assert (resolved.said, resolved.severity) == (Said.RESOLVED, 3)
    assert resolved.ended_at == datetime(2026, 11, 20, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("DatasourceNoData", "No data for Error rate"),
        ("DatasourceError", "Could not be evaluated: Error rate"),
    ],
)
def test_a_rule_of_grafana_that_sees_nothing_says_so(name, title):
    labels = {"alertname": name, "rulename": "Error rate", "datasource_uid": "p"}
    group = changed(GRAFANA, alerts=[changed(GRAFANA["alerts"][0], labels=labels)])
    del group["truncatedAlerts"]

    assert one(grafana, group).title == title


@pytest.mark.parametrize(("count", "said"), [(3, Said.FIRING), (0, Said.RESOLVED)])
def test_what_grafana_left_out_is_an_alert_of_its_own(count, said):
    *_, gap = grafana.parse(body(changed(GRAFANA, truncatedAlerts=count)), {}, RECEIVED_AT)

    assert (gap.said, gap.group) == (said, GRAFANA["groupKey"])
    assert gap.title == f"Grafana left {count} alerts out of this group"


def test_datadog_fills_our_template_with_texts():
    signal = one(datadog, DATADOG)

    at = datetime(2026, 11, 20, 22, 10, 4, tzinfo=UTC)
    assert signal == Signal(
        key="c-1",
        occurrence="c-1",
        said=Said.FIRING,
        title="Checkout errors",
        started_at=at,
        severity=2,
        severity_word="P2",
        body="Errors are high.\nLook at the dashboard.",
        service="checkout",
        environment="production",
        group="a-1",
        labels={
            "service": "checkout",
            "env": "production",
            "monitor": "true",
            "monitor_id": "42",
            "scope": "service:checkout",
            "metric": "checkout.errors",
            "org_name": "Acme",
            "transition": "Triggered",
        },
        links=(Link("https://app.datadoghq.eu/monitors/42", "monitor"),),
    )


@pytest.mark.parametrize(
    ("transition", "said"),
    [
        ("Triggered", Said.FIRING),
        ("Re-Triggered", Said.FIRING),
        ("Warn", Said.FIRING),
        ("Re-Warn", Said.FIRING),
        ("No Data", Said.FIRING),
        ("Re-No Data", Said.FIRING),
        ("Renotify", Said.FIRING),
        ("Null", Said.FIRING),
        ("$ALERT_TRANSITION", Said.FIRING),
        ("Something new", Said.FIRING),
        ("Recovered", Said.RESOLVED),
    ],
)
def test_only_what_datadog_calls_recovered_is_over(transition, said):
    signal = one(datadog, changed(DATADOG, transition=transition))

    assert (signal.said, signal.key) == (said, "c-1")
    assert (signal.ended_at is not None) == (said is Said.RESOLVED)


def test_what_datadog_does_not_know_stays_unsaid():
    left = {
        name: f"${name.upper()}"
        for name in DATADOG
        if name not in ("schema", "monitor_id", "scope")
    }
    signal = one(datadog, changed(DATADOG, **left))

    assert signal == Signal(
        key="42 service:checkout",
        said=Said.FIRING,
        title="Monitor 42 service:checkout",
        started_at=RECEIVED_AT,
        group="42",
        labels={"monitor_id": "42", "scope": "service:checkout"},
    )


@pytest.mark.parametrize(
    ("given", "severity"),
    [
        ({"priority": "P1"}, 1),
        ({"priority": "P5"}, 4),
        ({"priority": "$ALERT_PRIORITY"}, 2),
        ({"priority": "$ALERT_PRIORITY", "transition": "Warn"}, 3),
        ({"priority": "$ALERT_PRIORITY", "type": "info"}, 4),
        ({"priority": "?", "type": "?"}, None),
    ],
)
def test_how_bad_it_is_for_datadog(given, severity):
    assert one(datadog, changed(DATADOG, **given)).severity == severity


def test_splunk_tells_once_and_the_result_says_where_and_how_bad():
    signal = one(splunk, SPLUNK)
    another = one(splunk, changed(SPLUNK, sid="later"))
    elsewhere = one(splunk, changed(SPLUNK, result={"service": "refunds"}))

    assert (signal.said, signal.severity, signal.service) == (Said.STATELESS, 2, "checkout")
    assert (signal.title, signal.occurrence) == ("Checkout 5xx", SPLUNK["sid"])
    assert (signal.started_at, signal.ended_at) == (RECEIVED_AT, None)
    assert signal.links == (Link(SPLUNK["results_link"], "results"),)
    assert signal.labels == {
        "service": "checkout",
        "severity": "P2",
        "count": "812",
        "alertname": "Checkout 5xx",
        "app": "search",
    }
    assert another.key == signal.key != elsewhere.key


def test_an_ad_hoc_search_of_splunk_has_no_name():
    signal = one(splunk, {**SPLUNK, "search_name": None})

    assert (signal.title, signal.labels["alertname"]) == ("A search of Splunk", "ad-hoc search")


def test_splunk_observability_tells_of_one_incident_of_a_detector():
    signal = one(splunk_observability, OBSERVABILITY)

    assert (signal.key, signal.said, signal.severity) == ("FkX1", Said.FIRING, 1)
    assert (signal.service, signal.environment, signal.started_at) == ("checkout", "prod", AT)
    assert (signal.title, signal.group) == ("5xx high", "E1x")
    assert signal.links == (Link(OBSERVABILITY["detectorUrl"], "detector"),)


@pytest.mark.parametrize("status", ["ok", "manually resolved", "stopped"])
def test_whatever_is_not_anomalous_is_over(status):
    signal = one(splunk_observability, changed(OBSERVABILITY, statusExtended=status))

    assert (signal.said, signal.ended_at) == (Said.RESOLVED, AT)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("New", Said.FIRING),
        ("Open", Said.FIRING),
        ("Pending", Said.FIRING),
        ("Solved", Said.RESOLVED),
        ("Closed", Said.RESOLVED),
    ],
)
def test_a_ticket_of_zendesk_fires_until_it_is_solved(status, said):
    signal = one(zendesk, changed(ZENDESK, status=status))

    assert (signal.key, signal.said, signal.severity) == ("35436", said, 2)
    assert (signal.title, signal.service) == ("I cannot pay", "checkout")
    assert signal.links == (Link("https://acme.zendesk.com/agent/tickets/35436", "ticket"),)
    assert "customer@example.org" not in str(signal.labels)


def test_tags_of_zendesk_may_be_written_with_a_slash():
    ticket = changed(ZENDESK, tags="service/refunds urgent", title="{{ticket.title}}")
    signal = one(zendesk, ticket)

    assert (signal.service, signal.title) == ("refunds", "Ticket 35436")


def test_an_issue_of_sentry_fires_until_somebody_resolves_it():
    told = one(sentry, SENTRY_ISSUE, **{sentry.RESOURCE: "event_alert"})
    issue = {"id": "1117540176", "title": "x", "level": "error", "project": {"slug": "checkout"}}
    over = one(
        sentry, {"action": "resolved", "data": {"issue": issue}}, **{sentry.RESOURCE: "issue"}
    )

    assert (told.key, told.said, told.severity) == ("issue 1117540176", Said.FIRING, 2)
    assert (told.service, told.environment, told.started_at) == ("checkout", "production", AT)
    assert (over.key, over.said, over.ended_at) == (told.key, Said.RESOLVED, RECEIVED_AT)


def test_a_metric_alert_of_sentry_begins_when_it_says():
    shown = {sentry.RESOURCE: "metric_alert"}
    told = one(sentry, SENTRY_METRIC, **shown)
    over = one(sentry, changed(SENTRY_METRIC, action="resolved"), **shown)

    assert (told.key, told.said, told.severity) == ("metric 12", Said.FIRING, 1)
    assert told.started_at == datetime(2026, 11, 20, 22, 8, tzinfo=UTC)
    assert (over.key, over.said) == ("metric 12", Said.RESOLVED)


@pytest.mark.parametrize("action", ["assigned", "whatever comes next"])
def test_what_says_nothing_of_whether_it_fires_is_no_signal(action):
    told = changed(SENTRY_METRIC, action=action)

    assert sentry.parse(body(told), {sentry.RESOURCE: "issue"}, RECEIVED_AT) == []
