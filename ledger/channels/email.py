"""E-mail: one plain message per event, through Django's mail settings."""

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from ledger import refs
from ledger.channels.failures import NotSent
from ledger.decision import rfc3339
from ledger.models import Delivery, Event


def send(*, delivery: Delivery) -> None:
    """Mail one event to the subscription's address, or a letter to its person; raises `NotSent`."""
    if delivery.letter is not None and not delivery.letter.to.is_active:
        raise NotSent(f"{delivery.letter.to} is no longer active.", permanent=True)
    try:
        validate_email(delivery.target)
        _message(delivery).send(fail_silently=False)
    except ValidationError:
        address = delivery.target
        raise NotSent(f"“{address}” is not an e-mail address.", permanent=True) from None
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


def _message(delivery: Delivery) -> EmailMessage:
    event, letter = delivery.event, delivery.letter
    host = urlsplit(settings.TIDEGATE_URL).hostname or "tidegate"
    return EmailMessage(
        subject=letter.heading if letter else _heading(event),
        body=letter.words if letter else _text(event),
        to=[delivery.target],
        headers={
            "Message-ID": f"<delivery-{delivery.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _heading(event: Event) -> str:
    return f"{event.subject}: {event.verb.replace('.', ' ').replace('_', ' ')}"


def _text(event: Event) -> str:
    told = [f"{name}: {value}" for name, value in event.data.items() if _is_short(name, value)]
    return "\n".join(
        [
            f"{event.subject} {event.verb}",
            f"by {event.actor} at {rfc3339(event.at)}",
            "",
            *told,
            *([""] if told else []),
            settings.TIDEGATE_URL.rstrip("/") + refs.page_of(event.subject),
            "",
        ]
    )


def _is_short(name: str, value: object) -> bool:
    return isinstance(value, str | int) and value != "" and not name.endswith("_digest")
