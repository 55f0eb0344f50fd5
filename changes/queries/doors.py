"""What another tool's project and stage stand for here."""

from django.db.models import Case, IntegerField, Q, Value, When

from changes.models import DoorMapping

JOINED = ("service__owner_team", "environment", "template")


def mapped(*, vendor: str, project: str, stage: str) -> DoorMapping | None:
    """The active mapping of a tool's project and stage, or of every stage of it. One statement.

    Tools do not agree on letter case, and some change it: it counts nowhere.
    """
    rows = DoorMapping.objects.filter(vendor=vendor, project__iexact=project, is_active=True)
    named = rows.filter(Q(stage__iexact=stage) | Q(stage="")).select_related(*JOINED)
    last = Case(When(stage="", then=Value(1)), default=Value(0), output_field=IntegerField())
    return named.order_by(last).first()
