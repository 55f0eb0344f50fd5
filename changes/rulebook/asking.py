"""Whether an approval rule asks for people who are there: what is refused when it is saved."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from catalog.models import Team, User
from changes.models import ApprovalRule
from changes.models.rule import PEOPLE_AT_MOST, AuthorityWord
from changes.policies.requirements import counted
from changes.queries.agreement import rule_of, who_could

OF_A_TEAM = frozenset({AuthorityWord.PEER, AuthorityWord.SERVICE_OWNER})
SHOWN = 5


def refuse_what_cannot_be(rule: ApprovalRule, *, now: datetime) -> None:
    """Raise `ValidationError` for people who are not there, or fewer than the rule asks for.

    A rule that is not in force may ask for anything.
    """
    wrong: dict[str, list[str]] = {}
    for name, sentence in (*_unknown(rule), *_too_many(rule, now)):
        wrong.setdefault(name, []).append(sentence)
    if wrong:
        raise ValidationError(wrong)


def _unknown(rule: ApprovalRule) -> Iterator[tuple[str, str]]:
    if rule.authority == AuthorityWord.GROUP:
        if not rule.group:
            yield "group", "Choose the group that is asked."
        elif not Group.objects.filter(name=rule.group).exists():
            yield "group", f"There is no group {rule.group}. An administrator makes groups."
    if rule.authority == AuthorityWord.PEOPLE:
        if not rule.people:
            yield "people", "Name the people who are asked."
        if len(rule.people) > PEOPLE_AT_MOST:
            yield "people", f"Name {PEOPLE_AT_MOST} people at most; for more, make a group."
        rows = User.objects.filter(username__in=rule.people, is_active=True, is_robot=False)
        known = set(rows.values_list("username", flat=True))
        gone = [name for name in rule.people if name not in known]
        if gone:
            shown = ", ".join(gone[:SHOWN])
            yield "people", f"There is no active person called {shown}."


def _too_many(rule: ApprovalRule, now: datetime) -> Iterator[tuple[str, str]]:
    """More people than hold the authority; for a team's, than in any team the rule is for."""
    if not rule.is_active or (rule.authority in OF_A_TEAM and not _teams(rule)):
        return
    there = _holders(rule, now)
    need = counted([rule_of(rule).need()], {rule_of(rule).need().key: there})[0]
    commander = 1 if rule.authority == AuthorityWord.ECAB else 0
    if need.count > there + commander:
        where = "" if rule.authority not in OF_A_TEAM else f" in {_where(rule)}"
        people = "1 active person holds" if there == 1 else f"{there} active people hold"
        yield (
            "percent" if rule.percent else "count",
            f"It asks for {need.count}, and {people} that authority{where}. Ask for fewer, or add "
            "people first.",
        )


def _holders(rule: ApprovalRule, now: datetime) -> int:
    """How many hold the authority; of teams the one with the fewest that is named, or the most."""
    need = rule_of(rule).need()
    if rule.authority not in OF_A_TEAM:
        return who_could([need], team="", now=now).holders[need.key]
    counts = [who_could([need], team=team, now=now).holders[need.key] for team in _teams(rule)]
    return min(counts) if rule.teams else max(counts)


def _teams(rule: ApprovalRule) -> list[str]:
    return rule.teams or list(Team.objects.values_list("slug", flat=True))


def _where(rule: ApprovalRule) -> str:
    return f"the smallest of its teams ({', '.join(rule.teams)})" if rule.teams else "any team"
