"""The changes that answer an incident; those it may come from are in `changes.suspects`."""

from changes.models import Change
from incidents.models import Incident

SHOWN = 20


def answering(incident: Incident) -> list[Change]:
    """What answers it, oldest first, with service, environment and author joined. One statement."""
    rows = Change.objects.select_related("service", "environment", "author")
    return list(rows.filter(incident=incident).order_by("id")[:SHOWN])
