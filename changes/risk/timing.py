"""When a change is made, as its owner team's clock says it. Pure."""

from datetime import datetime, time, timedelta

STAFFED = time(8), time(18)
LATE_FROM = time(16)
FRIDAY, SATURDAY = 4, 5
AT_THE_WEEKEND, OUTSIDE, ON_FRIDAY, LATE = 4, 4, 3, 2
DAY = timedelta(days=1)


def untimely(starts_at: datetime, ends_at: datetime) -> tuple[int, str]:
    """The points for a planned period, and why; 0 and "" for a good one. The worst thing counts.

    A period of a day or more does not say at which hour the change is made.
    """
    if ends_at - starts_at >= DAY:
        return 0, ""
    whole = f"{starts_at:%H:%M}–{ends_at:%H:%M} {ends_at:%Z}"
    if starts_at.weekday() >= SATURDAY or ends_at.weekday() >= SATURDAY:
        return AT_THE_WEEKEND, f"It runs at the weekend, when few are there: {whole}."
    if starts_at.date() != ends_at.date():
        return OUTSIDE, f"It runs overnight, until {ends_at:%a %H:%M %Z}, when few are there."
    first, last = STAFFED
    if starts_at.time() < first or ends_at.time() > last:
        return OUTSIDE, f"It runs outside the team's hours ({first:%H}–{last:%H}): {whole}."
    if starts_at.weekday() == FRIDAY and ends_at.time() > time(12):
        return ON_FRIDAY, f"It runs on a Friday afternoon, before the weekend: {whole}."
    if ends_at.time() > LATE_FROM:
        return LATE, f"It ends late in the day, when people leave: {ends_at:%H:%M %Z}."
    return 0, ""
