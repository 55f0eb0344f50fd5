"""Where a new change starts: blank, from a template, as a copy, or from an incident."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from catalog.models import Environment, Service, User
from changes.lifecycle.fields import EDITABLE
from changes.models import Change, Template
from changes.models.template import FILLS
from changes.queries import NoSuchChange, by_ref
from changes.states import Kind
from incidents import queries as incidents
from incidents.models import Incident

#: What a copy leaves behind: it is another deployment, at another time.
NOT_COPIED: Final = frozenset(
    {
        "planned_start_at",
        "planned_end_at",
        "revision",
        "artifact",
        "rollback_proof",
        "test_evidence_url",
        "source_url",
        "pull_request_url",
        "external_id",
    }
)
EMERGENCY_PERIOD: Final = timedelta(hours=4)
SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Start:
    """What the form begins with; `source` says what it was taken from, `problem` what is wrong."""

    way: str
    initial: dict[str, Any] = field(default_factory=dict)
    template: Template | None = None
    source: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to start from."""

    ref: str
    words: str
    about: str
    url: str


def start(asked: Mapping[str, str], *, now: datetime) -> Start:
    """The beginning an address asks for: a template, a copy, an incident, or blank with hints."""
    if slug := asked.get("template"):
        return _from_template(slug)
    if ref := asked.get("copy"):
        return _copy(ref)
    if ref := asked.get("incident"):
        return _from_incident(ref, now=now)
    return Start("blank", _hints(asked))


def tabs(way: str) -> list[dict[str, Any]]:
    """The starting points, as components/views.html shows them."""
    here = reverse("change-new")
    return [
        {
            "label": label,
            "url": f"{here}?{urlencode({'from': name})}" if name != "blank" else here,
            "current": way == name,
            "count": None,
        }
        for name, label in (
            ("blank", "Blank"),
            ("template", "From a template"),
            ("copy", "Copy an earlier change"),
            ("incident", "From an incident"),
        )
    ]


def choices(way: str, *, reader: User) -> list[Choice] | None:
    """What one can start from that way; None where the form itself is the start."""
    if way == "template":
        rows = Template.objects.filter(state=Template.State.PUBLISHED).order_by("slug")[:100]
        return [_choice("template", one.slug, one.name, one.title) for one in rows]
    if way == "copy":
        mine = Change.objects.filter(Q(author=reader) | Q(implementer=reader))
        recent = mine.select_related("service").order_by("-id")[:SHOWN]
        return [_choice("copy", one.ref, one.title, one.service.slug) for one in recent]
    if way == "incident":
        found = incidents.still_open()[:100]
        return [
            _choice("incident", one.ref, one.title, f"SEV-{one.severity} {one.service.slug}")
            for one in found
        ]
    return None


def _choice(way: str, ref: str, words: str, about: str) -> Choice:
    return Choice(ref, words, about, f"{reverse('change-new')}?{urlencode({way: ref})}")


def _hints(asked: Mapping[str, str]) -> dict[str, Any]:
    """A service, environment or period the address names, as links from the schedule do."""
    found: dict[str, Any] = {}
    if slug := asked.get("service"):
        found["service"] = Service.objects.filter(slug=slug).first()
    if slug := asked.get("environment"):
        found["environment"] = Environment.objects.filter(slug=slug).first()
    for name, given in (("planned_start_at", "start"), ("planned_end_at", "end")):
        found[name] = _instant(asked.get(given, ""))
    return {name: value for name, value in found.items() if value is not None}


def _instant(text: str) -> datetime | None:
    """An aware RFC 3339 instant; None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _from_template(slug: str) -> Start:
    row = Template.objects.filter(slug=slug).first()
    if row is None or row.state != Template.State.PUBLISHED:
        state = f"is {row.state}" if row else "does not exist"
        return Start("template", problem=f"The template {slug} {state}: choose a published one.")
    services = list(row.services.all()[:2])
    filled = {name: getattr(row, name) for name in FILLS}
    only = {"service": services[0]} if len(services) == 1 else {}
    return Start(
        "template", {**filled, **only, "kind": str(Kind.STANDARD)}, row, f"{row.slug}: {row.name}"
    )


def _copy(ref: str) -> Start:
    try:
        earlier = by_ref(ref=ref)
    except NoSuchChange:
        return Start("copy", problem=f"There is no change {ref} to copy.")
    kept = [name for name in EDITABLE if name not in NOT_COPIED and name != "also_affects"]
    initial = {name: getattr(earlier, name) for name in kept}
    initial["also_affects"] = list(earlier.also_affects.order_by("slug"))
    template = earlier.template
    if template is not None and template.state != Template.State.PUBLISHED:
        template, initial["template"], initial["kind"] = None, None, str(Kind.NORMAL)
    if earlier.incident is not None and not earlier.incident.is_open:
        initial["incident"] = None
        initial["kind"] = str(Kind.NORMAL) if earlier.kind == Kind.EMERGENCY else initial["kind"]
    return Start("copy", initial, template, f"{earlier.ref}: {earlier.title}")


def _from_incident(ref: str, *, now: datetime) -> Start:
    try:
        incident = incidents.by_ref(ref.upper())
    except Incident.DoesNotExist:
        return Start("incident", problem=f"There is no incident {ref}.")
    if not incident.is_open:
        return Start(
            "incident", problem=f"{incident.ref} is {incident.state}: choose an open incident."
        )
    begins = now.replace(second=0, microsecond=0)
    initial = {
        "kind": str(Kind.EMERGENCY),
        "incident": incident,
        "service": incident.service,
        "environment": incident.environment,
        "title": f"Answer {incident.ref}: {incident.title}"[:200],
        "description": incident.description,
        "planned_start_at": begins,
        "planned_end_at": begins + EMERGENCY_PERIOD,
    }
    return Start("incident", initial, source=f"{incident.ref}: {incident.title}")
