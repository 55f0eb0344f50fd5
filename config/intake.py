"""Whose messages come in at `/hooks` and `/compat`, and who reads them."""

from changes.doors import argo_cd, github, pagerduty
from ledger.inbox.vendors import Vendor

VENDORS: tuple[Vendor, ...] = (argo_cd.VENDOR, github.VENDOR, pagerduty.VENDOR)
