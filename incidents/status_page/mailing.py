"""Mail to subscribers: one that confirms, and one for each public update, through the outbox."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from incidents.models import Notice, Subscriber, Update
from incidents.status_page import subscribing
from ledger import wake
from ledger.channels import email
from ledger.channels.failures import NotNeeded, NotSent
from ledger.models import Delivery, Event, Reply
from ledger.models.delivery import Lane

CHANNEL: Final = "status_mail"
AT_ONCE: Final = 1000
ATTEMPTS_AT_MOST: Final = 8
FIRST_WAIT: Final = timedelta(minutes=1)
_PUBLISHED: Final = "incident.update_published"


def confirm_due(*, now: datetime, limit: int) -> int:
    """Send the confirming mails that are due; answers how many were tried."""
    for tried in range(limit):
        with transaction.atomic():
            due = Subscriber.objects.filter(next_attempt_at__lte=now).order_by("next_attempt_at")
            row = due.select_for_update(skip_locked=True).first()
            if row is None:
                return tried
            token, row.confirm_digest = subscribing.new_token()
            row.attempts += 1
            later = now + FIRST_WAIT * 2 ** min(row.attempts, 10)
            row.next_attempt_at = later if row.attempts < ATTEMPTS_AT_MOST else None
            row.save(update_fields=["confirm_digest", "attempts", "next_attempt_at"])
        try:
            email.post(_confirming(row, token))
        except NotSent:
            continue
        Subscriber.objects.filter(pk=row.pk).update(next_attempt_at=None)
    return limit


def fan_out(*, now: datetime) -> int:
    """Make the mails of one public update that subscribers were not told of; 0 for none."""
    with transaction.atomic():
        untold = Update.objects.filter(is_public=True, subscribers_told_at=None).order_by("id")
        update = untold.select_for_update(skip_locked=True).first()
        if update is None:
            return 0
        update.subscribers_told_at = now
        update.save(update_fields=["subscribers_told_at"])
        event = Event.objects.get(
            subject=f"INC-{update.incident_id}", verb=_PUBLISHED, data__update=update.pk
        )
        told = Subscriber.objects.filter(confirmed_at__isnull=False).order_by("id")
        for row_keys in _some(list(told.values_list("id", flat=True))):
            replies = Reply.objects.bulk_create(
                Reply(channel=CHANNEL, to=Subscriber(pk=key).name, created_at=now)
                for key in row_keys
            )
            Delivery.objects.bulk_create(
                Delivery(
                    event=event,
                    reply=reply,
                    subject=event.subject,
                    reader=f"subscriber:{reply.to.rpartition(' ')[2]}",
                    lane=Lane.SUBSCRIBERS,
                    next_attempt_at=now,
                )
                for reply in replies
            )
        wake.nudge()
    return 1


def send(delivery: Delivery, now: datetime) -> None:
    """Mail one public update to one subscriber; raises `NotSent`, `NotNeeded` for who has gone."""
    name = delivery.reply.to if delivery.reply else ""
    subscriber = Subscriber.objects.filter(
        pk=int(name.rpartition(" ")[2] or 0), confirmed_at__isnull=False
    ).first()
    if subscriber is None:
        raise NotNeeded("They have unsubscribed.")
    update = Update.objects.get(pk=delivery.event.data["update"])
    notice = Notice.objects.get(incident=update.incident_id)
    email.post(_telling(subscriber, update, notice, delivery))


def _telling(
    subscriber: Subscriber, update: Update, notice: Notice, delivery: Delivery
) -> EmailMessage:
    """Public words alone; one click of the mail program ends it (RFC 8058)."""
    here = settings.TIDEGATE_URL.rstrip("/")
    end = f"{here}/status/unsubscribe/{subscribing.ending_token(subscriber)}"
    components = ", ".join(one.name for one in notice.components.all() if one.is_shown)
    thread = f"<status-{notice.pk}@{email.host()}>"
    lines = [
        update.get_status_display(),
        *([components] if components else []),
        f"{update.published_at.astimezone(UTC):%a %-d %b %Y %H:%M} UTC",
        "",
        update.message,
        "",
        settings.STATUS_PAGE_URL,
        "",
        f"No more of these mails: {end}",
        "",
    ]
    return EmailMessage(
        subject=f"{notice.title}: {update.get_status_display()}",
        body="\n".join(lines),
        to=[subscriber.email],
        headers={
            "Message-ID": f"<delivery-{delivery.pk}@{email.host()}>",
            "In-Reply-To": thread,
            "References": thread,
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{end}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _confirming(subscriber: Subscriber, token: str) -> EmailMessage:
    here = settings.TIDEGATE_URL.rstrip("/")
    body = [
        f"Somebody, most likely you, asked for mail when {settings.STATUS_PAGE_NAME} says",
        "something new. If it was you, confirm it here within a week:",
        "",
        f"{here}/status/confirm/{token}",
        "",
        "If it was not, nothing need be done: you will hear no more.",
        "",
    ]
    return EmailMessage(
        subject=f"Confirm your subscription to {settings.STATUS_PAGE_NAME}",
        body="\n".join(body),
        to=[subscriber.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _some(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)]
