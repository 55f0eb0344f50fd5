"""What becomes of an alert when something is said of it. Pure.

# Note [One firing and the next]
A tool that tells firings apart has a word for each (Alertmanager's startsAt): the same word is the
same firing, however often and in whatever order it is told. Where there is no such word, whatever
comes while the alert is open is the same firing, and what comes after its end is a new one, which
never reopens an old one (PagerDuty's rule).

# Note [Over when it was heard of]
A firing may begin and end before we hear of it: both are told in one message, the end comes first,
or the message of its beginning was lost. It is kept with its beginning and end, and counts as a
firing of its group; but nothing fires, so it alone declares nothing and wakes nobody.

# Note [Clocks that are off]
A beginning that lies ahead of us, or more than a month back, decides nothing: the firing is taken
to have begun when we heard of it. What the tool said is kept beside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from incidents.signals import Said, Signal

FIRING, ACKNOWLEDGED, RESOLVED = "firing", "acknowledged", "resolved"
TOOL, TIME, NEXT = "tool", "time", "next"
AHEAD = timedelta(minutes=5)
LONG_AGO = timedelta(days=30)
FLAPS_WITHIN = timedelta(minutes=10)


@dataclass(slots=True, kw_only=True)
class Firing:
    """One firing of an alert; see `AlertOccurrence`."""

    word: str
    said_at: datetime
    started_at: datetime
    heard_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    clock_is_off: bool = False

    def end(self, at: datetime, by: str) -> None:
        """End it, never before it began."""
        self.ended_at, self.ended_by = max(at, self.started_at), by


@dataclass(slots=True, kw_only=True)
class Standing:
    """An alert as it stands: its newest firing, and those that are written anew.

    `began` and `ended` tell whether it began to fire, and ceased to, since it was read; `added` are
    the firings that nobody had heard of.
    """

    state: str = RESOLVED
    newest: Firing | None = None
    known: Mapping[str, Firing] = field(default_factory=dict)
    touched: dict[str, Firing] = field(default_factory=dict)
    added: list[Firing] = field(default_factory=list)
    occurrences: int = 0
    flaps: int = 0
    heard: int = 0
    began: bool = False
    ended: bool = False
    latest: Signal | None = None

    @property
    def is_open(self) -> bool:
        return self.newest is not None and self.newest.ended_at is None

    @property
    def over(self) -> list[Firing]:
        """The firings that are over, and of which nobody had heard."""
        return [one for one in self.added if one.ended_at is not None]

    def firing(self, word: str) -> Firing | None:
        """The firing that a word is of, if it is known."""
        if self.newest is not None and self.newest.word == word:
            return self.newest
        return self.touched.get(word) or self.known.get(word)


def follow(alert: Standing, signal: Signal, *, heard_at: datetime) -> None:
    """Let an alert be as a signal says that came in at `heard_at`."""
    alert.heard += 1
    told = _told(signal, heard_at)
    if signal.told_at is not None and _is_off(signal.told_at, heard_at):
        signal = replace(signal, told_at=None)
    same = signal.occurrence in ("", alert.newest.word if alert.newest else "")
    match signal.said:
        case Said.FIRING | Said.STATELESS:
            _fires(alert, signal, told, same=same)
        case Said.ACKNOWLEDGED:
            if alert.is_open and same:
                alert.state = ACKNOWLEDGED
        case Said.RESOLVED:
            end = min(signal.ended_at or heard_at, heard_at)
            _ends(alert, signal, told, end=heard_at if told.clock_is_off else end, same=same)


def run_out(alert: Standing, *, at: datetime) -> None:
    """End an alert of which nothing was heard again."""
    if alert.newest is not None and alert.is_open:
        _close(alert, at, TIME)


def _fires(alert: Standing, signal: Signal, told: Firing, *, same: bool) -> None:
    newest, known = alert.newest, alert.firing(told.word)
    if (alert.is_open and same) or _was_over(newest, signal):
        alert.latest = signal
    elif known is not None and known.ended_at is not None:
        if known is newest and known.ended_by == TIME:
            known.ended_at, known.ended_by = None, ""
            alert.touched[known.word] = known
            alert.flaps += 1
            _open(alert, signal)
    elif newest is not None and signal.occurrence and told.started_at < newest.started_at:
        told.end(newest.started_at, NEXT)
        _add(alert, told)
    else:
        _begins(alert, signal, told)


def _was_over(newest: Firing | None, signal: Signal) -> bool:
    """Whether it was said before the end that was heard of already."""
    return (
        newest is not None
        and newest.ended_at is not None
        and newest.ended_by == TOOL
        and signal.told_at is not None
        and signal.told_at < newest.ended_at
    )


def _begins(alert: Standing, signal: Signal, told: Firing) -> None:
    newest = alert.newest
    if newest is not None and newest.ended_at is not None and signal.told_at is not None:
        told.started_at = max(told.started_at, min(signal.told_at, told.heard_at))
    if newest is not None and newest.ended_at is None:
        newest.end(told.started_at, NEXT)
        alert.touched[newest.word] = newest
    if newest is not None and newest.ended_at is not None and signal.said is Said.FIRING:
        alert.flaps += told.started_at - newest.ended_at <= FLAPS_WITHIN
    alert.newest = told
    _add(alert, told)
    _open(alert, signal)


def _ends(alert: Standing, signal: Signal, told: Firing, *, end: datetime, same: bool) -> None:
    newest, known = alert.newest, alert.firing(told.word)
    if newest is not None and alert.is_open and same:
        alert.latest = signal
        _close(alert, end, TOOL)
    elif not signal.occurrence and (signal.told_at is None or newest is not None):
        return  # There is nothing open that it could end.
    elif known is not None:
        if known.ended_by in (TIME, NEXT):
            known.end(end, TOOL)
            alert.touched[known.word] = known
    elif newest is None or told.started_at >= newest.started_at:
        if newest is not None and alert.is_open:
            _close(alert, told.started_at, NEXT)
        elif newest is not None and newest.ended_at is not None:
            alert.flaps += told.started_at - newest.ended_at <= FLAPS_WITHIN
        told.end(end, TOOL)
        alert.newest, alert.latest = told, signal
        _add(alert, told)
        alert.began = alert.ended = True
    elif alert.is_open and end >= newest.started_at:
        _close(alert, end, TOOL)  # Firings that overlap are one, as Alertmanager merges them.
    else:
        told.end(end, TOOL)
        _add(alert, told)


def _open(alert: Standing, signal: Signal) -> None:
    alert.state, alert.latest = FIRING, signal
    alert.began, alert.ended = True, False


def _close(alert: Standing, at: datetime, by: str) -> None:
    if alert.newest is not None:
        alert.newest.end(at, by)
        alert.touched[alert.newest.word] = alert.newest
    alert.state, alert.ended = RESOLVED, True


def _add(alert: Standing, told: Firing) -> None:
    alert.touched[told.word] = told
    alert.added.append(told)
    alert.occurrences += 1


def _is_off(said: datetime, heard_at: datetime) -> bool:
    """See Note [Clocks that are off]."""
    return not heard_at - LONG_AGO <= said <= heard_at + AHEAD


def _told(signal: Signal, heard_at: datetime) -> Firing:
    said = signal.started_at
    is_off = _is_off(said, heard_at)
    return Firing(
        word=signal.occurrence or heard_at.isoformat(),
        said_at=said,
        started_at=heard_at if is_off else min(said, heard_at),
        heard_at=heard_at,
        clock_is_off=is_off,
    )
