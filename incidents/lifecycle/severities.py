"""How bad it is: by the matrix or as somebody says, and what it costs."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from incidents.lifecycle import clocks
from incidents.lifecycle.asking import demand, locked, record
from incidents.models import Impact, Incident, SeverityRule, Urgency

CHANGED: Final = "incident.severity_changed"


def settled(severity: int | None, *, impact: int | None, urgency: int | None) -> int:
    """The severity that was given, or that follows from impact and urgency; raises
    `ValidationError` where neither says."""
    if (impact is None) != (urgency is None):
        missing = "urgency" if urgency is None else "impact"
        raise ValidationError({missing: "Give impact and urgency together, or neither."})
    if impact is not None and (impact not in Impact or urgency not in Urgency):
        raise ValidationError({"impact": "Impact and urgency are 1, 2 or 3; 1 is the worst."})
    if severity is not None:
        return severity
    if impact is None or urgency is None:
        raise ValidationError({"severity": "Give a severity, or impact and urgency."})
    rule = SeverityRule.objects.filter(impact=impact, urgency=urgency).first()
    if rule is None:
        raise ValidationError({"severity": "The matrix has no row for these: give a severity."})
    return rule.severity


def set_severity(
    *,
    ref: str,
    reason: str,
    actor: User | None,
    now: datetime,
    severity: int | None = None,
    impact: int | None = None,
    urgency: int | None = None,
) -> Incident:
    """Give it another severity, with the reason; its clocks run by the new targets from then on.

    Saying the same again changes nothing.
    """
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is worse, or not as bad."})
    wanted = settled(severity, impact=impact, urgency=urgency)
    with transaction.atomic():
        incident = locked(ref)
        demand("set_severity", actor=actor, incident=incident)
        before = incident.severity
        if (wanted, impact, urgency) == (before, incident.impact, incident.urgency):
            return incident
        incident.severity, incident.impact, incident.urgency = wanted, impact, urgency
        incident.clean_fields(exclude=["service", "environment", "declared_by"])
        incident.save(update_fields=["severity", "impact", "urgency"])
        beside = []
        if wanted != before:
            beside = clocks.anew(incident, worse=wanted < before, now=now)
        told = {
            "severity": wanted,
            "before": before,
            "note": reason.strip(),
            **({"impact": impact, "urgency": urgency} if impact else {}),
        }
        record(incident, CHANGED, actor=actor, now=now, told=told, beside=beside)
    return incident


def measure(
    *,
    ref: str,
    actor: User | None,
    now: datetime,
    users_affected: int | None = None,
    money_affected: Decimal | None = None,
    currency: str = "",
) -> Incident:
    """Say how many users and how much money it affects, as far as is known; also afterwards."""
    currency = currency.strip().upper()
    _demand_figures(users_affected, money_affected, currency)
    with transaction.atomic():
        incident = locked(ref)
        demand("measure", actor=actor, incident=incident)
        incident.users_affected, incident.money_affected = users_affected, money_affected
        incident.currency = currency if money_affected is not None else ""
        names = ["users_affected", "money_affected", "currency"]
        incident.clean_fields(exclude=["service", "environment", "declared_by"])
        incident.save(update_fields=names)
        incident.refresh_from_db(fields=names)
        told = {
            "users_affected": users_affected,
            "money_affected": None if money_affected is None else str(incident.money_affected),
            "currency": incident.currency,
        }
        record(incident, "incident.measured", actor=actor, now=now, told=told)
    return incident


def _demand_figures(users: int | None, money: Decimal | None, currency: str) -> None:
    wrong = {}
    if users is not None and not 0 <= users < 10**15:
        wrong["users_affected"] = "Give how many, 0 or more."
    if money is not None and not 0 <= money < 10**12:
        wrong["money_affected"] = "Give how much, 0 or more."
    if money is not None and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        wrong["currency"] = "Name the currency by its three letters, such as EUR."
    if wrong:
        raise ValidationError(wrong)
