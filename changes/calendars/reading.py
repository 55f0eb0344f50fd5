"""Reading what a calendar says now: an address, a file, or the public holidays of a country."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.exceptions import ValidationError

from changes.models import Calendar, Window
from changes.windows import HORIZON, Effect, Interval, Listed
from changes.windows import public_holidays as holidays
from changes.windows.ics import MOST_BYTES, Unreadable
from changes.windows.ics_times import Read
from changes.windows.ics_times import read as times_of
from changes.windows.preview import Caution
from ledger.download import Downloaded, download, refuse_address
from ledger.safe_transport import NotReached

Source = Window.Source
_WEBCAL = "webcal://"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a calendar said: its text with what to ask with next time, and the times in it.

    `times` reach as far as `until`. Public holidays have no text.
    """

    text: str
    etag: str
    last_modified: str
    times: tuple[Listed, ...]
    cautions: tuple[Caution, ...]
    until: datetime

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest() if self.text else ""


def read(
    window: Window,
    *,
    now: datetime,
    kept: Calendar | None = None,
    file: bytes = b"",
    ask: bool = True,
) -> Reading:
    """What the calendar of a window says of the next 400 days.

    `kept` is the copy of the same address or file, if there is one: an address is asked whether it
    has changed since, unless `ask` is false, when the copy is read again in another zone.
    Raises `ValidationError` with a sentence by field, `NotReached`, `Unreadable`.
    """
    within = Interval(now, now + HORIZON)
    effect = Effect(window.effect)
    if window.source == Source.HOLIDAYS:
        days = _holidays(window, within, effect)
        return Reading("", "", "", days, (), within.ends_at)
    by_address = ask and window.source == Source.ICS_URL
    found = _fetched(window, kept, now) if by_address else _file(kept, file)
    body = (kept.text if kept else "").encode() if found.content is None else found.content
    listed: Read = times_of(body, zone=window.time_zone, effect=effect, within=within)
    same = found.content is None and kept is not None
    return Reading(
        body.decode("utf-8-sig").replace("\x00", ""),
        kept.etag if same and kept else found.etag,
        kept.last_modified if same and kept else found.last_modified,
        listed.times,
        tuple(Caution(code, sentence) for code, sentence in listed.cautions),
        within.ends_at,
    )


def asks(window: Window) -> tuple[str, ...]:
    """What a reading depends on."""
    return window.source, window.ics_url, window.holidays, window.time_zone, window.effect


def is_same(one: Window, other: Window) -> bool:
    """Whether two windows take their times from the same calendar, however they read them."""
    return asks(one)[:3] == asks(other)[:3]


@contextmanager
def as_wrong_fields(window: Window) -> Iterator[None]:
    """Turn what cannot be read into a `ValidationError` beside the field it was named in."""
    try:
        yield
    except (NotReached, Unreadable) as problem:
        field = "ics_url" if window.source == Source.ICS_URL else "ics"
        raise ValidationError({field: str(problem)}) from problem


def address_of(given: str) -> str:
    """The address as it is asked for: `webcal://` is https. Raises `NotReached`."""
    url = given.strip()
    if url.lower().startswith(_WEBCAL):
        url = f"https://{url[len(_WEBCAL) :]}"
    refuse_address(url)
    return url


def _holidays(window: Window, within: Interval, effect: Effect) -> tuple[Listed, ...]:
    if not window.time_zone:
        raise ValidationError(
            {"time_zone": "Name the zone its days are counted in, such as Europe/Amsterdam."}
        )
    try:
        return holidays.days(window.holidays, zone=window.time_zone, effect=effect, within=within)
    except ValueError as problem:
        raise ValidationError({"holidays": str(problem)}) from problem


def _fetched(window: Window, kept: Calendar | None, now: datetime) -> Downloaded:
    return download(
        url=window.ics_url,
        at_most=MOST_BYTES,
        now=now,
        etag=kept.etag if kept else "",
        last_modified=kept.last_modified if kept else "",
    )


def _file(kept: Calendar | None, file: bytes) -> Downloaded:
    if not file and kept is None:
        raise ValidationError({"ics": "Give the calendar's file."})
    return Downloaded(file or None, "")
