"""What the risk of a change rests on."""

from catalog.models import ServiceDependency
from changes.models import Change
from changes.risk import Circumstances

PRODUCTION = "production"


def circumstances(change: Change) -> Circumstances:
    """One statement: how many active services need this one, directly."""
    return Circumstances(
        kind=change.kind,
        tier=change.service.tier,
        category=change.category,
        rollout=change.rollout,
        production=change.environment.slug == PRODUCTION,
        dependents=ServiceDependency.objects.filter(
            needs=change.service_id, service__is_active=True
        ).count(),
        has_rollback_plan=bool(change.rollback_plan.strip()),
        has_test_plan=bool(change.test_plan.strip()),
    )
