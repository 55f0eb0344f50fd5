"""The changes that answer an incident; those it may come from are in `changes.suspects`."""

from django.db.models import Q

from changes.models import Change
from incidents.models import Incident

SHOWN = 20


def answering(incident: Incident) -> list[Change]:
    """What answers it and those folded into it, oldest first. One statement.

    Service, environment and author are joined.
    """
    rows = Change.objects.select_related("service", "environment", "author")
    family = Q(incident=incident) | Q(incident__folded_into=incident)
    return list(rows.filter(family).order_by("id")[:SHOWN])
