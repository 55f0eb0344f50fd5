"""What may be written in a change, and the sentences for what may not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from changes.models import Change, Template
from changes.models.template import FILLS
from changes.states import INITIAL, Kind
from changes.windows import Interval, plannable

EDITABLE = (
    "kind",
    "title",
    "description",
    "justification",
    "impact_analysis",
    "security_impact",
    "category",
    "service",
    "environment",
    "implementation_plan",
    "test_plan",
    "rollback_plan",
    "monitoring_plan",
    "rollout",
    "canary_steps",
    "canary_soak_minutes",
    "rollback_proof",
    "test_evidence_url",
    "required_checks",
    "planned_start_at",
    "planned_end_at",
    "revision",
    "artifact",
    "source_url",
    "pull_request_url",
    "external_id",
    "template",
    "incident",
    "implementer",
    "also_affects",
)


LONGEST_SOAK_MINUTES = 7 * 24 * 60
ROWS = frozenset({"service", "environment", "template", "incident", "implementer"})
SEVERAL = "also_affects"
# Values of the change's own columns; periods are looked at together.
VALUES = tuple(
    name
    for name in EDITABLE
    if name not in ROWS and name != SEVERAL and not name.startswith("planned_")
)


def as_given(change: Change) -> dict[str, Any]:
    """The change's own values of `EDITABLE`, without `also_affects`."""
    return {name: getattr(change, name) for name in EDITABLE if name != SEVERAL}


def fill_in(given: dict[str, Any]) -> dict[str, Any]:
    """What was given, and what the template says where nothing was; it makes a change standard."""
    template: Template | None = given.get("template")
    if template is None:
        return given
    filled = {name: getattr(template, name) for name in FILLS}
    own = {name: value for name, value in given.items() if value not in ("", None, [])}
    return {**filled, "kind": str(Kind.STANDARD), **own}


def take_over(given: dict[str, Any], *, change: Change) -> dict[str, Any]:
    """An edit of `change`, and what its template locks where the edit says nothing of it.

    So a plan follows a template that was published anew, while the change is in planning.
    """
    template: Template | None = given.get("template", change.template)
    if template is None or (template == change.template and change.state != INITIAL):
        return given
    return {**{name: getattr(template, name) for name in template.locked}, **given}


def demand_text(name: str, text: str, sentence: str) -> None:
    """Raise `ValidationError` on field `name` where a text is empty."""
    if not text.strip():
        raise ValidationError({name: sentence})


def check_fields(given: Mapping[str, Any], *, now: datetime, before: Change | None) -> None:
    """Raise `ValidationError` with every wrong field of a new change, or of an edit of `before`."""
    wrong: dict[str, str] = {}
    unknown = sorted(set(given) - set(EDITABLE))
    if unknown:
        wrong.update(dict.fromkeys(unknown, "A change has no such field."))
    wrong.update(_wrong_values(given))
    for name in ("title", "service", "environment"):
        if not given.get(name):
            wrong[name] = f"Give the {name}."
    wrong.update(_wrong_period(given, now=now, before=before))
    wrong.update(_wrong_kind(given, before=before))
    if not {"rollout", "canary_steps", "canary_soak_minutes"} & set(wrong):
        wrong.update(_wrong_rollout(given))
    service = given.get("service")
    if service is not None and service in given.get(SEVERAL, ()):
        wrong[SEVERAL] = f"{service.slug} is the service itself: leave it out here."
    implementer = given.get("implementer")
    if implementer is not None and not implementer.is_active:
        wrong["implementer"] = f"{implementer.username} is no longer active: name somebody else."
    if wrong:
        raise ValidationError(wrong)


def _wrong_values(given: Mapping[str, Any]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name in VALUES:
        if name not in given:
            continue
        try:
            Change._meta.get_field(name).clean(given[name], None)
        except ValidationError as problem:
            wrong[name] = " ".join(problem.messages)
    return wrong


def _wrong_period(
    given: Mapping[str, Any], *, now: datetime, before: Change | None
) -> dict[str, str]:
    start, end = given.get("planned_start_at"), given.get("planned_end_at")
    wrong: dict[str, str] = {}
    for name, instant in (("planned_start_at", start), ("planned_end_at", end)):
        if instant is not None and instant.tzinfo is None:
            wrong[name] = "Give the time with its offset, such as 2026-11-23T09:00:00+01:00."
    if wrong:
        return wrong
    if (start is None) != (end is None):
        missing = "planned_end_at" if end is None else "planned_start_at"
        return {missing: "Give both the planned start and the planned end, or neither."}
    if start is None or end is None:
        return {}
    if end <= start:
        return {"planned_end_at": "The planned end must come after the planned start."}
    moved = before is None or before.planned_end_at != end
    if moved and end <= now:
        return {"planned_end_at": "This period is over: plan one that lies ahead."}
    moved = moved or before is None or before.planned_start_at != start
    if moved and not plannable(Interval(start, end), now=now):
        return {"planned_end_at": "Plan at most a year, and within the next ten years."}
    return {}


def _wrong_kind(given: Mapping[str, Any], *, before: Change | None) -> dict[str, str]:
    kind, template = given.get("kind"), given.get("template")
    if kind == Kind.STANDARD and template is None:
        return {"template": "A standard change is made from a template: name it."}
    if kind != Kind.STANDARD and template is not None:
        return {"kind": f"The template {template.slug} makes standard changes only."}
    if kind == Kind.EMERGENCY and given.get("incident") is None:
        return {"incident": "An emergency change names the incident it answers."}
    if template is None:
        return {}
    fresh = before is None or before.template != template
    return {
        name: f"The template {template.slug} locks this field: leave it as the template says."
        for name in template.locked
        if given.get(name) != getattr(template, name)
        and (fresh or given.get(name) != getattr(before, name))
    }


def _wrong_rollout(given: Mapping[str, Any]) -> dict[str, str]:
    steps = given.get("canary_steps") or []
    if steps and given.get("rollout") != "canary":
        return {"canary_steps": "Only a canary rollout has steps: set rollout to canary."}
    if any(not 0 < step <= 100 for step in steps) or sorted(set(steps)) != list(steps):
        return {"canary_steps": "Give rising percentages between 1 and 100, such as [5, 25, 100]."}
    return _wrong_soak(given.get("canary_soak_minutes") or [], steps=len(steps))


def _wrong_soak(minutes: Sequence[int], *, steps: int) -> dict[str, str]:
    if minutes and not steps:
        wrong = "Only steps soak: give canary_steps too, such as [5, 25, 100]."
    elif len(minutes) not in (0, 1, steps):
        wrong = f"Give one length for all {steps} steps, or one for each of them."
    elif any(one > LONGEST_SOAK_MINUTES for one in minutes):
        wrong = f"Let a step soak for {LONGEST_SOAK_MINUTES:,} minutes (seven days) at most."
    else:
        return {}
    return {"canary_soak_minutes": wrong}
