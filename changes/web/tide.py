"""The tide line: what the gate says now for production, and the week ahead as a tide table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from catalog.models import User
from changes import windows
from changes.policies.reasons import listed, moment
from changes.queries.tide import TideFacts, tide_facts
from changes.windows import Effect, Interval, Level, Occurrence

DRAWN = timedelta(days=7)
AHEAD = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Shut:
    """A time production takes no normal change, and the names of what shuts it."""

    interval: Interval
    names: tuple[str, ...]


def context(request: HttpRequest) -> Mapping[str, Any]:
    """The context processor: `tide` for components/tide.html, made only where a page shows it."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"tide": SimpleLazyObject(lambda: _now(user))}


def _now(user: User) -> dict[str, Any] | None:
    now = timezone.now()
    facts = tide_facts(reader=user, now=now, ahead=AHEAD)
    return tide(facts, now=now, zone=timezone.get_current_timezone()) if facts else None


def tide(facts: TideFacts, *, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """The tide at `now`, in the words and zone of its reader. Pure."""
    shut = shut_times(facts, within=Interval(now, now + AHEAD))
    week = Interval(now, now + DRAWN)
    return {
        "scope": facts.environment,
        "days": _days(week, zone),
        "spans": _spans(shut, week, zone),
        **_standing(facts, shut, now=now),
    }


def shut_times(facts: TideFacts, *, within: Interval) -> list[Shut]:
    """When production is frozen, or closed for want of maintenance; touching times are one."""
    found = windows.occurrences(facts.windows, within)
    shut = [
        Shut(one.interval, (one.name,))
        for one in found
        if one.effect is Effect.FREEZE and one.level is Level.BLOCK
    ]
    if not facts.is_open:
        shut += _between([one for one in found if one.effect is Effect.MAINTENANCE], within)
    return _merged(sorted(shut, key=lambda one: one.interval))


def _between(openings: Sequence[Occurrence], within: Interval) -> list[Shut]:
    """What lies between maintenance windows."""
    shut, at = [], within.starts_at
    for one in openings:
        if one.interval.starts_at > at:
            shut.append(Shut(Interval(at, one.interval.starts_at), ("no maintenance window",)))
        at = max(at, one.interval.ends_at)
    if at < within.ends_at:
        shut.append(Shut(Interval(at, within.ends_at), ("no maintenance window",)))
    return shut


def _merged(shut: Sequence[Shut]) -> list[Shut]:
    merged: list[Shut] = []
    for one in shut:
        last = merged[-1] if merged else None
        if last is None or one.interval.starts_at > last.interval.ends_at:
            merged.append(one)
            continue
        ends_at = max(last.interval.ends_at, one.interval.ends_at)
        names = tuple(dict.fromkeys((*last.names, *one.names)))
        merged[-1] = Shut(Interval(last.interval.starts_at, ends_at), names)
    return merged


def _standing(facts: TideFacts, shut: Sequence[Shut], *, now: datetime) -> dict[str, Any]:
    """The one sentence, its tone, and where its reason is told."""
    first = shut[0] if shut else None
    held = _held(facts)
    if first is not None and now in first.interval:
        reason = f"{listed(first.names)}; {held}" if held else listed(first.names)
        ends_at = first.interval.ends_at
        word = "Frozen" if first.names != ("no maintenance window",) else "Closed"
        return _line("stop", reason, ends_at if ends_at < now + AHEAD else None, word=word)
    until = first.interval.starts_at if first else None
    then = f"then {listed(first.names)}" if first else "no freeze in the next four weeks"
    if held:
        worst = facts.holding[0]
        return {
            "tone": "stop" if worst.ours else "wait",
            "words": held,
            "until": None,
            "reason": "everything else is open",
            "url": f"/incidents/{worst.ref}" if facts.held == 1 else "/incidents/",
        }
    return _line("go", then, until, word="Open")


def _line(tone: str, reason: str, until: datetime | None, *, word: str) -> dict[str, Any]:
    return {
        "tone": tone,
        "words": f"{word} until" if until else word,
        "until": until,
        "reason": reason,
        "url": reverse("gate"),
    }


def _held(facts: TideFacts) -> str:
    """`INC-7 SEV-1 holds payments-api, and 2 more are open`; empty where nothing is held."""
    if not facts.holding:
        return ""
    worst, more = facts.holding[0], facts.held - 1
    others = "" if not more else f", and {more} more {'is' if more == 1 else 'are'} open"
    return f"{worst.ref} SEV-{worst.severity} holds {worst.service}{others}"


def _days(week: Interval, zone: tzinfo) -> list[dict[str, Any]]:
    """Midnights in the reader's zone, in percent of the week."""
    first = week.starts_at.astimezone(zone).date()
    midnights = [
        datetime.combine(first + timedelta(days=number), time(), tzinfo=zone)
        for number in range(1, DRAWN.days + 1)
    ]
    return [
        {"label": f"{midnight:%a}", "x": _percent(midnight, week)}
        for midnight in midnights
        if midnight < week.ends_at
    ]


def _spans(shut: Sequence[Shut], week: Interval, zone: tzinfo) -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = []
    at = week.starts_at
    for one in shut:
        if one.interval.starts_at >= week.ends_at:
            break
        if one.interval.starts_at > at:
            spans.append(_span("open", at, one.interval.starts_at, "Open", week, zone))
        start, at = max(one.interval.starts_at, at), one.interval.ends_at
        spans.append(_span("frozen", start, at, _capital(listed(one.names)), week, zone))
    if at < week.ends_at:
        spans.append(_span("open", at, week.ends_at, "Open", week, zone))
    return spans


def _span(
    word: str, start: datetime, end: datetime, name: str, week: Interval, zone: tzinfo
) -> dict[str, Any]:
    last = min(end, week.ends_at)
    x = _percent(start, week)
    beyond = end >= week.ends_at
    return {
        "word": word,
        "x": x,
        "width": round(_percent(last, week) - x, 2),
        "title": name if beyond and word == "open" else f"{name} until {moment(end, str(zone))}",
    }


def _percent(instant: datetime, week: Interval) -> float:
    return round((instant - week.starts_at) / DRAWN * 100, 2)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
