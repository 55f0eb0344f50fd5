"""What was found deployed without leave, and what nobody has mapped, counted for who watches."""

from changes.models import Change, SeenDeployment


def unreviewed() -> int:
    """How many changes went ahead without leave and are not reviewed yet."""
    rows = Change.objects.filter(unauthorised_at__isnull=False, reviewed_at__isnull=True)
    return rows.count()


def unmapped() -> int:
    """How many deployments were seen at places that stand for nothing here."""
    return SeenDeployment.objects.filter(state=SeenDeployment.State.UNMAPPED).count()
