"""Messages that are not kept, and what is kept of that.

# Note [What was refused is told]
A tool that is told 413 gives its message up, and with it alerts that nobody else knows of. So the
refusal is an event of the source, every ten minutes at most, if the sender proved to be the source;
whoever watches sources makes an alert of it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from rest_framework.exceptions import APIException

from ledger import timeline

REFUSED = "source.message_refused"
REFUSED_TOLD_EVERY = timedelta(minutes=10)


class NotTaken(APIException):
    """A message that is not kept; `status_code`, `code`, `message` and `remedy` say why.

    `wait` is after how many seconds to try again, or None.
    """

    def __init__(
        self, *, status: int, code: str, message: str, remedy: str, wait: int | None = None
    ) -> None:
        self.status_code = status
        self.code, self.message, self.remedy, self.wait = code, message, remedy, wait
        super().__init__(f"{message} {remedy}", code)


def unproved() -> NotTaken:
    return NotTaken(
        status=401,
        code="source_unproved",
        message="No source is known by this address and this key or signature.",
        remedy="Check the address and the key, or ask who keeps the sources for another one.",
    )


def too_large(most: int) -> NotTaken:
    return NotTaken(
        status=413,
        code="body_too_large",
        message=f"The message is over {most // 1000:,} kB.",
        remedy="Send less at once: in Alertmanager, set max_alerts.",
    )


def tell(*, source: str, length: int, at_most: int, now: datetime) -> None:
    """Say that a message of a source was too large. See Note [What was refused is told].

    Two that are refused at the same time may both be told of, which does no harm.
    """
    subject = f"source:{source}"
    lately = timeline.events_of(subject=subject).filter(
        verb=REFUSED, at__gt=now - REFUSED_TOLD_EVERY
    )
    if lately.exists():
        return
    with transaction.atomic():
        timeline.record(
            subject=subject,
            verb=REFUSED,
            actor=timeline.SYSTEM,
            at=now,
            data={"bytes": length, "at_most": at_most},
        )
