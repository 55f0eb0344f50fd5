"""What the gate says now for each service in each environment, in words. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from catalog.models import Environment, Service
from changes import windows
from changes.gate.verdict import Verdict, ruled
from changes.policies import Facts
from changes.queries.places import Places
from changes.windows import Interval
from ledger.decision import Reason

AHEAD: Final = timedelta(days=7)
#: Code of the first objection → the word for it, and how it looks.
LABELS: Final[dict[str, tuple[str, str]]] = {
    "freeze_active": ("Frozen", "freeze"),
    "outside_maintenance_window": ("Closed", "wait"),
    "environment_busy": ("Locked", "stop"),
    "incident_open": ("Held", "stop"),
    "review_overdue": ("Held", "stop"),
}
OPEN: Final = ("Open", "go")
SHUT: Final = ("Shut", "stop")


@dataclass(frozen=True, slots=True)
class Cell:
    """`decision` is the gate's word, `label` says it in the words of the calendar."""

    environment: str
    decision: str
    label: str
    look: str
    until: datetime | None
    message: str
    url: str


def grid(found: Places, *, now: datetime) -> list[dict[str, Any]]:
    """A row for each service, as the page shows them."""
    return [
        {
            "service": service,
            "cells": [
                cell(service, environment, facts, now=now)
                for environment, facts in zip(found.environments, row, strict=True)
            ],
        }
        for service, row in found.rows
    ]


def cell(service: Service, environment: Environment, facts: Facts, *, now: datetime) -> Cell:
    """What a normal change would be told: the word, until when, and its reasons in short."""
    said = ruled("explain", facts, wrong=(), now=now)
    asked = urlencode({"service": service.slug, "environment": environment.slug})
    return Cell(
        environment.name,
        said.word,
        *(LABELS.get(said.reasons[0].code, SHUT) if said.reasons else OPEN),
        _until(said, facts, now=now),
        "; ".join(dict.fromkeys(_short(reason) for reason in (*said.reasons, *said.warnings))),
        f"{reverse('gate-explain')}?{asked}",
    )


def _until(said: Verdict, facts: Facts, *, now: datetime) -> datetime | None:
    """When the word changes by itself: what shuts ends, or a freeze begins within a week."""
    if said.reasons:
        return said.next_allowed_at
    freeze = windows.next_freeze(facts.windows, Interval(now, now + AHEAD))
    return freeze.interval.starts_at if freeze else None


def _short(reason: Reason) -> str:
    """`Weekend freeze`, `INC-7`, `CHG-9 owes its votes`: the source in a few words."""
    match reason.code:
        case "outside_maintenance_window":
            return "no maintenance window"
        case "review_overdue":
            return f"{reason.source} owes its votes"
        case "freeze_overridden":
            return f"overridden by {reason.source}"
        case "incident_open":
            return f"{reason.source} is open"
    return reason.source.removeprefix("window ").removeprefix("policy rule ")
