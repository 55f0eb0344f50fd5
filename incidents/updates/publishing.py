"""Publishing an update: kept, recorded, and for the public put on a notice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from incidents import lifecycle
from incidents.lifecycle import asking
from incidents.models import Component, Incident, Notice, Update
from incidents.models.component import OF_SEVERITY
from incidents.updates import drafting, recorded
from incidents.updates.inside import InsideWords, demand_public
from ledger import wake

TELL_SUBSCRIBERS = "incidents.tell_subscribers"
LONGEST_MESSAGE = 5_000


def publish(
    *,
    ref: str,
    status: str,
    message: str,
    actor: User,
    now: datetime,
    public: bool = False,
    title: str = "",
    components: Sequence[str] | None = None,
    next_update_at: datetime | None = None,
    may_stand: bool = False,
) -> Update:
    """Publish an update of an incident, for the house or, where `public`, for everybody.

    `title` and `components` (slugs) are what the public reads; left out, they stay as they were or
    follow from the incident's service. Words from the inside are refused in public, unless somebody
    says that they `may_stand`: see Note [Words from the inside]. Raises `ValidationError`,
    `Refused` (not_permitted, wrong_state) and `Incident.DoesNotExist`; nothing is written then.
    """
    with transaction.atomic():
        incident = asking.locked(ref)
        asking.demand("update", actor=actor, incident=incident)
        if next_update_at is not None and next_update_at <= now:
            raise ValidationError({"next_update_at": "Promise a time that lies ahead."})
        inside = _inside(message, title, may_stand=may_stand) if public else []
        update = Update(
            incident=incident,
            status=status,
            message=message.strip(),
            is_public=public,
            next_update_at=None if status == Update.Status.RESOLVED else next_update_at,
            published_at=now,
            published_by=actor,
        )
        update.clean_fields(exclude=["incident", "published_by"])
        update.save(force_insert=True)
        told: dict[str, Any] = {update.ref: recorded.digest(update)}
        notice = None
        if public:
            notice = _noticed(update, title=title.strip(), components=components, now=now)
            told[notice.ref] = recorded.notice_digest(notice)
            wake.nudge_task(TELL_SUBSCRIBERS)
        lifecycle.updated(
            ref=ref,
            actor=actor,
            now=now,
            next_update_at=update.next_update_at,
            told=_says(update, notice, told) | ({"named_inside": inside} if inside else {}),
        )
    return update


def _inside(message: str, title: str, *, may_stand: bool) -> list[str]:
    """The words from the inside that stand all the same; raises `InsideWords`."""
    try:
        demand_public(message=message, title=title)
    except InsideWords as found:
        if not may_stand:
            raise
        return found.words
    return []


def _says(update: Update, notice: Notice | None, rows: dict[str, str]) -> dict[str, Any]:
    """What the event tells; the title only where it is the public's."""
    return {
        "update": update.pk,
        "status": update.status,
        "message": update.message,
        "public": update.is_public,
        "next_update_at": update.next_update_at,
        "services": [update.incident.service.slug],
        **({"title": notice.title} if notice else {}),
        "rows": rows,
    }


def _noticed(
    update: Update, *, title: str, components: Sequence[str] | None, now: datetime
) -> Notice:
    """What the public sees of the incident, brought up to date."""
    incident = update.incident
    shown = _chosen(incident, components)
    notice = Notice.objects.filter(incident=incident).first() or Notice(
        incident=incident, title=f"Problem with {drafting.named(shown)}", opened_at=now
    )
    notice.title = title or notice.title
    notice.health = OF_SEVERITY[incident.severity]
    notice.resolved_at = now if update.status == Update.Status.RESOLVED else None
    notice.clean_fields(exclude=["incident"])
    notice.save()
    notice.components.set(shown)
    return notice


def _chosen(incident: Incident, slugs: Sequence[str] | None) -> list[Component]:
    """The components by slug; raises `ValidationError` for one that is not shown."""
    if slugs is None:
        return drafting.components_of(incident)
    found = list(Component.objects.filter(slug__in=slugs, is_shown=True))
    if unknown := sorted(set(slugs) - {one.slug for one in found}):
        raise ValidationError({"components": f"The status page shows no “{unknown[0]}”."})
    return found
