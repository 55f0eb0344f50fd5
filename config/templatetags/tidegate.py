"""Template words: instants in the reader's zone, glyphs, tones."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from catalog.roles import AUDITORS, CHANGE_MANAGERS, roles_of
from config.templatetags import remedies
from config.templatetags.drawing import GLYPHS, LOOKS, NO_LOOK

register = template.Library()

_DIGEST = re.compile(r"[0-9a-f]{13,}")
_INSTANT = re.compile(r"\d{1,2} [A-Z][a-z]{2}( \d{4})? \d{2}:\d{2}")

#: Label, URL name, keys, section. `section` is what a page sets to be shown as the current place.
PLACES = (
    ("Home", "home", "g h", "home"),
    ("Changes", "changes", "g c", "changes"),
    ("Schedule", "schedule", "g s", "schedule"),
    ("Gate", "gate", "g g", "gate"),
    ("Incidents", "incidents", "g i", "incidents"),
    ("Alerts", "alerts", "g a", "alerts"),
    ("Catalog", "catalog", "", "catalog"),
)


@register.inclusion_tag("components/navigation.html", takes_context=True)
def navigation(context: Context) -> dict[str, Any]:
    """The places of Tidegate; the audit and the admin for those who may enter them."""
    section = context.get("section", "")
    places = [
        {"label": label, "url": reverse(name), "keys": keys, "current": section == own}
        for label, name, keys, own in PLACES
    ]
    user = context.get("user")
    if user is not None and user.is_staff:
        if user.is_superuser or {AUDITORS, CHANGE_MANAGERS} & roles_of(user):
            here = section == "audit"
            places.append({"label": "Audit", "url": reverse("audit"), "keys": "", "current": here})
        places.append({"label": "Admin", "url": "/admin/", "keys": "", "current": False})
    return {"places": places}


@register.simple_tag
def remedy_url(reason: Any, change: Any = None) -> str:
    """Where the remedy of `reason` is done: its `url`, else the place of its code, else empty.

    `change` is the change or its ref.
    """
    own = _part(reason, "url")
    ref = str(getattr(change, "ref", change) or "")
    path = f"/changes/{ref}" if ref.startswith("CHG-") else ""
    code, source = _part(reason, "code"), _part(reason, "source")
    return own or remedies.place_of(code=code, change_path=path, source=source)


@register.simple_tag
def glyph(word: object) -> SafeString:
    """The small drawing before a word; hidden from screen readers, who have the word."""
    name = str(word)
    shape = name if name in GLYPHS else LOOKS.get(name, NO_LOOK)[1]
    return format_html(
        '<svg class="glyph" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">{}</svg>',
        mark_safe(GLYPHS[shape]),  # noqa: S308 - a constant table
    )


@register.filter
def tone(word: object) -> str:
    """Which colour meaning a word has: go, wait, stop, off, live or plain."""
    return LOOKS.get(str(word), NO_LOOK)[0]


@register.filter
def moment(instant: datetime | str | None) -> SafeString | str:
    """`Fri 20 Nov 16:00 CET` as a time element; UTC on hover. The year only when it is far away.

    Takes an aware instant, or RFC 3339 text as stored with a decision.
    """
    if not instant:
        return ""
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    local = timezone.localtime(instant)
    return _time_element(instant, f"{_day(local)} {local:%H:%M} {_zone(local)}")


@register.filter
def clock(instant: datetime | None) -> SafeString | str:
    """`16:00 CET` as a time element; UTC on hover."""
    if instant is None:
        return ""
    local = timezone.localtime(instant)
    return _time_element(instant, f"{local:%H:%M} {_zone(local)}")


@register.filter
def utc(instant: datetime | str | None) -> SafeString | str:
    """`2026-11-20 16:00:05 UTC` as a time element, for what is kept and read anywhere."""
    if not instant:
        return ""
    aware = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return _time_element(aware, f"{aware.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")


@register.simple_tag
def period(starts_at: datetime | None, ends_at: datetime | None) -> SafeString | str:
    """`Fri 20 Nov 14:00 – 16:00 CET`; the second day only when it is another one."""
    if starts_at is None or ends_at is None:
        return ""
    first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
    same_day = first.date() == last.date()
    same_zone = _zone(first) == _zone(last)
    opening = f"{_day(first)} {first:%H:%M}" + ("" if same_zone else f" {_zone(first)}")
    closing = (
        f"{last:%H:%M} {_zone(last)}" if same_day else f"{_day(last)} {last:%H:%M} {_zone(last)}"
    )
    return format_html(
        '<span class="period">{} – {}</span>',
        _time_element(starts_at, opening),
        _time_element(ends_at, closing),
    )


@register.filter
def relative(instant: datetime | None) -> str:
    """`in 2 h 10 min`, `3 d ago`. Only ever shown beside the absolute time."""
    if instant is None:
        return ""
    ahead = instant - timezone.now()
    words = lasting(abs(ahead))
    return f"in {words}" if ahead > timedelta() else f"{words} ago"


@register.filter
def lasting(span: timedelta | None) -> str:
    """`45 min`, `2 h 10 min`, `3 d 4 h`: the two largest units."""
    if span is None:
        return ""
    minutes = round(span.total_seconds() / 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    if days:
        return _joined((days, "d"), (hours, "h"))
    return _joined((hours, "h"), (minutes, "min")) or "0 min"


@register.simple_tag
def before(earlier: datetime | None, later: datetime | None) -> str:
    """`2 h 10 min`: how long before `later` something was."""
    return lasting(later - earlier) if earlier and later else ""


@register.filter
def short(digest: str | None) -> str:
    """The first 12 characters of a digest, such as that of a commit; a tag as it is."""
    words = digest or ""
    return words[:12] if _DIGEST.fullmatch(words) else words


@register.filter
def as_json(value: object) -> str:
    """An object as people read JSON; nothing for nothing."""
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""


@register.filter
def untold_until(reason: Any) -> bool:
    """Whether a reason ends at an instant that its words do not name already."""
    words = f"{_part(reason, 'message')} {_part(reason, 'remedy')}"
    return bool(_part(reason, "until")) and not _INSTANT.search(words)


@register.filter
def wordlist(words: Iterable[object]) -> str:
    """`cab-1, cab-2 or manager`: any of them will do."""
    names = [str(word) for word in words]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _part(reason: Any, name: str) -> str:
    """A reason is a value of the rules, or the same as stored in a row."""
    found = reason.get(name) if isinstance(reason, dict) else getattr(reason, name, None)
    return str(found or "")


def _joined(*parts: tuple[int, str]) -> str:
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _time_element(instant: datetime, words: str) -> SafeString:
    utc = instant.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        f"{utc:%a} {utc.day} {utc:%b %Y %H:%M:%S} UTC",
        words,
    )


def _day(local: datetime) -> str:
    other = local.year != timezone.now().astimezone(local.tzinfo).year
    return f"{local:%a} {local.day} {local:%b}" + (f" {local.year}" if other else "")


def _zone(local: datetime) -> str:
    """`CET`; zones without letters of their own read `UTC+03`."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[:1] in "+-" else name
