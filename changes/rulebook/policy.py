"""Writing policy rules: each save is a new version, kept for ever, with its event."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import User
from changes.models import PolicyRule, PolicyVersion
from changes.policies.custom import Effect
from changes.policies.custom.cautions import cautions
from changes.policies.custom.kinds_of_value import SEVERAL
from changes.policies.custom.reading import Unreadable, read
from changes.policies.custom.sentence import sentence
from changes.policies.custom.tree import Group, conditions
from changes.queries.names import missing, there_is_no
from changes.queries.policies import rule_of
from changes.queries.rows import version_ref
from ledger import refs, rows, timeline
from ledger.decision import Reason, refuse
from ledger.keeping import demand_change_manager, differences, told

SAID = (
    "name",
    "is_active",
    "effect",
    "mode",
    "verbs",
    "message",
    "remedy",
    "authority",
    "count",
)
EDITABLE = (*SAID, "conditions")
KEPT = (*EDITABLE, "managed_in")
ACTIVE_AT_MOST = 200
GIT = "git"
SLUGS = {
    "service": "service",
    "team": "team",
    "environment": "environment",
    "template": "template",
    "author_teams": "team",
}


@transaction.atomic
def save(
    rule: PolicyRule, *, actor: User, now: datetime, seen: int | None = None, managed_in: str = ""
) -> PolicyRule:
    """Keep a rule as it was filled in, as its next version, and record it with what changed.

    `seen` is the version its editor saw; an older one is refused. `managed_in` says where it is
    kept besides. A rule that says what it said before stays as it is. Raises `ValidationError` with
    a sentence for each wrong field, and `Refused` when `actor` is no change manager.
    """
    rule.managed_in = managed_in
    before, diff = _checked(rule, actor=actor, seen=seen)
    if before is not None and not diff:
        return rule
    rule.version = (before.version if before else 0) + 1
    _insert_or_update(rule)
    words = sentence(rule_of(rule))
    version = PolicyVersion.objects.create(
        rule=rule,
        version=rule.version,
        says={name: getattr(rule, name) for name in KEPT},
        sentence=words,
        saved_at=now,
        saved_by=actor.username,
    )
    timeline.record(
        subject=rule.ref,
        verb="policy_rule.edited" if before else "policy_rule.created",
        actor=actor.username,
        at=now,
        about=[refs.of_team(slug) for slug in _named(rule, "team")],
        data={
            "name": rule.name,
            "is_active": rule.is_active,
            "version": rule.version,
            "sentence": words,
            **told(before, diff),
            "row_digest": rows.digest(PolicyRule.objects.get(pk=rule.pk)),
            **rows.told({version_ref(version): PolicyVersion.objects.get(pk=version.pk)}),
        },
    )
    return rule


@transaction.atomic
def check(rule: PolicyRule, *, actor: User, seen: int | None = None) -> None:
    """Raise what `save` would raise, and write nothing."""
    _checked(rule, actor=actor, seen=seen)


def beware(rule: PolicyRule) -> list[str]:
    """What to beware of in a rule that can be kept."""
    return cautions(rule_of(rule))


def reads(rule: PolicyRule) -> str:
    """The sentence of a rule; "" while its conditions cannot be read."""
    try:
        return sentence(rule_of(rule)) + "."
    except (Unreadable, ValueError):
        return ""


def _checked(
    rule: PolicyRule, *, actor: User, seen: int | None
) -> tuple[PolicyRule | None, dict[str, list[Any]]]:
    """The row as it was, locked, and what would change; the rule in its one form."""
    ref = rule.ref if rule.pk else ""
    demand_change_manager("write policy rule", actor=actor, ref=ref, what="policy rules")
    locked = PolicyRule.objects.select_for_update()
    before = locked.filter(pk=rule.pk).first() if rule.pk else None
    if before is not None and seen is not None and seen != before.version:
        raise refuse("write policy rule", _edited_meanwhile(before), ref=ref)
    _in_one_form(rule)
    rule.full_clean(validate_constraints=False, exclude={"conditions"})
    _refuse_what_says_nothing(rule)
    return before, differences(before, rule, names=KEPT)


def _in_one_form(rule: PolicyRule) -> None:
    """What its effect leaves without a meaning says nothing; verbs stand in their order."""
    if rule.effect == Effect.REQUIRE:
        rule.verbs = [PolicyRule.VerbWord.SUBMIT.value]
    else:
        known = PolicyRule.VerbWord.values
        rule.verbs = [
            *(one for one in known if one in rule.verbs),
            *sorted({*rule.verbs} - {*known}),
        ]
        rule.authority, rule.count = "", 1
    for name in ("name", "message", "remedy"):
        setattr(rule, name, " ".join(str(getattr(rule, name)).split()))


def _refuse_what_says_nothing(rule: PolicyRule) -> None:
    wrong: dict[str, list[str]] = {}
    said = {name: getattr(rule, name) for name in SAID}
    for name, sentence_ in (*unsaid(said), *_one_too_many(rule)):
        wrong.setdefault(name, []).append(sentence_)
    try:
        tree = read(rule.conditions)
        wrong.setdefault("conditions", []).extend(_unknown_slugs(tree))
        rule.conditions = tree.as_json()
    except Unreadable as unreadable:
        wrong["conditions"] = [str(mistake) for mistake in unreadable.mistakes]
    if any(wrong.values()):
        raise ValidationError({name: found for name, found in wrong.items() if found})


def unsaid(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a rule with these values of `SAID` still has to say: field and sentence."""
    effect = said.get("effect")
    if effect == Effect.REQUIRE and not said.get("authority"):
        yield "authority", "Choose whose approval it asks for."
    if effect != Effect.REQUIRE and not said.get("message"):
        yield "message", "Say what is wrong, to whoever it stops or warns."
    if effect == Effect.DENY and not said.get("remedy"):
        yield "remedy", "Say what to do next."
    if effect != Effect.REQUIRE and not said.get("verbs"):
        yield "verbs", "Choose at which verbs it is asked."


def _one_too_many(rule: PolicyRule) -> Iterator[tuple[str, str]]:
    active = PolicyRule.objects.filter(is_active=True).exclude(pk=rule.pk)
    if rule.is_active and active.count() >= ACTIVE_AT_MOST:
        yield "is_active", f"{ACTIVE_AT_MOST} rules are active, the most there may be: end one."


def _unknown_slugs(tree: Group) -> list[str]:
    named: dict[str, list[str]] = {}
    for condition in conditions(tree):
        if condition.field in SLUGS:
            values = condition.value if condition.operator in SEVERAL else (condition.value,)
            named.setdefault(SLUGS[condition.field], []).extend(values)
    return [
        there_is_no(kind, slug) for kind, slugs in named.items() for slug in missing(kind, slugs)
    ]


def _named(rule: PolicyRule, field: str) -> list[str]:
    """The slugs a rule names in a field, each once."""
    found = [one for one in conditions(read(rule.conditions)) if one.field == field]
    several = [one.value if one.operator in SEVERAL else (one.value,) for one in found]
    return sorted({slug for values in several for slug in values})


def _insert_or_update(rule: PolicyRule) -> None:
    """Save; a name that was taken meanwhile is a wrong field like one that was taken before."""
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as problem:
        if "changes_policyrule_name" not in str(problem):
            raise
        raise ValidationError({"name": "Another policy rule has this name."}) from problem


def _edited_meanwhile(rule: PolicyRule) -> Reason:
    return Reason(
        "edited_meanwhile",
        f"“{rule.name}” is at version {rule.version} now: somebody saved it since you opened it.",
        "Load it again, look at what changed, and repeat your edit.",
        source="version",
    )
