"""Writing iCalendar (RFC 5545): lines, folded and escaped. Times are UTC, so no zone is needed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

OCTETS = 75


def document(name: str, words: str, events: Iterable[Iterable[str]]) -> bytes:
    """A published calendar of events, each given by its lines."""
    head = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tidegate//Schedule//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        f"X-WR-CALDESC:{escaped(words)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
    )
    lines: list[str] = [*head]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def escaped(text: str) -> str:
    """Text as a value: commas, semicolons, backslashes and line ends told apart from syntax."""
    plain = "".join(each if each.isprintable() or each == "\n" else " " for each in text)
    plain = plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\n", "\\n")


def instant(at: datetime) -> str:
    """`20261225T090000Z`."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets, cut between characters; the next after a space."""
    if len(line) <= OCTETS and line.isascii():
        yield line
        return
    part, size = "", 0
    for each in line:
        octets = len(each.encode())
        if size + octets > OCTETS:
            yield part
            part, size = " ", 1
        part, size = part + each, size + octets
    yield part
