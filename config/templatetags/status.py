"""Small parts of the status page: marks, the bar of 90 days, periods."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from incidents.status_page.board import TONES, Line, Shown

register = template.Library()
_WIDTH, _STEP, _HEIGHT = 3, 4, 24
_SHAPES = {
    "go": '<path d="M3 8.5 6.5 12 13 4.5"/>',
    "wait": '<path d="M8 2 15 14H1Z M8 6.5v3.5"/>',
    "stop": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "live": '<path d="M8 3v5l3 3"/><circle cx="8" cy="8" r="6.5"/>',
    "off": '<circle cx="8" cy="8" r="5"/>',
}


@register.simple_tag
def mark(tone: str) -> SafeString:
    """The shape of a tone, beside its word."""
    shape = mark_safe(_SHAPES[tone])  # noqa: S308 one of the above
    return format_html(
        '<svg class="status-mark" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', shape
    )


@register.simple_tag
def history(line: Line) -> SafeString:
    """The bar of a component's days, with the bad ones in words."""
    days = format_html_join(
        "",
        '<rect class="status-day" data-tone="{}" x="{}" width="{}" height="{}">'
        "<title>{}: {}</title></rect>",
        (
            (
                TONES[day.health],
                number * _STEP,
                _WIDTH,
                _HEIGHT,
                f"{day.date:%-d %b}",
                day.health.label,
            )
            for number, day in enumerate(line.days)
        ),
    )
    told = "; ".join(f"{day.date:%-d %b} {day.health.label.lower()}" for day in line.bad_days)
    return format_html(
        '<svg class="status-days" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>',
        len(line.days) * _STEP - 1,
        _HEIGHT,
        f"The last 90 days: {told or 'operational'}",
        days,
    )


@register.simple_tag
def period(shown: Shown) -> SafeString:
    """From when to when, in UTC; “since” while it lasts."""
    begin = format_html(
        '<time datetime="{}">{}</time>', shown.opened_at.isoformat(), _told(shown.opened_at)
    )
    if shown.resolved_at is None:
        return format_html("since {}", begin)
    end = format_html(
        '<time datetime="{}">{}</time>', shown.resolved_at.isoformat(), _told(shown.resolved_at)
    )
    return format_html("{} to {}", begin, end)


def _told(instant: object) -> str:
    return f"{instant:%-d %b %H:%M}"
