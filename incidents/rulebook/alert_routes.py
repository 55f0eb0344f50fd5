"""Writing the routes of alerts."""

from collections.abc import Iterator
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from incidents.alerts import matching
from incidents.models import AlertRoute
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = (
    "name",
    "order",
    "is_active",
    "matchers",
    "service",
    "service_label",
    "environment",
    "environment_label",
    "severity",
    "grouping",
    "group_labels",
    "declares",
    "threshold",
    "threshold_minutes",
    "ends_after_minutes",
    "resolves",
    "escalation",
)
_NAMED = ("service", "environment")
_COLUMNS = tuple(name for name in EDITABLE if name not in _NAMED)


@transaction.atomic
def save(route: AlertRoute, *, actor: User, now: datetime) -> AlertRoute:
    """Keep a route as it was filled in, new or edited, and record it with what changed.

    Alerts that fire already stay where they are. Raises `ValidationError` with a sentence for each
    wrong field, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(route, actor=actor)
    if before is not None and not diff:
        return route
    route.save()
    timeline.record(
        subject=route.ref,
        verb="alert_route.edited" if before else "alert_route.created",
        actor=actor.username,
        at=now,
        data={
            "name": route.name,
            **told(before, diff),
            "row_digest": rows.digest(AlertRoute.objects.get(pk=route.pk)),
        },
    )
    return route


@transaction.atomic
def check(route: AlertRoute, *, actor: User) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(route, actor=actor)


def _checked(
    route: AlertRoute, *, actor: User
) -> tuple[AlertRoute | None, dict[str, list[object]]]:
    """The row as it was, locked, and what would change."""
    ref = route.ref if route.pk else ""
    demand_change_manager("write alert_route", actor=actor, ref=ref, what="routes of alerts")
    kept = AlertRoute.objects.select_for_update(of=("self",)).select_related(*_NAMED)
    before = kept.filter(pk=route.pk).first() if route.pk else None
    route.full_clean(validate_constraints=False)
    if wrong := dict(_wrong(route)):
        raise ValidationError(wrong)
    diff = differences(before, route, names=_COLUMNS)
    for name in _NAMED:
        was = getattr(before, name) if before else None
        if was != getattr(route, name):
            diff[name] = [str(was) if was else None, str(getattr(route, name) or "") or None]
    return before, diff


def _wrong(route: AlertRoute) -> Iterator[tuple[str, str]]:
    try:
        matching.matchers_of(route.matchers)
    except matching.NotMatchers as wrong:
        yield "matchers", str(wrong)
    if route.service is None and not route.service_label:
        yield "service", "Choose a service, or name the label that holds its slug."
    elif route.service is not None and route.service_label:
        yield "service_label", "The route names a service already: leave one of both empty."
    if route.environment is not None and route.environment_label:
        yield (
            "environment_label",
            "The route names an environment already: leave one of both empty.",
        )
    by_labels = route.grouping == AlertRoute.Grouping.LABELS
    if by_labels and not route.group_labels.strip():
        yield "group_labels", "Name the labels that tell the groups apart."
    if route.resolves and not route.declares:
        yield "resolves", "A route that declares no incident resolves none."
