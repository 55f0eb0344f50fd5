"""Who may ask for a population, and which can be asked for."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError

from catalog.models import User
from catalog.roles import AUDITORS, CHANGE_MANAGERS, roles_of
from changes.models.choices import KindWord
from changes.queries.names import missing, there_is_no
from changes.queries.population import BY, Population
from ledger.decision import Reason, refuse

LONGEST: Final = timedelta(days=5 * 366)
#: How many changes are exported over HTTP at once: beyond it a worker would be held for seconds.
AT_MOST: Final = 200_000


def demand_auditor(reader: User, *, verb: str = "export", does: str = "take populations") -> None:
    """Raise `Refused` for whoever may not take a population away, or what `does` says."""
    if reader.is_superuser or {CHANGE_MANAGERS, AUDITORS} & roles_of(reader):
        return
    reason = Reason(
        "not_permitted",
        f"Only auditors and change managers {does}; {reader.username} is neither.",
        "Ask an auditor or a change manager for it.",
        source="people",
    )
    raise refuse(verb, reason)


def population(*, since: datetime, until: datetime, **narrowed: Any) -> Population:
    """The population of a period; raises `ValidationError` for one that cannot be.

    `narrowed` are `by`, `zone`, `service`, `environment`, `team` and `kind`.
    """
    asked = Population(since=since, until=until, **narrowed)
    wrong: dict[str, str] = {}
    if until <= since:
        wrong["to"] = "The end must come after the beginning."
    elif until - since > LONGEST:
        wrong["to"] = "Ask for five years at most at once."
    if asked.by not in BY:
        wrong["by"] = f"Use one of: {', '.join(BY)}."
    if asked.kind and asked.kind not in KindWord.values:
        wrong["kind"] = f"Use one of: {', '.join(KindWord.values)}."
    for kind in ("service", "environment", "team"):
        slug = getattr(asked, kind)
        if slug and missing(kind, [slug]):
            wrong[kind] = there_is_no(kind, slug)
    if wrong:
        raise ValidationError(wrong)
    return asked
