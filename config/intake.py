"""Whose messages come in at `/hooks` and `/compat`, and who reads them."""

from changes.doors import argo_cd, github, pagerduty
from incidents.doors import alertmanager, opsgenie
from ledger.inbox.vendors import Vendor

VENDORS: tuple[Vendor, ...] = (
    alertmanager.VENDOR,
    argo_cd.VENDOR,
    github.VENDOR,
    opsgenie.VENDOR,
    pagerduty.VENDOR,
)
