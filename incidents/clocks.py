"""Telling of the clocks of incidents: a nag before one runs out, and the breach, each once.

Any number of workers may: the incident is locked first, as whoever moves it does, and what is told
is written on the clock's row in the same transaction. A nag that was missed until the breach is
left out. See Note [Clocks of an incident] in `incidents.models.clock`.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from catalog.models import Membership, User
from catalog.roles import CHANGE_MANAGERS, ON_CALL
from incidents.lifecycle.asking import record
from incidents.models import Incident, IncidentClock, IncidentRole
from ledger import letters
from ledger.decision import rfc3339

Kind = IncidentClock.Kind
VERBS = {
    (Kind.RESPOND, False): "incident.response_due_soon",
    (Kind.RESPOND, True): "incident.response_overdue",
    (Kind.UPDATE, False): "incident.update_due_soon",
    (Kind.UPDATE, True): "incident.update_overdue",
    (Kind.POSTMORTEM, False): "incident.postmortem_due_soon",
    (Kind.POSTMORTEM, True): "incident.postmortem_overdue",
}
WHAT = {
    Kind.RESPOND: "an answer",
    Kind.UPDATE: "its next update",
    Kind.POSTMORTEM: "its postmortem",
}
LACKS = {
    Kind.RESPOND: "Nobody has acknowledged it. An answer",
    Kind.UPDATE: "Those affected hear nothing new. The next update",
    Kind.POSTMORTEM: "Nobody has said where its postmortem stands. It",
}
LOOKED_AT = 50


def tick(*, now: datetime, limit: int) -> int:
    """Tell of at most `limit` clocks; answers how many were told."""
    told = 0
    while told < limit:
        one = _tell_one(now=now)
        if not one:
            return told
        told += one
    return told


def running(incident: Incident) -> list[IncidentClock]:
    """The clocks of an incident that run, what is due next first."""
    rows = IncidentClock.objects.filter(incident=incident, stopped_at=None)
    return list(rows.order_by("due_at"))


def late() -> int:
    """How many clocks run that are late."""
    return IncidentClock.objects.filter(stopped_at=None, breached_at__isnull=False).count()


@transaction.atomic
def _tell_one(*, now: datetime) -> int:
    """Tell of the clocks of one incident; 0 where none is left that no other worker tells of."""
    due = _due(now=now).order_by("due_at").values_list("incident_id", flat=True)[:LOOKED_AT]
    incident = (
        Incident.objects.filter(pk__in=set(due))
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("service__owner_team", "commander")
        .order_by("severity", "id")
        .first()
    )
    if incident is None:
        return 0
    clocks = list(_due(now=now).filter(incident=incident).order_by("due_at"))
    for clock in clocks:
        _tell(incident, clock, now=now)
    return len(clocks)


def _due(*, now: datetime) -> QuerySet[IncidentClock]:
    late = Q(breached_at=None, due_at__lte=now)
    soon = Q(reminded_at=None, breached_at=None, remind_at__lte=now, due_at__gt=now)
    return IncidentClock.objects.filter(late | soon, stopped_at=None)


def _tell(incident: Incident, clock: IncidentClock, *, now: datetime) -> None:
    late = clock.due_at <= now
    if late:
        clock.breached_at = now
    else:
        clock.reminded_at = now
    clock.save(update_fields=["breached_at", "reminded_at"])
    record(
        incident,
        VERBS[Kind(clock.kind), late],
        actor=None,
        now=now,
        told={"due_at": rfc3339(clock.due_at), "severity": incident.severity},
        beside=[clock],
    )
    drafts = [
        letters.Draft(one, _heading(incident, clock, late=late), _words(incident, clock, one, late))
        for one in letters.reachable(_people(incident, clock, late=late))
    ]
    letters.send(drafts, subject=incident.ref, at=now)


def _people(incident: Incident, clock: IncidentClock, *, late: bool) -> Iterable[str]:
    """Who hears of it: those on call and the owner team until somebody answers, then its people.

    Of a postmortem its people and the owner team. What is late is heard by change managers too.
    """
    holding = IncidentRole.objects.filter(incident=incident, until=None)
    names = set(holding.values_list("person__username", flat=True))
    nobody = clock.kind == Kind.RESPOND or (clock.kind == Kind.UPDATE and not names)
    if nobody or clock.kind == Kind.POSTMORTEM:
        members = Membership.objects.filter(team=incident.service.owner_team)
        names |= set(members.values_list("user__username", flat=True))
    if nobody:
        names |= _group(ON_CALL)
    return names | _group(CHANGE_MANAGERS) if late else names


def _group(name: str) -> set[str]:
    return set(User.objects.filter(groups__name=name).values_list("username", flat=True))


def _heading(incident: Incident, clock: IncidentClock, *, late: bool) -> str:
    what = WHAT[Kind(clock.kind)]
    when = "is overdue" if late else "is due soon"
    return f"SEV-{incident.severity} {incident.ref}: {what} {when}: {incident.title}"


def _words(incident: Incident, clock: IncidentClock, to: User, late: bool) -> str:
    was = "was" if late else "is"
    zoned = clock.due_at.astimezone(ZoneInfo(to.time_zone))
    due = f"{zoned:%a} {zoned.day} {zoned:%b %H:%M %Z}"
    what = f"{LACKS[Kind(clock.kind)]} {was} due {due}."
    lines = [
        f"{incident.ref} ({incident.title}) on {incident.service.slug} is {incident.state}.",
        what,
        "",
        f"Its page, signed in as {to.username}:",
        f"{settings.TIDEGATE_URL.rstrip('/')}/incidents/{incident.ref}",
        "",
    ]
    return "\n".join(lines)
