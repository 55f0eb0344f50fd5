"""Explain: every rule the gate would ask, for any service, environment and instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import User
from changes.gate.examining import Examined, examine
from changes.gate.words import Question
from changes.policies.one_by_one import Held
from changes.queries.facts import NoSuchPlace
from changes.queries.names import there_is_no
from changes.queries.unblockers import Who
from changes.web.change_form import service_hints
from changes.web.gate_form import ExplainForm
from changes.web.reader import reader
from changes.web.slot_finder import elsewhere
from ledger.decision import Reason

NAMES_SHOWN: Final = 5
WORDS: Final = {"allow": "Allow.", "wait": "Wait.", "deny": "Deny."}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as a row: whether it holds; where not, its objection and who could lift it.

    `groups` and `who`, the people, are names in a row.
    """

    name: str
    passed: bool
    reasons: tuple[Reason, ...]
    groups: str
    who: str


@login_required
@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """The answer for the place and instant in the address, what is in the way first."""
    asked = "service" in request.GET
    form = ExplainForm(request.GET if asked else None, initial=_first(request))
    context: dict[str, Any] = {
        "section": "gate",
        "form": form,
        "asked": False,
        "services": service_hints(username=reader(request).username),
    }
    if asked and form.is_valid():
        given = form.cleaned_data
        now = timezone.now()
        at = given["at"] or now
        try:
            context |= {
                "asked": True,
                "at": at,
                **_explained(given, at=at, now=now, by=reader(request)),
            }
        except ValidationError as wrong:
            form.take(wrong)
    return render(request, "changes/explain.html", context, status=422 if form.errors else 200)


def _first(request: HttpRequest) -> dict[str, Any]:
    return {"environment": request.GET.get("environment", "production"), "kind": "normal"}


def _explained(
    given: Mapping[str, Any], *, at: datetime, now: datetime, by: User
) -> dict[str, Any]:
    question = Question(
        service=given["service"],
        environment=given["environment"].slug,
        change=(given["change"] or "").strip().upper(),
    )
    try:
        kind = given["kind"] or "normal"
        found = examine(question, at=at, now=now, kind=kind, reader=by)
    except NoSuchPlace as missing:
        sentence = there_is_no("service", missing.service)
        raise ValidationError({"service": sentence}) from missing
    return {
        "answer": _answer(found),
        "rules": [
            _rule(rule, found.who) for rule in sorted(found.rules, key=lambda one: one.holds)
        ],
        "change": found.facts.ref,
        "notes": found.notes,
        "slots_from": max(at, now),
        "slots": elsewhere(
            service=question.service,
            environment=question.environment,
            kind=kind,
            after=at,
            reader=by,
            now=now,
        ),
    }


def _answer(found: Examined) -> dict[str, Any]:
    said = found.verdict
    return {
        "decision": said.word,
        "word": WORDS[said.word],
        "headline": _headline(said.reasons),
        "warnings": said.warnings,
        "who": _names([name for who in found.who.values() for name in who.people]),
        "next_allowed_at": said.next_allowed_at if said.reasons else None,
        "says": said.says,
    }


def _headline(reasons: Sequence[Reason]) -> str:
    if not reasons:
        return "Every rule holds."
    count = len(reasons)
    return "One thing is in the way." if count == 1 else f"{count} things are in the way."


def _rule(rule: Held, who: Mapping[str, Who]) -> Rule:
    codes = dict.fromkeys(reason.code for reason in rule.reasons)
    helpers = [who[code] for code in codes if code in who]
    groups = [name for one in helpers for name in one.groups]
    people = _names([name for one in helpers for name in one.people])
    return Rule(
        rule.name, rule.holds, rule.reasons, ", ".join(dict.fromkeys(groups)), ", ".join(people)
    )


def _names(names: Sequence[str]) -> list[str]:
    """Each name once; many are cut."""
    once = list(dict.fromkeys(names))
    return once if len(once) <= NAMES_SHOWN else [*once[:NAMES_SHOWN], "others"]
