"""Judging what was seen: leave there was, or a change that owes a review."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q

from changes import lifecycle
from changes.models import Change, DoorMapping
from changes.models import SeenDeployment as Seen
from changes.queries import doors
from changes.sightings.seeing import SKEW, alike, lock_place, robot, rule, same_revision
from changes.states import State

LONGEST_RUN = timedelta(days=30)
TITLE_AT_MOST = 200
LOOKED_AT = 20
_TO_MAP = """
SELECT s.id FROM changes_seendeployment s WHERE s.state = 'unmapped' AND EXISTS (
    SELECT FROM changes_doormapping m WHERE m.is_active AND m.vendor = s.vendor
        AND upper(m.project) = upper(s.project)
        AND (m.stage = '' OR upper(m.stage) = upper(s.stage)))
ORDER BY s.id LIMIT %(limit)s
"""


def judge(*, now: datetime, limit: int) -> int:
    """Judge at most `limit` deployments whose grace is over; answers how many were looked at.

    Any number of workers may: all that is told of one place waits for each other.
    """
    due = Seen.objects.filter(state=Seen.State.WAITING, judge_at__lte=now).order_by("judge_at")
    keys = list(due.values_list("pk", flat=True)[:limit])
    for key in keys:
        _judge_one(key, now=now)
    return len(keys)


def map_anew(*, now: datetime, limit: int) -> int:
    """Let what was seen at places that have since been mapped be judged; answers how many."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_MAP, {"limit": limit})
        keys = [key for (key,) in cursor.fetchall()]
    for key in keys:
        _map_one(key, now=now)
    return len(keys)


@transaction.atomic
def _map_one(key: int, *, now: datetime) -> None:
    seen = Seen.objects.select_for_update().get(pk=key)
    found = doors.mapped(vendor=seen.vendor, project=seen.project, stage=seen.stage)
    if found is None or seen.state != Seen.State.UNMAPPED:
        return
    lock_place(found.service, found.environment)
    known = alike(found.service, found.environment, revision=seen.revision, at=seen.at)
    if known is not None:
        known.told = [*known.told, *seen.told]
        known.save(update_fields=["told"])
        seen.delete()
        return
    _place(seen, found, now=now)


def _place(seen: Seen, found: DoorMapping, *, now: datetime) -> None:
    seen.service, seen.environment = found.service, found.environment
    seen.state, seen.judge_at = Seen.State.WAITING, now
    seen.save(update_fields=["service", "environment", "state", "judge_at"])


@transaction.atomic
def _judge_one(key: int, *, now: datetime) -> None:
    seen = Seen.objects.select_related("service__owner_team", "environment").get(pk=key)
    if seen.service is None or seen.environment is None:
        return
    lock_place(seen.service, seen.environment)
    seen.refresh_from_db(fields=["state", "told"])
    if seen.state != Seen.State.WAITING:
        return
    change = _implementing(seen) if rule().implementing_counts else None
    if change is not None:
        seen.state, seen.by, seen.change = Seen.State.AUTHORISED, Seen.By.CHANGE, change
    else:
        seen.state = Seen.State.UNAUTHORISED
        seen.change = _detected(seen, now=now) if rule().is_active else None
    seen.judge_at = None
    seen.save(update_fields=["state", "by", "change", "judge_at"])


def _implementing(seen: Seen) -> Change | None:
    """The change that was being implemented there then, for this revision if both name one."""
    running = Change.objects.filter(
        Q(finished_at__isnull=True) | Q(finished_at__gte=seen.at - SKEW),
        environment=seen.environment,
        started_at__lte=seen.at + SKEW,
        started_at__gte=seen.at - LONGEST_RUN,
        unauthorised_at__isnull=True,
    ).exclude(state=State.CANCELLED)
    for rows in (running.filter(service=seen.service), running.filter(also_affects=seen.service)):
        for change in rows.order_by("-id")[:LOOKED_AT]:
            named = seen.revision and change.revision
            if not named or same_revision(seen.revision, change.revision):
                return change
    return None


def _detected(seen: Seen, *, now: datetime) -> Change:
    """The change that what was seen becomes, with all that was told as evidence."""
    service, environment = seen.service, seen.environment
    what = f"{service} {seen.revision}".strip()
    title = f"Unauthorised deployment of {what} to {environment}"
    url = next((one["url"] for one in seen.told if _is_link(one.get("url", ""))), "")
    return lifecycle.detect(
        fields={
            "title": title[:TITLE_AT_MOST],
            "description": _evidence(seen),
            "service": service,
            "environment": environment,
            "revision": seen.revision,
            "source_url": url,
        },
        at=min(seen.at, now),
        seen={"deployment": seen.pk, "told": seen.told},
        actor=robot(),
        now=now,
    )


def _is_link(url: str) -> bool:
    """Whether a change may keep it as its source."""
    try:
        Change._meta.get_field("source_url").clean(url, None)
    except ValidationError:
        return False
    return bool(url)


def _evidence(seen: Seen) -> str:
    """What was seen, a line for each who told of it."""
    lines = [
        "This was deployed, and there was no leave for it: no permit was used up, and no change "
        "was being implemented there.",
        "",
    ]
    for one in seen.told:
        where = " ".join(filter(None, [one.get("project"), one.get("stage")]))
        more = [one.get("status"), one.get("by") and f"by {one['by']}", one.get("url")]
        details = ", ".join(filter(None, more))
        told = f"- {one['vendor']} told at {one['seen_at']}: {where or 'deployed'}"
        lines.append(f"{told} at {one['at']}{f' ({details})' if details else ''}")
    return "\n".join(lines)
