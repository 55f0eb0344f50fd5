"""The lifecycle of an incident, the only writer of its row: lock, decide, write, record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Environment, Service, User
from catalog.roles import AUDITORS, roles_of
from incidents import policies, queries
from incidents.models import Incident
from incidents.policies import Standing
from ledger import refs, timeline
from ledger.decision import Refused


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
    return Standing(
        is_auditor=AUDITORS in roles_of(actor),
        ref=incident.ref if incident else "",
        closed_at=incident.closed_at if incident else None,
    )


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
