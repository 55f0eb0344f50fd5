"""A calendar feed as a document: one event for each planned change and each time a window holds."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from changes.models import Change, Feed
from changes.queries.calendar import Held
from changes.queries.feed import Shown, Touched
from changes.shown.ics import document, escaped, instant
from changes.states import State
from changes.windows import Effect, Level

STATUS: Final = {
    State.PLANNING: "TENTATIVE",
    State.AWAITING_APPROVAL: "TENTATIVE",
    State.CANCELLED: "CANCELLED",
}


def written(feed: Feed, shown: Shown, *, site: str) -> bytes:
    """The document; `site` is the address of this installation, such as https://tide.example.org.

    The same rows make the same bytes, so that a client can be told that nothing changed.
    """
    title = f"Tidegate: {feed.shows or 'everything'}"
    words = "Planned changes, freezes and maintenance windows."
    if shown.more:
        words += " Only the next 1,500 changes are shown: narrow the feed to a team or a service."
    host = site.partition("://")[2].partition(":")[0]
    return document(title, words, _events(shown, site=site, host=host))


def _events(shown: Shown, *, site: str, host: str) -> Iterator[Iterator[str]]:
    for change in shown.changes:
        yield _change(change, shown.touched.get(change.ref), site=site, host=host)
    seen: Counter[str] = Counter()
    zones: dict[str, set[str]] = {}
    for held in shown.held:
        zones.setdefault(held.window, set()).add(held.occurrence.zone)
    for held in shown.held:
        begins = f"{held.window}-{instant(held.occurrence.interval.starts_at)}"
        seen[begins] += 1
        again = f"-{seen[begins]}" if seen[begins] > 1 else ""
        zone = f" ({held.occurrence.zone})" if len(zones[held.window]) > 1 else ""
        uid = f"{begins}{again}@{host}"
        yield _window(held, shown.touched.get(held.window), uid=uid, zone=zone)


def _change(change: Change, touched: Touched | None, *, site: str, host: str) -> Iterator[str]:
    assert change.planned_start_at is not None
    assert change.planned_end_at is not None
    state = change.get_state_display()
    yield f"UID:{change.ref}@{host}"
    yield from _stamps(touched.at if touched else change.created_at, change.edition - 1)
    yield f"CREATED:{instant(change.created_at)}"
    yield from _times(change.planned_start_at, change.planned_end_at)
    yield f"SUMMARY:{escaped(f'{change.ref} {change.title}')}"
    yield f"STATUS:{STATUS.get(State(change.state), 'CONFIRMED')}"
    yield f"LOCATION:{escaped(f'{change.service.slug}, {change.environment.slug}')}"
    told = (
        f"{state}. {change.get_kind_display()} change, {change.risk_level} risk, "
        f"filed by {change.author.username}."
    )
    yield f"DESCRIPTION:{escaped(told)}"
    yield f"URL:{site}{change.get_absolute_url()}"
    yield "CATEGORIES:CHANGE"
    yield "TRANSP:TRANSPARENT"


def _window(held: Held, touched: Touched | None, *, uid: str, zone: str) -> Iterator[str]:
    one = held.occurrence
    freeze = one.effect is Effect.FREEZE
    warns = " (warns only)" if one.level is Level.WARN else ""
    yield f"UID:{uid}"
    at, times = (touched.at, touched.times - 1) if touched else (one.interval.starts_at, 0)
    yield from _stamps(at, times)
    yield from _times(one.interval.starts_at, one.interval.ends_at)
    yield f"SUMMARY:{escaped(f'{one.effect.capitalize()}: {one.name}{zone}{warns}')}"
    yield "STATUS:CONFIRMED"
    if one.reason:
        yield f"DESCRIPTION:{escaped(one.reason)}"
    yield f"CATEGORIES:{'FREEZE' if freeze else 'MAINTENANCE'}"
    yield "TRANSP:OPAQUE"


def _stamps(at: datetime, sequence: int) -> Iterator[str]:
    yield f"DTSTAMP:{instant(at)}"
    yield f"LAST-MODIFIED:{instant(at)}"
    yield f"SEQUENCE:{sequence}"


def _times(starts_at: datetime, ends_at: datetime) -> Iterator[str]:
    yield f"DTSTART:{instant(starts_at)}"
    yield f"DTEND:{instant(ends_at)}"
