"""Suspending a standard template, by hand or by the machine, and telling whoever planned by it.

# Note [What suspends a template]
Its last uses are counted: so many failed or rolled back among so many (the template says how many)
suspend it, in the transaction that closes the last of them. So does a SEV-1 or SEV-2 that a use is
said to have caused, or, where nobody has said what caused it, one declared on the service within a
day of the start of a use that was the last change to start there, unless that was dismissed. Uses
that started before it was published or last reinstated do not count.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from catalog.models import User
from changes.models import Change, Template
from changes.policies.linking import FOLLOWS_WITHIN
from changes.policies.periods import GATING_SEVERITY
from changes.queries.rows import template_digest, template_ref
from changes.queries.templates import last_uses, suspects
from changes.states import NOT_STARTED, UNSUCCESSFUL, State
from ledger import letters, refs, timeline

LOOKED_BACK = timedelta(days=3)
TOLD_AT_MOST = 500
DONE = frozenset(
    f"template.{done}"
    for done in (
        "created",
        "edited",
        "proposed",
        "approved",
        "sent_back",
        "withdrawn",
        "published",
        "suspended",
        "reinstated",
        "retired",
    )
)


def judge(*, template: int, now: datetime, wait: bool = True) -> bool:
    """Suspend a published template that failed too often or broke something; whether it did.

    Without `wait`, one that somebody else holds is left to them. Within a transaction.
    """
    rows = Template.objects.select_for_update(skip_locked=not wait)
    row = rows.filter(pk=template, state=Template.State.PUBLISHED).first()
    if row is None:
        return False
    why = _failures(row) or _incident(row, now=now)
    if not why:
        return False
    suspend(row, reason=why, actor=None, now=now)
    return True


def judge_all(*, now: datetime, limit: int) -> int:
    """Look at templates whose use a recent incident followed; answers how many it suspended."""
    found = suspects(
        since=now - LOOKED_BACK, severity=GATING_SEVERITY, within=FOLLOWS_WITHIN, limit=limit
    )
    done = 0
    for key in dict.fromkeys(one.template for one in found):
        with transaction.atomic():
            done += judge(template=key, now=now, wait=False)
    return done


def judge_use(change: Change, *, now: datetime) -> None:
    """Look at the template of a change that was just closed, where it went wrong."""
    if change.template_id and change.outcome in UNSUCCESSFUL:
        judge(template=change.template_id, now=now)


def suspend(row: Template, *, reason: str, actor: User | None, now: datetime) -> None:
    """Stop what was made from a published template, whose row is locked, from starting."""
    row.state = Template.State.SUSPENDED
    row.suspended_at, row.suspension = now, reason
    row.save(update_fields=["state", "suspended_at", "suspension"])
    stopped = _not_started(row)
    slugs = {change.service.slug for change in stopped}
    teams = {change.team.slug for change in stopped}
    told = [change.ref for change in stopped]
    about = [*told, *map(refs.of_service, sorted(slugs)), *map(refs.of_team, sorted(teams))]
    says = {"from": "published", "to": "suspended", "reason": reason, "stops": told}
    record(row, "suspended", actor=actor, now=now, says=says, about=about)
    letters.send(_letters(row, stopped), subject=template_ref(row), at=now)


def record(
    row: Template,
    done: str,
    *,
    actor: User | None,
    now: datetime,
    says: Mapping[str, Any],
    about: Iterable[str] = (),
) -> None:
    """The event of a template, with the digest of its row as it now stands."""
    own = [refs.of_service(service.slug) for service in row.services.all()]
    timeline.record(
        subject=template_ref(row),
        verb=f"template.{done}",
        actor=actor.username if actor else timeline.SYSTEM,
        at=now,
        about=list(dict.fromkeys([*own, *about])),
        data={
            "name": row.name,
            "state": str(row.state),
            "version": row.version,
            **says,
            "row_digest": template_digest(Template.objects.get(pk=row.pk)),
        },
    )


def _not_started(row: Template) -> list[Change]:
    """Changes made from it that now cannot start, the first planned first."""
    rows = Change.objects.filter(template=row, state__in=[str(state) for state in NOT_STARTED])
    joined = ("service", "team", "author", "implementer")
    ordered = rows.select_related(*joined).order_by("planned_start_at", "id")
    return list(ordered[:TOLD_AT_MOST])


def _letters(row: Template, stopped: list[Change]) -> list[letters.Draft]:
    """One to each person who wrote or implements a change that cannot start now."""
    theirs: dict[str, list[Change]] = {}
    for change in stopped:
        for person in {one for one in (change.author, change.implementer) if one is not None}:
            theirs.setdefault(person.username, []).append(change)
    here = settings.TIDEGATE_URL.rstrip("/")
    return [
        letters.Draft(
            person,
            f"{row.slug} is suspended: {', '.join(one.ref for one in theirs[person.username])}",
            "\n".join(
                (
                    f"The standard template {row.slug} is suspended: {row.suspension}",
                    "What was made from it does not start until it is reinstated:",
                    "",
                    *(f"{one.ref} {one.title}" for one in theirs[person.username]),
                    "",
                    "File it as a normal change, or wait.",
                    f"{here}{row.get_absolute_url()}",
                    "",
                )
            ),
        )
        for person in letters.reachable(theirs)
    ]


def _failures(row: Template) -> str:
    uses = last_uses(template=row.pk, since=row.counted_from, limit=row.suspend_within_uses)
    failed = [use.ref for use in uses if use.state == State.CLOSED and use.outcome in UNSUCCESSFUL]
    if len(failed) < row.suspend_after_failures:
        return ""
    went = "failed or were rolled back" if len(failed) > 1 else "failed or was rolled back"
    count = f"{len(failed)} of its last {len(uses)} uses" if len(uses) > 1 else "its last use"
    return f"{count[0].upper()}{count[1:]} {went} ({', '.join(failed)})."


def _incident(row: Template, *, now: datetime) -> str:
    since = max(row.counted_from or now - LOOKED_BACK, now - LOOKED_BACK)
    found = suspects(template=row.pk, since=since, severity=GATING_SEVERITY, within=FOLLOWS_WITHIN)
    return "".join(
        f"{one.change} caused SEV-{one.severity} {one.incident}."
        if one.named
        else f"SEV-{one.severity} {one.incident} followed {one.change}, the last to start there."
        for one in found
    )
