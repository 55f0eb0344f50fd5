"""Whether anything began to fire on what a change touches, since it started."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from changes.models import Change
from changes.policies.reasons import listed, moment
from changes.policies.soaking import Look, Sample
from changes.queries.refs import number_of
from incidents.alerts import firing_on

NAMED: Final = 3


def look(*, asks: Mapping[str, Any], now: datetime) -> Sample:
    """Alerts on its service and those it also affects, in its environment or in none that is known.

    What fired before the change started does not count against it. Three statements.
    """
    change = Change.objects.select_related("team").filter(pk=number_of(asks["change"])).first()
    if change is None or change.started_at is None:
        return Sample(now, Look.EMPTY, "The change has not started.")
    services = [change.service_id, *change.also_affects.values_list("pk", flat=True)]
    fired = firing_on(
        services, environment_id=change.environment_id, since=change.started_at
    ).filter(started_at__gte=change.started_at, started_at__lte=now)
    found = list(fired[: NAMED + 1])
    since = moment(change.started_at, change.team.time_zone)
    if not found:
        return Sample(now, Look.HELD, f"No alert has begun there since {since}.", 0.0)
    said = [
        f"{one.title} on {one.service.slug if one.service else one.service_word} from "
        f"{moment(one.started_at, change.team.time_zone)}"
        for one in found[:NAMED]
    ]
    more = ["more"] if len(found) > NAMED else []
    return Sample(now, Look.ALERTS, f"Since {since} fired: {listed([*said, *more])}.")
