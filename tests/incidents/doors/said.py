"""What each tool posts, as its vendor documents it; the tests change a copy."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

RECEIVED_AT = datetime(2026, 11, 20, 22, 10, 30, tzinfo=UTC)
GRAFANA = {
    "receiver": "tidegate",
    "status": "firing",
    "orgId": 1,
    "version": "1",
    "groupKey": '{}:{alertname="HighErrorRate"}',
    "truncatedAlerts": 0,
    "groupLabels": {"alertname": "HighErrorRate"},
    "commonLabels": {"alertname": "HighErrorRate"},
    "commonAnnotations": {},
    "externalURL": "https://grafana.example/",
    "title": "[FIRING:1] HighErrorRate",
    "state": "alerting",
    "message": "…",
    "alerts": [
        {
            "status": "firing",
            "labels": {
                "alertname": "HighErrorRate",
                "service": "checkout",
                "env": "production",
                "severity": "critical",
            },
            "annotations": {"summary": "5xx ratio 8%", "runbook_url": "https://wiki.example/5xx"},
            "startsAt": "2026-11-20T22:10:04.512345678Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://grafana.example/alerting/grafana/x/view",
            "fingerprint": "b1c11497b32ce15e",
            "silenceURL": "https://grafana.example/alerting/silence/new",
            "dashboardURL": "",
            "panelURL": "",
            "values": {"A": 8.2},
            "valueString": "[ var='A' value=8.2 ]",
        },
        {
            "status": "resolved",
            "labels": {"alertname": "HighErrorRate", "service": "refunds", "severity": "minor"},
            "annotations": {},
            "startsAt": "2026-11-20T22:02:00Z",
            "endsAt": "2026-11-20T22:09:00Z",
            "generatorURL": "",
            "fingerprint": "5308e11450d376b3",
        },
    ],
}
DATADOG = {
    "schema": "incidents.datadog/1",
    "id": "7391",
    "monitor_id": "42",
    "cycle_key": "c-1",
    "aggreg_key": "a-1",
    "transition": "Triggered",
    "type": "error",
    "event_type": "query_alert_monitor",
    "priority": "P2",
    "title": "[P2] [Triggered] Checkout errors",
    "alert_title": "Checkout errors",
    "body": "Errors are high.\nLook at the dashboard.",
    "metric": "checkout.errors",
    "query": "avg(last_5m):…",
    "scope": "service:checkout",
    "status": "…",
    "host": "$HOSTNAME",
    "tags": "service:checkout,env:production,monitor",
    "date": "1795212604000",
    "last_updated": "1795212604000",
    "url": "https://app.datadoghq.eu/monitors/42",
    "org_id": "9",
    "org_name": "Acme",
    "snapshot": "$SNAPSHOT",
}
SPLUNK = {
    "sid": "scheduler__admin__search__RMD5_at_1763676000_77",
    "search_name": "Checkout 5xx",
    "app": "search",
    "owner": "admin",
    "results_link": "https://splunk.example:8000/app/search/@go?sid=scheduler_77",
    "result": {"service": "checkout", "severity": "P2", "count": "812"},
}
OBSERVABILITY = {
    "severity": "Critical",
    "status": "anomalous",
    "statusExtended": "anomalous",
    "incidentId": "FkX1",
    "detector": "checkout errors",
    "detectorId": "E1x",
    "detectorUrl": "https://app.eu0.signalfx.com/#/detector/E1x/edit?incidentId=FkX1",
    "rule": "5xx",
    "eventType": "_SF_PLOT_KEY_E1x_1_1",
    "originatingMetric": "http.5xx",
    "detectOnCondition": "when(A > threshold(10))",
    "inputs": {
        "A": {"key": {"service": "checkout"}, "value": "81", "fragment": "data('http.5xx')"},
        "_S1": {"value": "10", "fragment": "threshold(10)"},
    },
    "dimensions": {"env": "prod"},
    "messageTitle": "5xx high",
    "messageBody": "…",
    "runbookUrl": None,
    "orgId": "Dxyz",
    "sf_schema": 2,
    "timestamp": "2026-11-20T22:10:00Z",
    "src": "SIGNALFX",
}
ZENDESK = {
    "schema": "incidents.zendesk/1",
    "ticket_id": "35436",
    "title": "I cannot pay",
    "status": "Open",
    "priority": "Urgent",
    "requester": "customer@example.org",
    "tags": "service:checkout vip",
    "url": "acme.zendesk.com/agent/tickets/35436",
    "updated_at": "2026-11-20T22:10:00Z",
}
SENTRY_ISSUE = {
    "action": "triggered",
    "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    "installation": {"uuid": "a8e5d37a"},
    "data": {
        "event": {
            "event_id": "e4874d664c3540c1a32eab185f12c5ab",
            "issue_id": "1117540176",
            "title": "ReferenceError: heck is not defined",
            "culprit": "checkout in pay",
            "level": "error",
            "datetime": "2026-11-20T22:10:00.000000Z",
            "project": 1,
            "tags": [["environment", "production"], ["service", "checkout"]],
            "web_url": "https://sentry.example/organizations/acme/issues/1117540176/",
        },
        "triggered_rule": "Very important",
    },
}
SENTRY_METRIC = {
    "action": "critical",
    "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    "installation": {"uuid": "a8e5d37a"},
    "data": {
        "metric_alert": {
            "id": "4",
            "identifier": "12",
            "alert_rule": {"name": "Errors per minute", "environment": "production"},
            "date_started": "2026-11-20T22:08:00Z",
            "date_closed": None,
        },
        "description_text": "1000 events in the last 10 minutes",
        "description_title": "Critical: Errors per minute",
        "web_url": "https://sentry.example/organizations/acme/alerts/12/",
    },
}


def changed(told: dict[str, Any], **given: Any) -> dict[str, Any]:
    """A copy with these fields; None takes one away."""
    copy = {**deepcopy(told), **given}
    return {name: value for name, value in copy.items() if value is not None}


def body(told: Any) -> bytes:
    return json.dumps(told).encode()
