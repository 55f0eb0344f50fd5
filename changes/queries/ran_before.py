"""What ran in a place before a change."""

from changes.models import Change
from changes.states import UNSUCCESSFUL


def ran_before(change: Change) -> Change | None:
    """The latest change of its place that was finished before it started, with a revision, and
    stayed; None where nothing is known. One statement.
    """
    rows = Change.objects.filter(
        service=change.service_id,
        environment=change.environment_id,
        started_at__lt=change.started_at,
        finished_at__isnull=False,
        rolled_back_at__isnull=True,
    ).exclude(outcome__in=[str(one) for one in UNSUCCESSFUL])
    stayed = rows.exclude(revision="").exclude(revision=change.revision).exclude(pk=change.pk)
    return stayed.order_by("-started_at", "-id").first()
