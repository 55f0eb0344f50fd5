"""The lifecycle of an incident, the only writer of its row: lock, decide, write, record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Environment, Membership, Service, User
from catalog.roles import AUDITORS, CAB, CHANGE_MANAGERS, ON_CALL, roles_of
from incidents import policies, queries
from incidents.models import Incident
from incidents.policies import Standing
from ledger import refs, timeline
from ledger.decision import Refused

RESPONDERS = frozenset({ON_CALL, CAB, CHANGE_MANAGERS})


def declare(
    *,
    title: str,
    service: Service,
    severity: int,
    actor: User,
    now: datetime,
    description: str = "",
    environment: Environment | None = None,
) -> Incident:
    """Open an incident on a service.

    Raises `ValidationError` for a bad title or severity, `Refused` (not_permitted) for an auditor.
    """
    _demand("declare", actor=actor)
    incident = Incident(
        title=title.strip(),
        description=description.strip(),
        service=service,
        environment=environment,
        severity=severity,
        declared_at=now,
        declared_by=actor,
    )
    incident.clean_fields(exclude=["service", "environment", "declared_by"])
    with transaction.atomic():
        incident.save(force_insert=True)
        _record(
            incident,
            "incident.declared",
            actor=actor,
            now=now,
            told={
                "title": incident.title,
                "service": service.slug,
                "environment": environment.slug if environment else None,
                "severity": severity,
            },
        )
    return incident


def close(*, ref: str, note: str, actor: User, now: datetime) -> Incident:
    """Close an open incident with a note on how it ended.

    Raises `ValidationError` without a note, `Refused` (wrong_state, not_permitted) when it is
    closed already or the actor an auditor, `Incident.DoesNotExist`.
    """
    note = note.strip()
    if not note:
        raise ValidationError({"note": "Say how the incident ended."})
    with transaction.atomic():
        incident = _locked(ref)
        _demand("close", actor=actor, incident=incident)
        incident.state = Incident.State.CLOSED
        incident.closed_at, incident.closed_by, incident.closing_note = now, actor, note
        incident.save(update_fields=["state", "closed_at", "closed_by", "closing_note"])
        _record(incident, "incident.closed", actor=actor, now=now, told={"note": note})
    return incident


def assign_commander(*, ref: str, commander: User, actor: User, now: datetime) -> Incident:
    """Put a person in command of an open incident.

    Raises `ValidationError` for a robot or an inactive user, `Refused` (wrong_state,
    not_permitted), `Incident.DoesNotExist`.
    """
    if commander.is_robot or not commander.is_active:
        raise ValidationError({"commander": "Choose an active person to command."})
    with transaction.atomic():
        incident = _locked(ref)
        _demand("assign_commander", actor=actor, incident=incident)
        incident.commander = commander
        incident.save(update_fields=["commander"])
        told = {"commander": commander.username}
        _record(incident, "incident.commander_assigned", actor=actor, now=now, told=told)
    return incident


def _locked(ref: str) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",)).select_related("service__owner_team")
    return rows.get(pk=queries.key_of(ref))


def standing(*, actor: User, incident: Incident | None = None) -> Standing:
    """What the rules look at: who asks, and of which incident."""
    is_auditor = AUDITORS in roles_of(actor)
    if incident is None:
        return Standing(is_auditor=is_auditor)
    return Standing(
        is_auditor=is_auditor,
        responds=_responds(actor, incident),
        reported=actor.is_robot or incident.declared_by_id == actor.pk,
        ref=incident.ref,
        closed_at=incident.closed_at,
    )


def _responds(actor: User, incident: Incident) -> bool:
    """Whether it is this person's to answer; robots never command."""
    if actor.is_robot:
        return False
    if actor.is_superuser or incident.commander_id == actor.pk or roles_of(actor) & RESPONDERS:
        return True
    team = incident.service.owner_team_id
    return Membership.objects.filter(team=team, user=actor).exists()


def _demand(verb: str, *, actor: User, incident: Incident | None = None) -> None:
    asked = standing(actor=actor, incident=incident)
    decision = policies.may(verb, asked)
    if not decision.allowed:
        raise Refused(decision, ref=asked.ref)


def _record(
    incident: Incident, verb: str, *, actor: User, now: datetime, told: Mapping[str, Any]
) -> None:
    service = incident.service
    timeline.record(
        subject=incident.ref,
        verb=verb,
        actor=actor.username,
        at=now,
        about=[refs.of_service(service.slug), refs.of_team(service.owner_team.slug)],
        data={**told, "row_digest": queries.row_digest(incident)},
    )
