"""A run asks for its change: the one it has, the one that was filed for it, or a new one.

# Note [One change for a run]
Attempts of one run share their change until it is over, so that a job run again waits for the votes
it has waited for before. A change that somebody filed for the same service, environment and
revision is taken too: what people prepared is not filed a second time. Only then is one opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from catalog.models import User
from changes import lifecycle, opening
from changes.lifecycle.moving import record
from changes.models import Change, DoorMapping, DoorRun
from changes.policies.reach import Reach
from changes.queries import by_ref, open_changes
from changes.runs.run import Run, place_of
from changes.states import FINAL
from ledger.decision import Reason, Refused

ASKED = "run.asked"
_IN_TURN = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class Opened:
    """The change of a run; `reasons` why it could not be submitted, where it was not."""

    ref: str
    reasons: tuple[Reason, ...] = ()
    is_new: bool = False


@transaction.atomic
def ask_for_change(
    run: Run, *, words: Mapping[str, Any], actor: User, now: datetime, reach: Reach
) -> Opened:
    """The change a run waits for; see Note [One change for a run]. Asking again answers alike.

    `words` are fields of a new normal change beside its service, environment and revision. Raises
    `NotMapped`, `ValidationError` for wrong words, and `Refused` where none may be opened: nothing
    is written then. A normal change that is not complete stays in planning.
    """
    mapping = place_of(run, reach=reach)
    with connection.cursor() as cursor:
        cursor.execute(_IN_TURN, [f"run {run.build_key}"])
    run = run if run.attempt else _counted(run)
    asked = DoorRun.objects.filter(build_key=run.build_key, attempt=run.attempt).first()
    if asked is not None:
        return Opened(f"CHG-{asked.change_id}")
    opened = _known(run, mapping) or _new(run, mapping, words, actor=actor, now=now)
    _keep(run, by_ref(ref=opened.ref), actor=actor, now=now)
    return opened


def _counted(run: Run) -> Run:
    """The run of a tool that counts no attempts: another begins once a change of it is over."""
    over = DoorRun.objects.filter(
        build_key=run.build_key, change__state__in=[str(state) for state in FINAL]
    )
    return replace(run, attempt=str(over.count() + 1))


def _known(run: Run, mapping: DoorMapping) -> Opened | None:
    """The change of an earlier attempt, or the one somebody filed; None where both are over."""
    before = DoorRun.objects.filter(build_key=run.build_key).select_related("change")
    latest = before.order_by("-id").first()
    if latest is not None and latest.change.state not in FINAL:
        return Opened(latest.change.ref)
    if not run.revision:
        return None
    filed = open_changes.of_revision(
        service=mapping.service.slug,
        environment=mapping.environment.slug,
        revision=run.revision,
    )
    return Opened(filed) if filed else None


def _new(
    run: Run, mapping: DoorMapping, words: Mapping[str, Any], *, actor: User, now: datetime
) -> Opened:
    """A standard change from the mapping's template, or a normal one with the words given."""
    if mapping.template is not None:
        ref = opening.open_standard(
            template=mapping.template.slug,
            service=mapping.service.slug,
            environment=mapping.environment.slug,
            revision=run.revision,
            artifact="",
            source_url="",
            title=words.get("title", "") if "title" not in mapping.template.locked else "",
            actor=actor,
            now=now,
        )
        return Opened(ref, is_new=True)
    period = {} if "planned_start_at" in words else opening.from_now(now)
    place = {"service": mapping.service, "environment": mapping.environment}
    change = lifecycle.create(
        fields={**words, **period, **place, "revision": run.revision}, actor=actor, now=now
    )
    try:
        lifecycle.submit(ref=change.ref, actor=actor, now=now)
    except Refused as refused:
        return Opened(change.ref, refused.decision.reasons, is_new=True)
    return Opened(change.ref, is_new=True)


def _keep(run: Run, change: Change, *, actor: User, now: datetime) -> None:
    row = DoorRun.objects.create(
        change=change,
        vendor=run.vendor,
        tool=run.tool,
        project=run.project,
        stage=run.stage,
        build=run.build,
        attempt=run.attempt,
        revision=run.revision,
        build_key=run.build_key,
        asked_by=actor,
        asked_at=now,
    )
    names = ("vendor", "tool", "project", "stage", "build", "attempt", "revision")
    says = {name: str(getattr(row, name)) for name in names} | {"note": str(run)}
    record(change, ASKED, actor=actor, now=now, says=says, written=[row])
