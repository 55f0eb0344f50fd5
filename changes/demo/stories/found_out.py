"""Two deployments that nobody had leave for: one looked into, one that still owes its review."""

from datetime import datetime, timedelta

from changes import lifecycle, sightings
from changes.demo.stage import Stage, Story
from changes.models import SeenDeployment
from changes.sightings import Sighting

GRACE = timedelta(seconds=40)


def by_a_script(stage: Stage) -> Story:
    """A script of the team deployed past the pipeline; it asks the gate since."""
    at = stage.clock.day(-9, 11, 4)
    yield from seen(stage, at, service="storefront", revision="b07d1e4c9", by="storefront-nightly")
    ref = found(at)
    now = yield at + timedelta(hours=3)
    text = (
        "The nightly script deployed what was on its branch, outside the pipeline. It is switched "
        "off; the branch is deployed by the pipeline now, which asks the gate."
    )
    lifecycle.review(ref=ref, text=text, actor=stage.person("owner"), now=now)
    now = yield at + timedelta(hours=3, minutes=10)
    note = "Nothing broke; the same revision was approved a day later."
    actor = stage.person("owner")
    lifecycle.close(ref=ref, outcome="successful", note=note, actor=actor, now=now)


def last_night(stage: Stage) -> Story:
    """Somebody deployed by hand last night; nobody has looked into it yet."""
    at = stage.clock.now - timedelta(hours=15, minutes=26)
    yield from seen(stage, at, service="help-centre", revision="5e21fa7d0", by="")


def seen(stage: Stage, at: datetime, *, service: str, revision: str, by: str) -> Story:
    """Argo CD tells of a deployment, and it is judged after its grace."""
    now = yield at
    place = stage.catalogue.services[service], stage.catalogue.environments["production"]
    told = Sighting(
        "argo-cd",
        revision,
        at,
        project=service,
        stage="production",
        status="Succeeded",
        by=by,
        url=f"https://argocd.example.org/applications/{service}",
        source="argo-cd",
    )
    sightings.see(told, place=place, now=now)
    now = yield at + GRACE
    sightings.judge(now=now, limit=9)


def found(at: datetime) -> str:
    """The ref of the change that what was deployed at an instant became."""
    change = SeenDeployment.objects.get(at=at).change
    if change is None:
        raise LookupError(f"Nothing was found at {at}.")
    return change.ref


STORIES = (by_a_script, last_night)
