"""Keeping what is told of a deployment, with what was told of it before."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from catalog.models import Environment, Service, User
from changes import lifecycle
from changes.models import Change, Deployment, DetectionRule, GateAnswer
from changes.models import SeenDeployment as Seen
from changes.queries import doors
from changes.states import State
from ledger.decision import rfc3339

ROBOT = "intake"
SKEW = timedelta(minutes=2)
AHEAD = timedelta(minutes=5)  # How far a reporter's clock may be ahead of ours.
TOLD_AT_MOST = 20
GATE = "gate"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_SHA = re.compile(r"[0-9a-f]{7,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What somebody told of a deployment at `at` (aware), in their own words for the place.

    `external_id` is the tool's own number for the deployment, which tells it however long it takes.
    """

    vendor: str
    revision: str
    at: datetime
    project: str = ""
    stage: str = ""
    status: str = ""
    by: str = ""
    url: str = ""
    source: str = ""
    external_id: str = ""

    def as_told(self, now: datetime) -> dict[str, Any]:
        """What is kept of it."""
        words = {
            "vendor": self.vendor,
            "source": self.source,
            "project": self.project,
            "stage": self.stage,
            "revision": self.revision,
            "status": self.status,
            "by": self.by,
            "url": self.url,
            "at": rfc3339(self.at.replace(microsecond=0)),
            "seen_at": rfc3339(now.replace(microsecond=0)),
        }
        return {name: value for name, value in words.items() if value}


@transaction.atomic
def see(
    sighting: Sighting, *, now: datetime, place: tuple[Service, Environment] | None = None
) -> Seen:
    """Keep a sighting, with the deployment it is of; `place` where it was told in our own words.

    What stands for no place here is kept too, until somebody maps it.
    """
    before = _told_before(sighting)
    if before is not None:
        _add(before, sighting, now=now)
        before.save(update_fields=["told"])
        return before
    if place is None:
        found = doors.mapped(vendor=sighting.vendor, project=sighting.project, stage=sighting.stage)
        place = (found.service, found.environment) if found else None
    if place is None:
        return _unmapped(sighting, now=now)
    lock_place(*place)
    known = alike(*place, revision=sighting.revision, at=sighting.at)
    if known is None:
        return _waiting(sighting, place, now=now)
    _add(known, sighting, now=now)
    known.save(update_fields=["told"])
    return known


def reported(kept: Deployment, change: Change, *, actor: User, now: datetime) -> None:
    """A deployment was reported as started with leave: the one that was seen is cleared by it.

    Leave counts from when it was given: a permit asked for afterwards makes nothing good.
    """
    place = change.service, change.environment
    lock_place(*place)
    sighting = Sighting(
        GATE, change.revision, kept.at, status=kept.status, by=actor.username, source=GATE
    )
    by = Seen.By.PERMIT if kept.permit_id else Seen.By.CHANGE
    known = alike(*place, revision=change.revision, at=kept.at)
    if known is None or known.at + SKEW < _leave_since(kept, change):
        Seen.objects.create(
            **_columns(sighting, now=now),
            service=change.service,
            environment=change.environment,
            state=Seen.State.AUTHORISED,
            by=by,
            change=change,
        )
        return
    _add(known, sighting, now=now)
    if known.state != Seen.State.AUTHORISED and _is_cleared(known, kept, change, now=now):
        known.state, known.by, known.change = Seen.State.AUTHORISED, by, change
        known.judge_at = None
    known.save()


def lock_place(service: Service, environment: Environment) -> None:
    """Let nobody else tell of this place until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"seen {service.pk}/{environment.pk}"])


def alike(
    service: Service, environment: Environment, *, revision: str, at: datetime, besides: int = 0
) -> Seen | None:
    """The deployment of the same revision that was seen nearest to an instant, if near enough."""
    within = rule().same_within
    near = Seen.objects.filter(
        service=service, environment=environment, at__range=(at - within, at + within)
    )
    same = [one for one in near.exclude(pk=besides) if same_revision(one.revision, revision)]
    return min(same, key=lambda one: abs(one.at - at), default=None)


def same_revision(one: str, other: str) -> bool:
    """Whether two names are of one revision; tools shorten the hash of a commit."""
    if one == other:
        return True
    a, b = one.lower(), other.lower()
    hashes = _SHA.fullmatch(a) and _SHA.fullmatch(b)
    return bool(hashes) and (a.startswith(b) or b.startswith(a))


def rule() -> DetectionRule:
    """How what is seen is judged."""
    return DetectionRule.objects.first() or DetectionRule()


def robot() -> User:
    """Who files what was found."""
    defaults = {"is_robot": True, "password": "!"}
    return User.objects.get_or_create(username=ROBOT, defaults=defaults)[0]


def _told_before(sighting: Sighting) -> Seen | None:
    """The deployment that has the tool's number, locked."""
    if not sighting.external_id:
        return None
    rows = Seen.objects.select_for_update().filter(
        vendor=sighting.vendor, external_id=sighting.external_id
    )
    return rows.first()


def _is_cleared(known: Seen, kept: Deployment, change: Change, *, now: datetime) -> bool:
    """Whether leave clears what was seen; what people have reviewed already stays as it is."""
    found = known.change
    if known.state != Seen.State.UNAUTHORISED or found is None:
        return True
    if found.state != State.VALIDATING or found.reviewed_at is not None:
        return False
    what = "permit" if kept.permit_id else "deployment"
    reason = f"The {what} of {change.ref} was reported for it at {now:%H:%M:%S} UTC."
    lifecycle.clear(ref=found.ref, reason=reason, actor=robot(), now=now)
    return True


def _leave_since(kept: Deployment, change: Change) -> datetime:
    """Since when there has been leave: the gate's answer, or the start of the change."""
    asked = GateAnswer.objects.filter(pk=kept.permit_id).first() if kept.permit_id else None
    if asked is not None:
        return asked.at
    return change.started_at or kept.reported_at


def _unmapped(sighting: Sighting, *, now: datetime) -> Seen:
    within = rule().same_within
    near = (sighting.at - within, sighting.at + within)
    words = {"vendor": sighting.vendor, "project": sighting.project, "stage": sighting.stage}
    known = Seen.objects.filter(
        **words, revision=sighting.revision, at__range=near, state=Seen.State.UNMAPPED
    ).first()
    if known is None:
        return Seen.objects.create(**_columns(sighting, now=now), state=Seen.State.UNMAPPED)
    _add(known, sighting, now=now)
    known.save(update_fields=["told"])
    return known


def _waiting(sighting: Sighting, place: tuple[Service, Environment], *, now: datetime) -> Seen:
    service, environment = place
    return Seen.objects.create(
        **_columns(sighting, now=now),
        service=service,
        environment=environment,
        state=Seen.State.WAITING,
        judge_at=now + rule().grace,
    )


def _columns(sighting: Sighting, *, now: datetime) -> dict[str, Any]:
    return {
        "vendor": sighting.vendor,
        "project": sighting.project,
        "stage": sighting.stage,
        "revision": sighting.revision,
        "external_id": sighting.external_id,
        "at": sighting.at,
        "seen_at": now,
        "told": [sighting.as_told(now)],
    }


def _add(known: Seen, sighting: Sighting, *, now: datetime) -> None:
    """Tell more of a deployment; of very many tellings the first ones are kept."""
    if len(known.told) < TOLD_AT_MOST:
        known.told = [*known.told, sighting.as_told(now)]
