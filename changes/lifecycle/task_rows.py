"""Rows of tasks that follow their change: filled in, moved, held, resumed and cancelled with it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from catalog.models import User
from catalog.prepared import Prepared
from changes.models import Change, Task, TaskRule
from changes.policies import Facts
from changes.policies.reasons import listed
from changes.policies.tasks import OPEN
from changes.states import TODO, TaskKind, TaskState

_RULES = Prepared(
    TaskRule,
    where="""t.is_active
        AND (t.template_id IS NULL OR t.template_id = %(template)s::bigint)
        AND (t.categories = '{}' OR %(category)s::text = ANY (t.categories))
        AND (t.kinds = '{}' OR %(kind)s::text = ANY (t.kinds))""",
    ending="ORDER BY t.position, t.id",
)


def of_rules(change: Change) -> list[Task]:
    """The tasks a new change begins with, unsaved, as the rules for it ask. One statement."""
    asked = {"template": change.template_id, "category": change.category, "kind": change.kind}
    made = []
    for number, rule in enumerate(_RULES.rows(**asked), start=1):
        starts, ends = _period(change, rule)
        made.append(
            Task(
                number=number,
                position=rule.position,
                kind=rule.kind,
                title=rule.title,
                description=rule.description,
                planned_start_at=starts,
                planned_end_at=ends,
            )
        )
    return made


def words(tasks: Iterable[Task]) -> list[str]:
    """What of them is to be implemented, as `policies.tasks.planned_words` tells it."""
    return [
        f"{task.title}: {task.description}" if task.description else task.title
        for task in tasks
        if task.kind == TaskKind.IMPLEMENT
    ]


def keep(change: Change, tasks: Iterable[Task]) -> list[Task]:
    """Put in the tasks of a new change."""
    rows = list(tasks)
    for row in rows:
        row.change = change
    return Task.objects.bulk_create(rows) if rows else []


def _period(change: Change, rule: TaskRule) -> tuple[datetime | None, datetime | None]:
    """When the rule's task is planned, cut off where the change ends; none where it has no time."""
    start, end = change.planned_start_at, change.planned_end_at
    if start is None or end is None or rule.lasts is None:
        return None, None
    begins = start + (rule.starts_after or timedelta())
    return (begins, min(begins + rule.lasts, end)) if begins < end else (None, None)


def follow_period(change: Change, facts: Facts, *, start: datetime | None) -> list[Task]:
    """Move the tasks that are still to be done along with the planned start, which was `start`.

    Raises `ValidationError` on the planned end where a task would lie outside the new period.
    """
    timed = [task for task in facts.tasks if task.planned and task.state in OPEN]
    if not timed:
        return []
    if change.planned_start_at is None or change.planned_end_at is None or start is None:
        raise _outside([task.title for task in timed])
    by = change.planned_start_at - start
    outside = [
        task.title
        for task in timed
        if task.planned and task.planned.ends_at + by > change.planned_end_at
    ]
    if outside:
        raise _outside(outside)
    rows = list(Task.objects.filter(change=change, number__in=[task.number for task in timed]))
    for row in rows:
        if row.planned_start_at and row.planned_end_at:
            row.planned_start_at, row.planned_end_at = (
                row.planned_start_at + by,
                row.planned_end_at + by,
            )
    if by:
        Task.objects.bulk_update(rows, ["planned_start_at", "planned_end_at"])
    return rows if by else []


def _outside(titles: list[str]) -> ValidationError:
    named = listed(f"“{title}”" for title in titles)
    sentence = f"Planned outside this period: {named}. Plan these tasks anew first."
    return ValidationError({"planned_end_at": sentence})


def hold(change: Change) -> list[Task]:
    """Put on hold what is still to be done."""
    rows = list(_to_do(change))
    for row in rows:
        row.before_hold, row.state = row.state, str(TaskState.ON_HOLD)
    Task.objects.bulk_update(rows, ["state", "before_hold"])
    return rows


def resume(change: Change) -> list[Task]:
    """Let each task stand as it did before it was put on hold."""
    rows = list(Task.objects.filter(change=change, state=str(TaskState.ON_HOLD)))
    for row in rows:
        row.state, row.before_hold = row.before_hold, ""
    Task.objects.bulk_update(rows, ["state", "before_hold"])
    return rows


def cancel(change: Change, *, actor: User, now: datetime) -> list[Task]:
    """Cancel what is still to be done, on hold or not."""
    rows = list(Task.objects.filter(change=change, state__in=[str(state) for state in OPEN]))
    for row in rows:
        row.state, row.before_hold = str(TaskState.CANCELLED), ""
        row.ended_at, row.ended_by = now, actor
    Task.objects.bulk_update(rows, ["state", "before_hold", "ended_at", "ended_by"])
    return rows


def _to_do(change: Change) -> QuerySet[Task]:
    return Task.objects.filter(change=change, state__in=[str(state) for state in TODO])
