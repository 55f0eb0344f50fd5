"""What is known of a place where a client cannot reach the gate."""

from datetime import datetime

from catalog.models import Environment, Service
from changes.models import FailMode
from changes.policies.fail_mode import LONGEST, FailFacts
from changes.queries import calendar
from changes.queries.facts import NoSuchPlace
from changes.windows import Effect, Interval, Level


def fail_mode_of(*, environment: Environment) -> FailMode:
    """The row of an environment, or one not yet kept that says what holds without a row."""
    found = FailMode.objects.filter(environment=environment).first()
    return found or FailMode(environment=environment)


def fail_facts(*, service: Service, environment: Environment, now: datetime) -> FailFacts:
    """Four statements at most; `service` has its `owner_team` read."""
    row = fail_mode_of(environment=environment)
    frozen_by, next_freeze_at = "", None
    if row.mode == FailMode.Mode.ALLOW:
        frozen_by, next_freeze_at = _freezes(service.slug, environment.slug, now=now)
    return FailFacts(
        service=service.slug,
        tier=service.tier,
        environment=environment.slug,
        is_open=environment.default == Environment.Default.OPEN,
        mode=row.mode,
        reason=row.reason,
        allow_until=row.allow_until,
        lasts=row.lasts,
        frozen_by=frozen_by,
        next_freeze_at=next_freeze_at,
    )


def place(*, service: str, environment: str) -> tuple[Service, Environment]:
    """The service and the environment of these slugs; raises `NoSuchPlace`. Two statements."""
    found = Service.objects.select_related("owner_team").filter(slug=service).first()
    there = Environment.objects.filter(slug=environment).first()
    if found is None or there is None:
        raise NoSuchPlace(service=service, environment=environment)
    return found, there


def _freezes(service: str, environment: str, *, now: datetime) -> tuple[str, datetime | None]:
    """The freeze that holds now, by name, and when the next begins within a day."""
    within = Interval(now, now + LONGEST)
    held = calendar.occurrences(within=within, service=service, environment=environment)
    found = [
        one.occurrence
        for one in held
        if one.occurrence.effect is Effect.FREEZE and one.occurrence.level is Level.BLOCK
    ]
    for one in found:
        if one.interval.starts_at <= now:
            return one.name, None
    return "", min((one.interval.starts_at for one in found), default=None)
