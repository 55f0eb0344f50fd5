"""Checks and links that stand beside a change. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from changes.models import Change, Check, Deployment
from changes.policies.revoking import PermitGiven
from changes.states import UNSUCCESSFUL


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """`state` is passed, failed, running, or missing where it is required and not reported."""

    name: str
    state: str
    label: str
    detail: str = ""
    url: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Something outside the change that belongs to it; `url` may be empty."""

    label: str
    words: str
    url: str = ""
    at: datetime | None = None


def checks(
    required: Sequence[str], reported: Sequence[Check], *, running: Sequence[str] = ()
) -> list[ShownCheck]:
    """The last report of each check, after those that run and those nobody has reported."""
    names = {check.name for check in reported} | set(running)
    absent = [name for name in required if name not in names]
    return [
        *(ShownCheck(name, "running", "Running") for name in running),
        *(ShownCheck(name, "missing", "Not reported") for name in absent),
        *(
            ShownCheck(
                check.name,
                "passed" if check.passed else "failed",
                "Passed" if check.passed else "Failed",
                check.detail,
                web_address(check.url),
                check.reported_by.label if check.reported_by else "Tidegate",
                check.reported_at,
            )
            for check in reported
            if check.name not in running
        ),
    ]


def links(
    change: Change,
    deployments: Sequence[Deployment],
    *,
    permits: Sequence[PermitGiven] = (),
    takes_back: str = "",
) -> list[Link]:
    """What it answers, takes back and is made from; its evidence, permits and deployments."""
    found: list[Link] = []
    if change.incident:
        url = reverse("incident", args=[change.incident.ref])
        found.append(Link("Incident", f"{change.incident.ref} {change.incident.title}", url))
    elif went_wrong(change):
        found.append(Link("Incident", "Declare an incident about it", declare_url(change)))
    if takes_back:
        found.append(Link("Takes back", takes_back, reverse("change", args=[takes_back])))
    if change.template:
        version = f" (version {change.template_version})" if change.template_version else ""
        words = f"{change.template.slug}: {change.template.name}{version}"
        found.append(Link("Template", words, change.template.get_absolute_url()))
    for label, url in (
        ("Test evidence", change.test_evidence_url),
        ("Pull request", change.pull_request_url),
        ("Source", change.source_url),
    ):
        if url:
            found.append(Link(label, url.removeprefix("https://"), web_address(url)))
    if change.external_id:
        found.append(Link("External id", change.external_id))
    for permit in permits:
        worth = permit.standing(now=permit.given_at)
        words = f"{worth.capitalize()}, asked for by {permit.asked_by}"
        found.append(Link("Permit", words, reverse("permit", args=[permit.id]), permit.given_at))
    for one in deployments:
        far = f" to {one.percent} %" if one.percent else ""
        words = f"{one.get_status_display()}{far}, {one.reported_by.label}"
        found.append(Link("Deployment", words, at=one.at))
    return found


def went_wrong(change: Change) -> bool:
    """Whether it was rolled back or failed, as far as is said."""
    return change.rolled_back_at is not None or change.outcome in UNSUCCESSFUL


def declare_url(change: Change) -> str:
    """Declaring an incident, with what the change says filled in; it began when the change did."""
    told = {
        "title": f"{change.ref} went wrong: {change.title}"[:200],
        "service": change.service.slug,
        "environment": change.environment.slug,
        "onset_at": change.started_at.isoformat(timespec="minutes") if change.started_at else "",
        "description": f"{change.ref} was started, and went wrong.",
    }
    return f"{reverse('incidents')}?{urlencode(told)}"


def web_address(url: str) -> str:
    """The address where it is one of the web; anything else is shown and not linked."""
    return url if url.startswith(("https://", "http://")) else ""
