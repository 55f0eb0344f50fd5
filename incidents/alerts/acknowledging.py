"""Acknowledging an alert: somebody has seen it, and it goes on firing."""

from datetime import datetime

from django.db import transaction

from catalog.models import User
from incidents import lifecycle, policies
from incidents.models import Alert
from ledger import refs, timeline
from ledger.decision import Decision, Reason, Refused

VERB = "alert.acknowledged"


def may_acknowledge(alert: Alert, *, actor: User) -> Decision:
    """Whether somebody may acknowledge an alert now, with every objection."""
    asked = policies.may("declare", lifecycle.standing(actor=actor))
    reasons = list(asked.reasons)
    if alert.state != Alert.State.FIRING:
        since = alert.acknowledged_at or alert.ended_at or alert.started_at
        reasons.append(
            Reason(
                "wrong_state",
                f"It is {alert.state} since {since:%Y-%m-%d %H:%M} UTC.",
                "Look at the alerts that fire.",
                source=alert.ref,
            )
        )
    return Decision("acknowledge", tuple(reasons))


def acknowledge(*, number: int, actor: User, now: datetime) -> Alert:
    """Say that somebody has seen an alert that fires.

    Raises `Refused` (not_permitted, wrong_state) and `Alert.DoesNotExist`.
    """
    with transaction.atomic():
        rows = Alert.objects.select_for_update(of=("self",))
        alert = rows.select_related("service__owner_team", "incident").get(pk=number)
        decision = may_acknowledge(alert, actor=actor)
        if not decision.allowed:
            raise Refused(decision, ref=alert.ref)
        alert.state = Alert.State.ACKNOWLEDGED
        alert.acknowledged_at, alert.acknowledged_by = now, actor
        alert.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
        service, incident = alert.service, alert.incident
        about = [incident.ref] if incident else []
        if service is not None:
            about += [refs.of_service(service.slug), refs.of_team(service.owner_team.slug)]
        timeline.record(
            subject=alert.ref,
            verb=VERB,
            actor=actor.username,
            at=now,
            about=about,
            data={"title": alert.title, "source": alert.source, "key": alert.key},
        )
    return alert
