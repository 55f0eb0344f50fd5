"""What stands beside a change: who needs its service, and what is planned for its time."""

from django.db.models import QuerySet

from catalog.models import Service
from changes.models import Change
from changes.states import FINAL

SHOWN_AT_MOST = 10


def dependents(*, change: Change) -> list[str]:
    """The slugs of active services that need the changed service, directly."""
    rows = Service.objects.filter(needs_rows__needs=change.service_id, is_active=True)
    return list(rows.order_by("slug").values_list("slug", flat=True))


def at_the_same_time(*, change: Change) -> QuerySet[Change]:
    """Open changes of its service and environment whose planned period overlaps; at most ten."""
    if change.planned_start_at is None or change.planned_end_at is None:
        return Change.objects.none()
    rows = Change.objects.filter(
        service=change.service_id,
        environment=change.environment_id,
        planned_start_at__lt=change.planned_end_at,
        planned_end_at__gt=change.planned_start_at,
    )
    open_rows = rows.exclude(pk=change.pk).exclude(state__in=[str(state) for state in FINAL])
    return open_rows.order_by("planned_start_at")[:SHOWN_AT_MOST]
