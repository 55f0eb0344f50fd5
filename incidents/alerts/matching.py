"""Matchers of labels as Alertmanager writes them. Pure.

Source: Alertmanager's `pkg/labels` (0.25): a label that is not there is the same as an empty one,
and a regular expression must match the whole value. They are RE2's, so none takes long.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

LONGEST_MATCHERS = 4_000
LONGEST_REGEX = 500
_MATCHER = re.compile(r"([A-Za-z_][\w:./-]*)\s*(=~|!~|!=|=)\s*(.*)", re.ASCII | re.DOTALL)
_ESCAPED = {'"': '"', "\\": "\\", "n": "\n"}


class NotMatchers(ValueError):
    """A text that is no list of matchers, and why."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label; `pattern` where it is a regular expression."""

    name: str
    operator: str
    value: str
    pattern: Any = None

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it."""
        value = labels.get(self.name, "")
        if self.pattern is None:
            found = value == self.value
        else:
            found = self.pattern.fullmatch(value) is not None
        return found != self.operator.startswith("!")


def matches(matchers: Sequence[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether labels meet every matcher."""
    return all(matcher.holds(labels) for matcher in matchers)


@lru_cache(maxsize=500)
def matchers_of(text: str) -> tuple[Matcher, ...]:
    """The matchers in a text such as `{service="a", severity=~"b|c"}`; raises `NotMatchers`.

    They stand on lines of their own or with commas between, and the braces may be left out.
    """
    if len(text) > LONGEST_MATCHERS:
        raise NotMatchers(f"These are over {LONGEST_MATCHERS:,} characters.")
    inner = text.strip()
    if inner.startswith("{") != inner.endswith("}"):
        raise NotMatchers("A brace is missing: write {…}, or leave both out.")
    if inner.startswith("{"):
        inner = inner[1:-1]
    return tuple(_matcher(part) for part in _parts(inner) if part)


def _parts(text: str) -> Iterator[str]:
    """What stands between commas and line ends outside of quotes."""
    part, quoted, escaped = "", False, False
    for sign in text:
        if not quoted and sign in ",\n":
            yield part.strip()
            part = ""
            continue
        quoted ^= sign == '"' and not escaped
        escaped = sign == "\\" and quoted and not escaped
        part += sign
    if quoted:
        raise NotMatchers(f"A quote is not closed: {part.strip()}")
    yield part.strip()


def _matcher(part: str) -> Matcher:
    found = _MATCHER.fullmatch(part)
    if found is None:
        raise NotMatchers(f'“{part}” is no matcher: write a label, one of = != =~ !~, and "value".')
    name, operator, written = found.groups()
    value = _value(written.strip())
    if "~" not in operator:
        return Matcher(name, operator, value)
    return Matcher(name, operator, value, _pattern(value))


def _value(written: str) -> str:
    """A value as it is meant: in quotes, with escapes as Alertmanager reads them, or bare."""
    if not written.startswith('"'):
        if '"' in written:
            raise NotMatchers(f"“{written}” holds a quote: put the whole value in quotes.")
        return written
    if len(written) < 2 or not written.endswith('"'):
        raise NotMatchers(f"A quote is not closed: {written}")
    value, escaped = "", False
    for sign in written[1:-1]:
        if escaped:
            value += _ESCAPED.get(sign, "\\" + sign)
        elif sign == '"':
            raise NotMatchers(f'{written} holds a quote: write it as \\".')
        elif sign != "\\":
            value += sign
        escaped = sign == "\\" and not escaped
    return value


def _pattern(value: str) -> Any:
    """The regular expression, compiled; what RE2 refuses is refused in its words."""
    if len(value) > LONGEST_REGEX:
        raise NotMatchers(f"A regular expression is over {LONGEST_REGEX} characters.")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    options.dot_nl = True
    try:
        return re2.compile(value, options)
    except re2.error as wrong:
        said = wrong.args[0] if wrong.args else wrong
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise NotMatchers(f"“{value}” is no regular expression of RE2: {words}.") from None
