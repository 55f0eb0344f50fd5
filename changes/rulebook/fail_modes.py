"""Writing what clients do where the gate cannot be reached."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import User
from changes.models import FailMode
from changes.policies.fail_mode import (
    LEAST_TIER_IN_PRODUCTION,
    LONGEST,
    PRODUCTION,
    PRODUCTION_AT_MOST,
    SHORTEST,
)
from ledger import rows, timeline
from ledger.keeping import demand_change_manager, differences, told

EDITABLE = ("mode", "reason", "allow_until", "lasts")


@transaction.atomic
def save(fail_mode: FailMode, *, actor: User, now: datetime) -> FailMode:
    """Keep a fail mode as it was filled in, new or edited, and record it with what changed.

    Clients that hold what was said before go by it until it expires. Raises `ValidationError` with
    a sentence for each wrong field, and `Refused` when `actor` is no change manager.
    """
    before, diff = _checked(fail_mode, actor=actor, now=now)
    if before is not None and not diff:
        return fail_mode
    fail_mode.save()
    timeline.record(
        subject=f"environment:{fail_mode.environment.slug}",
        verb="environment.fail_mode_set",
        actor=actor.username,
        at=now,
        data={
            "mode": fail_mode.mode,
            "reason": fail_mode.reason,
            **told(before, diff),
            **rows.told({fail_mode.ref: fail_mode}),
        },
    )
    return fail_mode


@transaction.atomic
def check(fail_mode: FailMode, *, actor: User, now: datetime) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(fail_mode, actor=actor, now=now)


def _checked(
    fail_mode: FailMode, *, actor: User, now: datetime
) -> tuple[FailMode | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change."""
    what = "what clients do without the gate"
    demand_change_manager("write fail mode", actor=actor, ref=fail_mode.ref, what=what)
    _in_one_form(fail_mode)
    kept = FailMode.objects.select_for_update(of=("self",))
    before = kept.filter(environment=fail_mode.environment_id).first()
    wrong: dict[str, list[str]] = {}
    if before is not None and before.pk != fail_mode.pk:
        wrong["environment"] = ["This environment has a fail mode already: edit that one."]
    for name, sentence in _wrong(fail_mode, now=now):
        wrong.setdefault(name, []).append(sentence)
    if wrong:
        raise ValidationError(wrong)
    fail_mode.full_clean(validate_constraints=False, validate_unique=False)
    return before, differences(before, fail_mode, names=EDITABLE)


def _in_one_form(fail_mode: FailMode) -> None:
    """What means nothing without the rest says nothing."""
    fail_mode.reason = fail_mode.reason.strip()
    if fail_mode.mode == FailMode.Mode.DENY:
        fail_mode.allow_until = None


def _wrong(fail_mode: FailMode, *, now: datetime) -> Iterator[tuple[str, str]]:
    if fail_mode.lasts is not None and not SHORTEST <= fail_mode.lasts <= LONGEST:
        yield "lasts", "Let it last five minutes at least, and a day at most."
    if fail_mode.mode != FailMode.Mode.ALLOW:
        return
    if not fail_mode.reason:
        yield "reason", "Say why pipelines may go on without the gate: they print it."
    until = fail_mode.allow_until
    if until is not None and until.tzinfo is None:
        yield "allow_until", "Give the time with its offset, such as 2026-11-23T09:00:00+01:00."
    elif until is not None and until <= now:
        yield "allow_until", "This time is over: give one that lies ahead."
    if fail_mode.environment.slug == PRODUCTION:
        yield from _wrong_in_production(until, now=now)


def _wrong_in_production(until: datetime | None, *, now: datetime) -> Iterator[tuple[str, str]]:
    """See Note [When a client may go on without the gate]."""
    if until is None:
        yield (
            "allow_until",
            f"Say until when: {PRODUCTION} allows for {PRODUCTION_AT_MOST.days} days at most, and "
            f"only services of tier {LEAST_TIER_IN_PRODUCTION} and 4.",
        )
    elif until.tzinfo is not None and until > now + PRODUCTION_AT_MOST:
        days = PRODUCTION_AT_MOST.days
        yield "allow_until", f"Give a time at most {days} days ahead; set it again then."
