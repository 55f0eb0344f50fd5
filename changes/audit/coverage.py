"""For which period and team coverage may be asked."""

from datetime import datetime

from django.core.exceptions import ValidationError

from changes.audit.asking import LONGEST
from changes.queries import coverage
from changes.queries.coverage import ROWS_AT_MOST, Asked, Coverage
from changes.queries.names import missing, there_is_no


def read(
    *,
    since: datetime,
    until: datetime,
    team: str = "",
    zone: str = "UTC",
    limit: int = ROWS_AT_MOST,
) -> Coverage:
    """How much of what was deployed had leave; everybody may know.

    Raises `ValidationError` for a period that cannot be, or an unknown team.
    """
    wrong: dict[str, str] = {}
    if until <= since:
        wrong["to"] = "The end must come after the beginning."
    elif until - since > LONGEST:
        wrong["to"] = "Ask for five years at most at once."
    if team and missing("team", [team]):
        wrong["team"] = there_is_no("team", team)
    if wrong:
        raise ValidationError(wrong)
    return coverage.coverage(Asked(since, until, team, zone), limit=limit)
