"""Changes that are not over yet."""

from changes.models import Change
from changes.states import FINAL


def of_revision(*, service: str, environment: str, revision: str) -> str | None:
    """The ref of the first open change for a revision of a service in an environment, by slug."""
    found = Change.objects.filter(
        service__slug=service, environment__slug=environment, revision=revision
    ).exclude(state__in=[str(state) for state in FINAL])
    number = found.order_by("pk").values_list("pk", flat=True).first()
    return f"CHG-{number}" if number else None
