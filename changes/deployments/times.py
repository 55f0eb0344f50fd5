"""Whether a report can be true: a known status, and times in an order in which things happen."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError

from changes.deployments.told import Report
from changes.models import Deployment

AHEAD = timedelta(minutes=5)
"""How far the clock of whoever reports may be from ours."""


def demand_what_can_be(given: Report, *, now: datetime) -> None:
    """Raise `ValidationError` for a status nobody knows, or for what has not happened yet."""
    if given.status not in Deployment.Status.values:
        words = ", ".join(Deployment.Status.values)
        raise ValidationError(
            {"status": f"“{given.status}” is no status of a deployment. Use one of: {words}."}
        )
    if given.percent is not None and given.status != Deployment.Status.STEP:
        raise ValidationError({"percent": "Only a step goes so far: leave it out."})
    if given.at > now + AHEAD:
        raise ValidationError({"at": "This time lies ahead: report what has happened."})


def demand_in_order(given: Report, *, since: datetime, exact: bool) -> None:
    """Raise `ValidationError` for a time before `since`, up to which it cannot have happened.

    `exact` where both times are by the reporter's clock; else theirs may differ from ours.
    """
    if given.at >= (since if exact else since - AHEAD):
        return
    before = "the deployment was started" if exact else "it was permitted or begun"
    raise ValidationError(
        {"at": f"This is before {before}, at {since:%Y-%m-%d %H:%M:%S} UTC. Check the clock."}
    )
