"""Writing plans: create and edit.

# Note [Votes lapse on edit]
A vote is cast on the digest of the plan. Editing any material field of a submitted or scheduled
change takes it back to planning by itself, and the next submission opens a new round: votes of the
old one are kept and count no more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog import writing
from catalog.models import Service, User
from catalog.roles import AUDITORS, roles_of
from changes.lifecycle import running, task_rows
from changes.lifecycle.fields import SEVERAL, as_given, check_fields, fill_in, take_over
from changes.lifecycle.moving import decide, locked_facts, record
from changes.lifecycle.weighing import weigh, weight_of
from changes.models import Change, PlanVersion, Template
from changes.policies import Facts, people, tasks
from changes.policies.facts import ActorFacts
from changes.queries import plans
from changes.queries.rows import Beside
from changes.states import INITIAL, NOT_STARTED
from ledger.decision import refuse


@transaction.atomic
def create(*, fields: Mapping[str, Any], actor: User, now: datetime) -> Change:
    """File a change in planning.

    `fields` are values of `EDITABLE` names: rows for `service`, `environment`, `template`,
    `incident` and `implementer`, a list of services for `also_affects`, aware instants for the
    planned period. What a template fills in need not be given. Raises `ValidationError` with a
    sentence for each wrong field, and `Refused` for an auditor.
    """
    _demand_writer(actor)
    given = fill_in(dict(fields))
    check_fields(given, now=now, before=None)
    also = list(given.pop(SEVERAL, ()))
    change = Change(
        **{**given, "implementer": given.get("implementer") or _person(actor)},
        state=str(INITIAL),
        team=given["service"].owner_team,
        author=actor,
        last_editor=actor,
        created_at=now,
        template_version=_version(given.get("template")),
    )
    begun = task_rows.of_rules(change)
    work = task_rows.words(begun)
    _sum_up(change, also, work)
    _keep(change, insert=True)
    if also:
        change.also_affects.set(also)
    rows = task_rows.keep(change, begun)
    plan = _keep_plan(change, also, work, actor=actor, now=now)
    says = {"plan_digest": change.plan_digest, "risk": weight_of(change)}
    record(change, "create", actor=actor, now=now, says=says, written=[plan, *rows])
    return change


@transaction.atomic
def edit(
    *,
    ref: str,
    fields: Mapping[str, Any],
    actor: User,
    now: datetime,
    edition: int | None = None,
) -> Change:
    """Change what is written; `edition` is the one the editor saw, and an older one is refused.

    Material fields can be edited until the change starts; see Note [Votes lapse on edit].
    """
    change, facts = locked_facts(ref=ref, actor=actor, now=now)
    decide(change, "edit", facts=facts, now=now, edition=edition)
    before, also_before = as_given(change), list(change.also_affects.all())
    given = take_over(dict(fields), change=change)
    check_fields({**before, SEVERAL: also_before, **given}, now=now, before=change)
    also = list(given.pop(SEVERAL, also_before))
    for name, value in given.items():
        setattr(change, name, value)
    if change.state == INITIAL:
        change.template_version = _version(change.template)
    return _save_edit(change, also, also_before, before=before, facts=facts, actor=actor, now=now)


def _save_edit(
    change: Change,
    also: list[Service],
    also_before: list[Service],
    *,
    before: dict[str, Any],
    facts: Facts,
    actor: User,
    now: datetime,
) -> Change:
    changed = [name for name, value in before.items() if getattr(change, name) != value]
    work = tasks.planned_words(facts)
    digest = _digest(change, also, work)
    material, weighed = digest != change.plan_digest, weight_of(change)
    if not changed and not material:
        return change
    if material and change.state not in NOT_STARTED:
        decide(change, "revise", facts=facts, now=now)
    says: dict[str, object] = {"diff": _diff(change, before, changed, also_before, also)}
    change.team = change.service.owner_team
    if material:
        change.plan_version += 1
        change.last_editor = actor
    _sum_up(change, also, work)
    change.edition += 1
    _keep(change, insert=False)
    if also or also_before:
        change.also_affects.set(also)
    moved = task_rows.follow_period(change, facts, start=before["planned_start_at"])
    plan = _keep_plan(change, also, work, actor=actor, now=now) if material else None
    written: list[Beside] = [*([plan] if plan else []), *moved]
    says["plan_digest"] = change.plan_digest
    if weight_of(change) != weighed:
        says["risk"] = weight_of(change)
    if material and change.state != INITIAL:
        running.back_to_planning(
            change, facts=facts, actor=actor, now=now, says=says, written=written
        )
    else:
        record(change, "edit", actor=actor, now=now, says=says, written=written)
    return change


def replan(
    change: Change, work: Sequence[str], *, facts: Facts, actor: User, now: datetime
) -> None:
    """A new version of the plan of a locked change, whose tasks say `work` now.

    See Note [Tasks in the plan] in `changes.lifecycle.tasks`. Raises `Refused` once it has started.
    """
    if change.state not in NOT_STARTED:
        decide(change, "revise", facts=facts, now=now)
    also = list(change.also_affects.all())
    change.plan_version += 1
    change.last_editor = actor
    change.plan_digest = _digest(change, also, work)
    change.edition += 1
    writing.update(change, ["plan_version", "last_editor", "plan_digest", "edition"])
    plan = _keep_plan(change, also, work, actor=actor, now=now)
    said = [tasks.planned_words(facts), list(work)]
    says: dict[str, object] = {"diff": {plans.WORK: said}, "plan_digest": change.plan_digest}
    if change.state != INITIAL:
        running.back_to_planning(
            change, facts=facts, actor=actor, now=now, says=says, written=[plan]
        )
    else:
        record(change, "edit", actor=actor, now=now, says=says, written=[plan])


def _demand_writer(actor: User) -> None:
    seen = ActorFacts(
        actor.username, is_active=actor.is_active, is_auditor=AUDITORS in roles_of(actor)
    )
    objections = tuple(people.objections_to_writing(seen))
    if objections:
        raise refuse("create", *objections)


def _keep(change: Change, *, insert: bool) -> None:
    try:
        if insert:
            writing.insert(change)
        else:
            change.save(force_update=True)
    except IntegrityError as problem:
        if "external_id_names_one_change" not in str(problem):
            raise
        raise ValidationError(
            {"external_id": "You have filed a change with this external id before: edit that one."}
        ) from problem


def _version(template: Template | None) -> int | None:
    """The version in force; see Note [In flight on its version]."""
    return template.version if template else None


def _person(actor: User) -> User | None:
    return None if actor.is_robot else actor


def _sum_up(change: Change, also: list[Service], work: Sequence[str]) -> None:
    weigh(change)
    change.plan_digest = _digest(change, also, work)


def _material(change: Change, also: list[Service], work: Sequence[str]) -> dict[str, Any]:
    return plans.material(change, also_affects=[one.slug for one in also], work=work)


def _digest(change: Change, also: list[Service], work: Sequence[str]) -> str:
    return plans.plan_digest(_material(change, also, work))


def _keep_plan(
    change: Change, also: list[Service], work: Sequence[str], *, actor: User, now: datetime
) -> PlanVersion:
    plan = PlanVersion(
        change=change,
        version=change.plan_version,
        digest=change.plan_digest,
        fields=_material(change, also, work),
        risk=weight_of(change),
        written_by=actor,
        written_at=now,
    )
    writing.insert(plan)
    return plan


def _diff(
    change: Change,
    before: dict[str, Any],
    changed: list[str],
    also_before: list[Service],
    also: list[Service],
) -> dict[str, list[Any]]:
    found = {name: [_word(before[name]), _word(getattr(change, name))] for name in changed}
    slugs_before, slugs = (sorted(one.slug for one in some) for some in (also_before, also))
    return found if slugs_before == slugs else {**found, SEVERAL: [slugs_before, slugs]}


def _word(value: Any) -> Any:
    """A row by its slug, ref or username; everything else as it is."""
    for name in ("slug", "ref", "username"):
        if hasattr(value, name):
            return getattr(value, name)
    return value
