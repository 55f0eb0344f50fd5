"""What the doors of monitoring tools share: parse a message, and hand its signals on."""

from collections.abc import Callable, Mapping
from datetime import datetime

from incidents import alerts
from incidents.intake import told
from incidents.signals import Signal
from ledger.inbox import Unreadable
from ledger.inbox.vendors import Headers, Named, Reader
from ledger.models import Message

Parse = Callable[[bytes, Mapping[str, str], datetime], list[Signal]]
"""Body, kept headers and when it was received; pure. Raises `Unreadable`."""
Order = Callable[[bytes, Headers], str]


def reads(parse: Parse) -> Reader:
    """A reader that hands on what `parse` finds."""

    def read(message: Message, now: datetime) -> None:
        came = message.received_at
        signals = parse(bytes(message.body), message.headers, came)
        alerts.take(signals, source=message.source.slug, now=now, heard_at=came)

    return read


def in_order_by(
    topic: str,
    order: Order | None = None,
    *,
    once_by: tuple[str, ...] = (),
    number: Callable[[bytes], str] | None = None,
) -> Callable[[Headers, bytes], Named]:
    """A vendor's `named`: one topic, and messages with the same `order` are read as they came.

    A message is read once that has a `number`, or else by what the headers `once_by` say together,
    where all are there.
    """

    def named(headers: Headers, body: bytes) -> Named:
        shown = [headers.get(name, "") for name in once_by]
        once = told.digest(*shown) if shown and all(shown) else ""
        line = ""
        try:
            once = (number(body) if number else "") or once
            line = order(body, headers) if order else ""
        except Unreadable:
            pass
        return Named(topic, delivery_id=once, in_order=line)

    return named
