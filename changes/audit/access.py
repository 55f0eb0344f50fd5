"""Who could deploy what, for whoever may audit."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError

from catalog.models import User
from changes.audit.asking import demand_auditor
from changes.queries import access
from changes.queries.access import Deployable, Narrowed, Page
from changes.queries.names import missing, there_is_no

SHOWN: Final = 25
AT_ONCE: Final = 200
LONGEST_NUMBER: Final = 2**62


def demand_reader(reader: User) -> None:
    """Raise `Refused` for whoever is no auditor and no change manager."""
    demand_auditor(reader, verb="read", does="read who could deploy what")


def read(
    narrowed: Narrowed, *, reader: User, now: datetime, after: str = "", limit: int = SHOWN
) -> Page:
    """A page of services with everybody who could deploy them.

    Raises `Refused`, and `ValidationError` for names that nobody has.
    """
    demand_reader(reader)
    wrong = {
        kind: there_is_no(kind, slug)
        for kind in ("service", "team", "environment")
        if (slug := getattr(narrowed, kind)) and missing(kind, [slug])
    }
    if narrowed.person and not User.objects.filter(username=narrowed.person).exists():
        wrong["person"] = f"There is nobody called “{narrowed.person}”."
    if wrong:
        raise ValidationError(wrong)
    return access.page(narrowed, after=after, limit=limit, now=now)


def every(narrowed: Narrowed, *, reader: User, now: datetime) -> Iterator[Deployable]:
    """All of it, a few hundred services at a time."""
    page = read(narrowed, reader=reader, now=now, limit=AT_ONCE)
    yield from page.rows
    while page.after:
        page = access.page(narrowed, after=page.after, limit=AT_ONCE, now=now)
        yield from page.rows
