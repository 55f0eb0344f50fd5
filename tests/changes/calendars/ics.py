"""An .ics file with one event a day."""


def ics(*days: str, name: str = "Closed") -> str:
    """A calendar whose events are whole days, given like 20261225."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{day}@example.org\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART;VALUE=DATE:{day}\r\nSUMMARY:{name} {day}\r\nEND:VEVENT\r\n"
        for day in days
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n{events}END:VCALENDAR\r\n"
