"""How changes went before: what was counted of services, templates and categories."""

from datetime import date

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from changes.models import Change, TrackRecord, TrackRecordDay
from changes.risk import History, Record
from changes.states import UNSUCCESSFUL, State

ORGANISATION = "organisation"


def subjects(*, service: int, category: str, template: int | None) -> dict[str, str]:
    """The subjects a change is held against, by what they are of."""
    named = {
        "organisation": ORGANISATION,
        "service": f"service:{service}",
        "category": f"category:{category}",
    }
    return {**named, "template": f"template:{template}"} if template else named


def history(rows: dict[str, list[int]], *, of: dict[str, str]) -> History:
    """From counts by subject."""
    return History(**{what: Record(*rows.get(subject, ())) for what, subject in of.items()})


def of_service(*, service: int) -> History:
    """What is known of a service and of the organisation; one statement."""
    of = {"organisation": ORGANISATION, "service": f"service:{service}"}
    rows = TrackRecord.objects.filter(subject__in=of.values())
    found = {row.subject: [row.closed, row.failed, row.followed] for row in rows}
    return history(found, of=of)


def by_month(*, service: int) -> dict[date, Record]:
    """The year of a service by the first days of its months; one statement."""
    days = TrackRecordDay.objects.filter(subject=f"service:{service}")
    rows = days.values_list(TruncMonth("day")).annotate(*map(Sum, ("closed", "failed", "followed")))
    return {month: Record(*counts) for month, *counts in rows}


def went_wrong(*, service: int, limit: int) -> list[Change]:
    """The changes of a service that failed or were rolled back, newest first; one statement."""
    wrong = [str(outcome) for outcome in UNSUCCESSFUL]
    rows = Change.objects.filter(service=service, state=str(State.CLOSED), outcome__in=wrong)
    return list(rows.order_by("-id")[:limit])
