"""What every writer does: lock the row, ask the rules, record the event."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from catalog.models import Membership, Service, User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL, roles_of
from incidents import policies, queries
from incidents.models import Incident, IncidentRole
from incidents.policies import Standing
from ledger import refs, rows, timeline
from ledger.decision import Refused

RESPONDERS = frozenset({ON_CALL, CAB, CHANGE_MANAGERS})


def locked(ref: str) -> Incident:
    """The row, held until the transaction ends; raises `Incident.DoesNotExist`."""
    found = Incident.objects.select_for_update(of=("self",)).select_related("service__owner_team")
    return found.get(pk=queries.key_of(ref))


def standing(*, actor: User | None, incident: Incident | None = None) -> Standing:
    """What the rules look at: who asks, and of which incident."""
    told: dict[str, Any] = {"is_tidegate": True} if actor is None else {}
    if actor is not None:
        told["is_auditor"] = AUDITORS in roles_of(actor)
    if incident is None:
        return Standing(**told)
    if actor is not None:
        told["responds"] = _responds(actor, incident)
        told["reported"] = actor.is_robot or incident.declared_by_id == actor.pk
    into = incident.folded_into_id
    return Standing(
        **told,
        ref=incident.ref,
        state=incident.state,
        since=_since(incident),
        folded_into=f"INC-{into}" if into else "",
    )


def demand(verb: str, *, actor: User | None, incident: Incident | None = None) -> None:
    """Raise `Refused` unless the rules let the actor say the verb."""
    asked = standing(actor=actor, incident=incident)
    decision = policies.may(verb, asked)
    if not decision.allowed:
        raise Refused(decision, ref=asked.ref)


def record(
    incident: Incident,
    verb: str,
    *,
    actor: User | None,
    now: datetime,
    told: Mapping[str, Any],
    about: tuple[str, ...] = (),
    beside: Iterable[Any] = (),
) -> None:
    """Write the event, with the digest of the row as it stands; the last thing a writer does.

    `beside` are rows of other tables that were written with it, and name themselves; `told` may
    tell of further `rows`, by ref.
    """
    written = {**told.get("rows", {}), **{str(row.ref): rows.digest(row) for row in beside}}
    service = incident.service
    named = [refs.of_service(service.slug), refs.of_team(service.owner_team.slug), *about]
    timeline.record(
        subject=incident.ref,
        verb=verb,
        actor=actor.username if actor else timeline.SYSTEM,
        at=now,
        about=list(dict.fromkeys(named)),
        data={
            **told,
            **({"rows": written} if written else {}),
            "row_digest": queries.row_digest(incident),
        },
    )


def services_named(services: Iterable[Service]) -> tuple[str, ...]:
    """The refs of these services and their teams, for what an event is about."""
    return tuple(
        ref
        for one in services
        for ref in (refs.of_service(one.slug), refs.of_team(one.owner_team.slug))
    )


def _since(incident: Incident) -> datetime:
    """When the incident came into its state; a reopened one when it was opened again."""
    told: datetime | None = getattr(incident, f"{incident.state}_at")
    if incident.is_open and incident.reopened_at:
        told = max(told, incident.reopened_at) if told else incident.reopened_at
    return told or incident.declared_at


def _responds(actor: User, incident: Incident) -> bool:
    """Whether it is this person's to answer; robots never command."""
    if actor.is_robot:
        return False
    if actor.is_superuser or incident.commander_id == actor.pk or roles_of(actor) & RESPONDERS:
        return True
    team = incident.service.owner_team_id
    if Membership.objects.filter(team=team, user=actor).exists():
        return True
    return IncidentRole.objects.filter(incident=incident, person=actor, until=None).exists()
