"""What stands beside a change: who needs its service."""

from catalog.models import Service
from changes.models import Change


def dependents(*, change: Change) -> list[str]:
    """The slugs of active services that need the changed service, directly."""
    rows = Service.objects.filter(needs_rows__needs=change.service_id, is_active=True)
    return list(rows.order_by("slug").values_list("slug", flat=True))
