"""What fires, and where: for whoever starts, judges or explains something by it."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from incidents.models import Alert


def firing_on(
    service_ids: Collection[int],
    *,
    environment_id: int | None = None,
    since: datetime | None = None,
) -> QuerySet[Alert]:
    """The alerts on some services that fire now, or have since an instant; worst first.

    In one environment where that is given: an alert that names none may be of any.
    """
    fires = ~Q(state=Alert.State.RESOLVED)
    if since is not None:
        fires |= Q(ended_at__gt=since)
    rows = Alert.objects.filter(fires, service__in=service_ids)
    if environment_id is not None:
        rows = rows.filter(Q(environment=environment_id) | Q(environment=None))
    rows = rows.select_related("service", "environment", "incident")
    return rows.order_by("severity", "started_at", "id")
