"""A deployment that is reported with neither permit nor change: seen, and judged like any other."""

from datetime import datetime

from django.core.exceptions import ValidationError

from catalog.models import Environment, Service, User
from changes import sightings
from changes.deployments.told import Report
from changes.models import Deployment, SeenDeployment
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries.names import there_is_no
from changes.sightings import Sighting

TOLD_BY = "api"


def see(
    given: Report,
    *,
    service: str,
    environment: str,
    revision: str,
    actor: User,
    now: datetime,
    reach: Reach = EVERYWHERE,
) -> SeenDeployment:
    """Keep that a revision was deployed at a place, named by slugs.

    Raises `ValidationError` for an unknown place or a time ahead, `Refused` beyond `reach`.
    """
    here = Service.objects.select_related("owner_team").filter(slug=service).first()
    there = Environment.objects.filter(slug=environment).first()
    wrong = {}
    if here is None:
        wrong["service"] = there_is_no("service", service)
    if there is None:
        wrong["environment"] = there_is_no("environment", environment)
    if given.status not in Deployment.Status.values:
        wrong["status"] = f"“{given.status}” is no status of a deployment."
    if given.at > now + sightings.AHEAD:
        wrong["at"] = "This time lies ahead: report what has happened."
    if wrong or here is None or there is None:
        raise ValidationError(wrong)
    reach.demand(service=here.slug, team=here.owner_team.slug, environment=there.slug, ref="")
    sighting = Sighting(
        TOLD_BY,
        revision,
        min(given.at, now),
        status=given.status,
        by=actor.username,
        source=actor.username,
    )
    return sightings.see(sighting, place=(here, there), now=now)
