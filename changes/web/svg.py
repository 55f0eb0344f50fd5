"""Shapes of SVG, their words escaped; how they look is the style sheet's. Pure."""

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


def rect(
    kind: str, x: float, y: float, width: float, height: float, *, words: str = ""
) -> SafeString:
    """A rectangle of a class; `words` are shown on hover."""
    title = format_html("<title>{}</title>", words) if words else ""
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}">{}</rect>',
        kind,
        number(x),
        number(y),
        number(width),
        number(height),
        title,
    )


def line(kind: str, x: float, y: float, to_x: float, to_y: float) -> SafeString:
    """A straight line of a class."""
    return format_html(
        '<path class="{}" d="M{} {}L{} {}"/>',
        kind,
        number(x),
        number(y),
        number(to_x),
        number(to_y),
    )


def text(kind: str, x: float, y: float, words: str, *, hover: str = "") -> SafeString:
    """Words that begin at x, on the base line y."""
    title = format_html("<title>{}</title>", hover) if hover else ""
    return format_html(
        '<text class="{}" x="{}" y="{}">{}{}</text>', kind, number(x), number(y), words, title
    )


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Shapes one after the other."""
    return mark_safe("".join(parts))  # noqa: S308 - each part is safe


def number(value: float) -> str:
    """At most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def short(words: str, letters: int) -> str:
    """Words cut to so many letters, the cut marked."""
    return words if len(words) <= letters else f"{words[: letters - 1]}…"
