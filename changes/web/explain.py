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
from changes.queries.unblockers import unblockers
from changes.web.change_form import service_hints
from changes.web.gate_form import ExplainForm
from changes.web.reader import reader
from ledger.decision import Reason

NAMES_SHOWN: Final = 5
WORDS: Final = {"allow": "Allow.", "wait": "Wait.", "deny": "Deny."}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as a row: whether it holds; where not, its objection and who could lift it."""

    name: str
    passed: bool
    reasons: tuple[Reason, ...]
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
        at = given["at"] or timezone.now()
        try:
            context |= {"asked": True, "at": at, **_explained(given, at=at, by=reader(request))}
        except ValidationError as wrong:
            form.take(wrong)
    return render(request, "changes/explain.html", context, status=422 if form.errors else 200)


def _first(request: HttpRequest) -> dict[str, Any]:
    return {"environment": request.GET.get("environment", "production"), "kind": "normal"}


def _explained(given: Mapping[str, Any], *, at: datetime, by: User) -> dict[str, Any]:
    question = Question(
        service=given["service"],
        environment=given["environment"].slug,
        change=(given["change"] or "").strip().upper(),
    )
    try:
        found = examine(question, at=at, kind=given["kind"] or "normal", reader=by)
    except NoSuchPlace as missing:
        sentence = there_is_no("service", missing.service)
        raise ValidationError({"service": sentence}) from missing
    who = unblockers(found.facts, found.verdict.reasons)
    return {
        "answer": _answer(found, who),
        "rules": [_rule(rule, who) for rule in sorted(found.rules, key=lambda one: one.holds)],
        "change": found.facts.ref,
    }


def _answer(found: Examined, who: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    said = found.verdict
    return {
        "decision": said.word,
        "word": WORDS[said.word],
        "headline": _headline(said.reasons),
        "warnings": said.warnings,
        "who": _names([name for names in who.values() for name in names]),
        "next_allowed_at": said.next_allowed_at if said.reasons else None,
    }


def _headline(reasons: Sequence[Reason]) -> str:
    if not reasons:
        return "Every rule holds."
    count = len(reasons)
    return "One thing is in the way." if count == 1 else f"{count} things are in the way."


def _rule(rule: Held, who: Mapping[str, Sequence[str]]) -> Rule:
    names = [name for reason in rule.reasons for name in who.get(reason.code, ())]
    return Rule(rule.name, rule.holds, rule.reasons, ", ".join(_names(names)))


def _names(names: Sequence[str]) -> list[str]:
    """Each name once; many are cut."""
    once = list(dict.fromkeys(names))
    return once if len(once) <= NAMES_SHOWN else [*once[:NAMES_SHOWN], "others"]
