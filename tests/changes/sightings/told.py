"""What is told of deployments, and what becomes of it."""

from typing import Any

from changes import deployments, gate, sightings
from changes.models import Change, SeenDeployment
from changes.sightings import Sighting
from tests.living import at, person

SHA = "4f1c2d9" + "0" * 33
SECONDS = 1 / 60


def see(minutes: float = 61, *, vendor: str = "github", later: float = 0, **given: Any):
    """A sighting of what happened so many minutes after nine, told `later` minutes after that."""
    words = {
        "project": "Acme/refunds",
        "stage": "production",
        "revision": SHA,
        "at": at(minutes),
        "status": "in_progress",
        "by": "octocat",
        "url": "https://ci.example.org/7",
        "source": "github-shop",
    }
    return sightings.see(Sighting(vendor=vendor, **(words | given)), now=at(minutes + later))


def judge(minutes: float) -> SeenDeployment:
    sightings.judge(now=at(minutes), limit=50)
    return SeenDeployment.objects.latest("id")


def started(change: Change, *, minutes: float, permit: str = "") -> None:
    named = {"permit": permit} if permit else {"change": change.ref}
    deployments.report(
        deployments.Report(status="started", at=at(minutes), **named),
        actor=person("ci"),
        now=at(minutes),
    )


def permit_for(change: Change, *, minutes: float) -> str:
    question = gate.Question(change.service.slug, "production", revision="4f1c2d9")
    given = gate.ask(question, actor=person("ci"), now=at(minutes))
    assert given.permit
    return given.permit


def found() -> list[Change]:
    return list(Change.objects.filter(unauthorised_at__isnull=False))
