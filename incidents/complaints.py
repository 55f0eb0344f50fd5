"""Complaints: what people say is wrong becomes an alert, for monitoring does not see everything.

Each is an alert of the source `people` by itself. A route decides how many of a service, in how
many minutes, declare an incident.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Service, User
from incidents import alerts
from incidents.models import Alert, Complaint
from incidents.signals import Said, Signal
from ledger import refs, rows, timeline

SOURCE = "people"
ALERT_NAME = "UserComplaint"
LONGEST_MESSAGE_ID = 255
MOST_AFFECTED = 2_000_000_000
LOOKED_BACK = timedelta(days=1)
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Reported:
    """A complaint and the alert that it is; `is_new` unless the same message came before."""

    complaint: Complaint
    alert: Alert | None
    is_new: bool


@transaction.atomic
def report(
    *,
    subject: str,
    said_by: str,
    actor: User,
    now: datetime,
    message_id: str,
    text: str = "",
    service: Service | None = None,
    since_at: datetime | None = None,
    affected: int | None = None,
) -> Reported:
    """Keep what somebody said, and let it be an alert; once for each `message_id`.

    Raises `ValidationError` with a sentence for each wrong field.
    """
    known = message_id if len(message_id) <= LONGEST_MESSAGE_ID else _digest(message_id)
    complaint = Complaint(
        message_id=known,
        said_by=said_by.strip(),
        subject=subject.strip(),
        text=text.strip(),
        service=service,
        since_at=since_at,
        affected=affected,
        reported_at=now,
        reported_by=actor,
    )
    _check(complaint, now=now)
    Complaint.objects.bulk_create([complaint], ignore_conflicts=True)
    kept = Complaint.objects.select_related("service__owner_team").get(message_id=known)
    key = kept.ref
    if Alert.objects.filter(source=SOURCE, key=key).exists():
        return Reported(kept, alert_of(kept), is_new=False)
    alerts.take([_signal(kept)], source=SOURCE, now=now)
    _record(kept, actor=actor, now=now)
    return Reported(kept, alert_of(kept), is_new=True)


def alert_of(complaint: Complaint) -> Alert | None:
    """The alert that a complaint is."""
    found = Alert.objects.filter(source=SOURCE, key=complaint.ref)
    return found.select_related("incident").first()


def lately(*, now: datetime) -> Sequence[tuple[Complaint, Alert | None]]:
    """What was said within a day, newest first, each with its alert."""
    told = Complaint.objects.filter(reported_at__gt=now - LOOKED_BACK).select_related("service")
    some = list(told[:SHOWN])
    found = Alert.objects.filter(source=SOURCE, key__in=[one.ref for one in some])
    by_key = {one.key: one for one in found.select_related("incident")}
    return [(one, by_key.get(one.ref)) for one in some]


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every complaint."""
    return ((one.ref, rows.digest(one)) for one in rows.streamed(Complaint.objects.all()))


def _check(complaint: Complaint, *, now: datetime) -> None:
    if complaint.since_at is not None and complaint.since_at > now:
        raise ValidationError({"since_at": "This lies ahead: say since when it has been so."})
    if complaint.affected is not None and complaint.affected > MOST_AFFECTED:
        raise ValidationError({"affected": "These are more people than there could be."})
    complaint.clean_fields(exclude=["service", "reported_by", "message_id"])


def _signal(complaint: Complaint) -> Signal:
    service = complaint.service.slug if complaint.service else ""
    affected = f"\n{complaint.affected:,} affected." if complaint.affected is not None else ""
    return Signal(
        key=complaint.ref,
        said=Said.STATELESS,
        title=complaint.subject,
        started_at=complaint.since_at or complaint.reported_at,
        body=f"{complaint.text}{affected}".strip(),
        service=service,
        labels={"alertname": ALERT_NAME, **({"service": service} if service else {})},
    )


def _record(complaint: Complaint, *, actor: User, now: datetime) -> None:
    about = []
    if (service := complaint.service) is not None:
        about = [refs.of_service(service.slug), refs.of_team(service.owner_team.slug)]
    timeline.record(
        subject=complaint.ref,
        verb="complaint.reported",
        actor=actor.username,
        at=now,
        about=about,
        data={
            "title": complaint.subject,
            "service": complaint.service.slug if complaint.service else None,
            "affected": complaint.affected,
            "row_digest": rows.digest(complaint),
        },
    )


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
