"""Asking for an override: for what, for how long, and of which freezes."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import Environment, Service, User
from changes.lifecycle.fields import demand_text
from changes.models import Change, Override
from changes.overrides.recording import record, said
from changes.policies import overriding
from changes.policies.overriding import AHEAD, LONGEST
from changes.policies.reach import EVERYWHERE, Reach
from changes.policies.reasons import listed, moment
from changes.queries import overrides as found
from changes.queries.names import there_is_no
from changes.queries.refs import locked
from changes.states import FINAL
from changes.windows import Interval
from incidents import queries as incidents
from incidents.models import Incident
from ledger.decision import Reason, Refused, refuse

NO_OVERLAP = "do_not_overlap"
MOST_WORDS = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What an override is asked for: a change's ref, or a service and an environment by slug.

    `windows` are refs of freezes, none for all that hold in the period. Without `starts_at` it
    begins at once; `incident` is a ref or "".
    """

    reason: str
    expires_at: datetime
    change: str = ""
    service: str = ""
    environment: str = ""
    windows: tuple[str, ...] = ()
    starts_at: datetime | None = None
    incident: str = ""


@transaction.atomic
def request(asked: Asked, *, actor: User, now: datetime, reach: Reach = EVERYWHERE) -> Override:
    """Ask for an override; it opens nothing until a second person has confirmed it."""
    change = locked(ref=asked.change) if asked.change else None
    service, environment = _place(asked, change)
    reach.demand(
        service=service.slug,
        team=service.owner_team.slug,
        environment=environment.slug,
        ref=asked.change,
    )
    period = _period(asked, now=now)
    freezes = _freezes(asked, change, service, environment, period)
    row = Override(
        change=change,
        service=service,
        environment=environment,
        windows=[one.ref for one in freezes],
        names=[one.name for one in freezes],
        roles=sorted({one.role for one in freezes}),
        reason=asked.reason.strip(),
        incident=_incident(asked.incident),
        starts_at=period.starts_at,
        expires_at=period.ends_at,
        requested_at=now,
        requested_by=actor,
        review_days=min(one.review_days for one in freezes),
    )
    _decide(row, actor=actor, now=now)
    _refuse_overlap(row, period)
    _insert(row, period)
    record(row, "request", actor=actor, now=now, says=said(row))
    return row


def _place(asked: Asked, change: Change | None) -> tuple[Service, Environment]:
    if change is not None:
        if change.state in FINAL:
            raise refuse("request", _over(change), ref=change.ref)
        return Service.objects.select_related("owner_team").get(pk=change.service_id), (
            change.environment
        )
    service = Service.objects.select_related("owner_team").filter(slug=asked.service).first()
    environment = Environment.objects.filter(slug=asked.environment).first()
    wrong = {}
    if service is None:
        wrong["service"] = there_is_no("service", asked.service) if asked.service else _UNNAMED
    if environment is None:
        wrong["environment"] = (
            there_is_no("environment", asked.environment) if asked.environment else _UNNAMED
        )
    if service is None or environment is None:
        raise ValidationError(wrong)
    return service, environment


_UNNAMED = "Name a change, or a service and an environment."


def _over(change: Change) -> Reason:
    return Reason(
        "wrong_state",
        f"{change.ref} is {change.get_state_display().lower()}: no freeze is in its way.",
        "File a new change.",
        source="lifecycle",
    )


def _period(asked: Asked, *, now: datetime) -> Interval:
    """When it is to hold; raises `ValidationError` for one that is over, too long or too far."""
    demand_text("reason", asked.reason, "Say why it cannot wait until the freeze is over.")
    starts = max(asked.starts_at or now, now)
    ends = asked.expires_at
    wrong = {}
    if len(asked.reason) > MOST_WORDS:
        wrong["reason"] = f"Say it in at most {MOST_WORDS:,} characters."
    if starts - now > AHEAD:
        wrong["starts_at"] = f"Ask at most {AHEAD.days} days ahead."
    elif ends <= starts:
        wrong["expires_at"] = "It must end after it starts, and lie ahead."
    elif ends - starts > LONGEST:
        hours = int(LONGEST.total_seconds() // 3600)
        wrong["expires_at"] = f"An override lasts at most {hours} hours: end it sooner."
    if wrong:
        raise ValidationError(wrong)
    return Interval(starts, ends)


def _freezes(
    asked: Asked,
    change: Change | None,
    service: Service,
    environment: Environment,
    period: Interval,
) -> list[found.Freeze]:
    """The freezes to open: those named, or all that touch the period."""
    there = found.freezes(service=service, environment=environment, change=change, within=period)
    named = dict.fromkeys(name.strip().upper() for name in asked.windows)
    known = {one.ref: one for one in there}
    unknown = [ref for ref in named if ref not in known]
    until = moment(period.ends_at, service.owner_team.time_zone)
    where = f"{service.slug} in {environment.slug}"
    if unknown:
        sentence = f"{listed(unknown)} freezes nothing for {where} until {until}."
        offered = f" What does: {listed(known)}." if known else ""
        raise ValidationError({"windows": sentence + offered})
    if not there:
        reason = Reason(
            "nothing_to_override",
            f"No freeze holds for {where} until {until}.",
            "Nothing needs to be overridden: start the change.",
            source="calendar",
        )
        raise refuse("request", reason, ref=asked.change)
    return [known[ref] for ref in named] or there


def _incident(ref: str) -> Incident | None:
    if not ref.strip():
        return None
    try:
        return incidents.by_ref(ref.strip().upper())
    except Incident.DoesNotExist:
        raise ValidationError({"incident": there_is_no("incident", ref.strip())}) from None


def _decide(row: Override, *, actor: User, now: datetime) -> None:
    """Refuse whoever may not, and everybody while a review is overdue on the service."""
    overdue = found.overdue(service=row.service, now=now)
    case = replace(found.case_of(row), ref="", overdue=overdue)
    decision = overriding.may("request", case, found.asker(actor), now=now)
    if not decision.allowed:
        raise Refused(decision, ref=row.subject if row.change_id else "")


def _refuse_overlap(row: Override, period: Interval) -> None:
    there = found.overlapping(
        change=row.change, service=row.service, environment=row.environment, period=period
    )
    if there is not None:
        raise refuse("request", _overlaps(row, there), ref=row.subject if row.change_id else "")


def _overlaps(row: Override, there: Override | None) -> Reason:
    other = f"{there.ref} holds" if there else "Another one holds"
    until = f" until {moment(there.expires_at)}" if there else ""
    return Reason(
        "override_overlaps",
        f"{other} for {row.place}{until} already, and overrides do not overlap.",
        f"Use it, or withdraw {there.ref if there else 'it'} and ask again.",
        until=there.expires_at if there else None,
        source=there.ref if there else "override",
    )


def _insert(row: Override, period: Interval) -> None:
    """Save; one that was asked for meanwhile is refused like one that was there before."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as problem:
        if NO_OVERLAP not in str(problem):
            raise
        ref = row.subject if row.change_id else ""
        raise refuse("request", _overlaps(row, None), ref=ref) from problem
