"""Whose messages come in at `/hooks` and `/compat`, and who reads them."""

from changes.doors import argo_cd, github, pagerduty
from incidents.doors import (
    alertmanager,
    cloudwatch,
    datadog,
    grafana,
    mapped,
    opsgenie,
    sentry,
    splunk,
    splunk_observability,
    zendesk,
)
from ledger.inbox.vendors import Vendor

VENDORS: tuple[Vendor, ...] = (
    alertmanager.VENDOR,
    argo_cd.VENDOR,
    cloudwatch.VENDOR,
    datadog.VENDOR,
    github.VENDOR,
    grafana.VENDOR,
    mapped.CLOUDEVENTS,
    mapped.JSON,
    opsgenie.VENDOR,
    pagerduty.VENDOR,
    sentry.VENDOR,
    splunk.VENDOR,
    splunk_observability.VENDOR,
    zendesk.VENDOR,
)
