"""Who may read what approvals were worth, and for which period."""

from datetime import datetime

from django.core.exceptions import ValidationError

from catalog.models import User
from changes.audit.asking import LONGEST, demand_auditor
from changes.queries import approval_value
from changes.queries.approval_value import Asked, Behind, Value


def demand_reader(reader: User) -> None:
    """Raise `Refused` for whoever is no auditor and no change manager."""
    demand_auditor(reader, verb="read", does="read what approvals were worth")


def read(*, since: datetime, until: datetime, reader: User) -> list[Value]:
    """What each rule's approvals were worth in a period.

    Raises like `demand_reader`, and `ValidationError` for a period that cannot be.
    """
    demand_reader(reader)
    return approval_value.values(_period(since, until))


def behind(
    *,
    since: datetime,
    until: datetime,
    rule: str,
    authority: str,
    group: str,
    what: str,
    reader: User,
) -> list[Behind]:
    """What one number of one rule counts. Raises like `read`."""
    demand_reader(reader)
    if what not in approval_value.WHAT:
        words = ", ".join(approval_value.WHAT)
        raise ValidationError({"what": f"Use one of: {words}."})
    if not rule:
        raise ValidationError({"rule": "Name the rule."})
    _period(since, until)
    return approval_value.behind(Asked(since, until, rule, authority, group), what=what)


def _period(since: datetime, until: datetime) -> Asked:
    if until <= since:
        raise ValidationError({"to": "The end must come after the beginning."})
    if until - since > LONGEST:
        raise ValidationError({"to": "Ask for five years at most at once."})
    return Asked(since, until)
