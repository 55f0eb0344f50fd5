"""E-mail: one plain message per event, through Django's mail settings."""

from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from ledger import refs
from ledger.channels.failures import NotSent
from ledger.channels.wording import Telling
from ledger.decision import rfc3339
from ledger.models import Delivery


def send(delivery: Delivery, telling: Telling, now: datetime) -> None:
    """Mail one event to the subscription's address, or a letter to its person; raises `NotSent`."""
    if delivery.letter is not None and not delivery.letter.to.is_active:
        raise NotSent(f"{delivery.letter.to} is no longer active.", permanent=True)
    try:
        validate_email(delivery.target)
    except ValidationError:
        address = delivery.target
        raise NotSent(f"“{address}” is not an e-mail address.", permanent=True) from None
    post(_message(delivery, telling))


def post(message: EmailMessage) -> None:
    """Hand one message to the mail server; raises `NotSent`."""
    try:
        message.send(fail_silently=False)
    except SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        permanent = all(code >= 500 for code in codes)
        raise NotSent(
            f"The mail server refused the address: {refused}", permanent=permanent
        ) from refused
    except SMTPSenderRefused as refused:
        raise NotSent(f"The mail server refused our sender address: {refused}") from refused
    except SMTPResponseException as refused:
        raise NotSent(
            f"The mail server answered {refused.smtp_code}: {refused.smtp_error!r}"
        ) from refused
    except (SMTPException, OSError) as error:
        raise NotSent(f"The mail server could not be reached: {error}") from error


def host() -> str:
    """The name of this installation, for the ids of messages."""
    return urlsplit(settings.TIDEGATE_URL).hostname or "tidegate"


def _message(delivery: Delivery, telling: Telling) -> EmailMessage:
    """What is told of one incident hangs together in a mailbox (RFC 5322, References)."""
    event, letter = delivery.event, delivery.letter
    headers = {
        "Message-ID": f"<delivery-{delivery.pk}@{host()}>",
        "Auto-Submitted": "auto-generated",
    }
    if letter is None and telling.standing is not None:
        thread = f"<{event.subject}@{host()}>"
        headers |= {"In-Reply-To": thread, "References": thread}
    return EmailMessage(
        subject=letter.heading if letter else _heading(telling),
        body=letter.words if letter else _text(telling),
        to=[delivery.target],
        headers=headers,
    )


def _heading(telling: Telling) -> str:
    event = telling.event
    if telling.standing is not None:
        return " ".join(telling.headline.split())
    return f"{event.subject}: {event.verb.replace('.', ' ').replace('_', ' ')}"


def _text(telling: Telling) -> str:
    event = telling.event
    if telling.standing is not None:
        told = [f"{label}: {value}" for label, value in telling.facts]
        first = [
            telling.name,
            telling.happened,
            "",
            *([telling.words, ""] if telling.words else []),
        ]
    else:
        told = [f"{name}: {value}" for name, value in event.data.items() if _is_short(name, value)]
        first = [f"{event.subject} {event.verb}", f"by {event.actor} at {rfc3339(event.at)}", ""]
    return "\n".join(
        [
            *first,
            *told,
            *([""] if told else []),
            *([telling.confession, ""] if telling.confession else []),
            settings.TIDEGATE_URL.rstrip("/") + refs.page_of(event.subject),
            "",
        ]
    )


def _is_short(name: str, value: object) -> bool:
    return isinstance(value, str | int) and value != "" and not name.endswith("_digest")
