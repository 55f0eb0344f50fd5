"""The verbs of an incident as buttons: allowed, or refused with every reason. Pure."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from incidents import policies
from incidents.policies import Standing
from incidents.states import MOVES, OPEN, State
from incidents.web.forms import DeclareForm, VerbForm
from ledger.decision import Reason

LABELS = {
    "acknowledge": "Acknowledge",
    "mitigate": "It is mitigated",
    "resolve": "It is resolved",
    "close": "Close the incident",
    "reopen": "Reopen the incident",
}
# What is the next thing to say in each state; the rest is said too, and less often.
NEXT = {
    State.DECLARED: "acknowledge",
    State.ACKNOWLEDGED: "mitigate",
    State.MITIGATED: "resolve",
    State.RESOLVED: "close",
    State.CLOSED: "reopen",
}


@dataclass(frozen=True, slots=True)
class Button:
    """One verb, as components/verb.html shows it."""

    name: str
    label: str
    allowed: bool
    reasons: tuple[Reason, ...]
    url: str
    primary: bool = False
    fields: list[Any] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    help: str = ""
    open: bool = False
    href: str = ""
    warnings: tuple[Reason, ...] = ()


def declare_button(standing: Standing, *, form: DeclareForm) -> Button:
    """Declaring an incident, its form unfolded when it came back wrong."""
    url = reverse("incidents")
    return _button("declare", "Declare an incident", standing, url=url, form=form, primary=True)


def buttons(
    standing: Standing, *, commander: str, reader: str, forms: dict[str, VerbForm]
) -> list[Button]:
    """What can be said of one incident now: what comes next first, and to take command.

    A verb that only the state refuses is not shown, unless its form came back.
    """
    following = NEXT[State(standing.state)]
    verbs = [following, *(verb for verb in MOVES if verb != following)]
    shown = [
        _button(
            verb,
            LABELS[verb],
            standing,
            url=reverse("incident-say", args=[standing.ref, verb]),
            form=forms.get(verb),
            primary=verb == following and standing.state in OPEN,
        )
        for verb in verbs
        if standing.state in MOVES[verb].sources or _bound(forms.get(verb))
    ]
    if commander != reader and standing.state != State.CLOSED:
        url = reverse("incident-command", args=[standing.ref])
        shown.insert(1, _button("assign", "Take command", standing, url=url))
    return shown


def _bound(form: VerbForm | None) -> bool:
    return form is not None and form.is_bound


def _button(
    name: str,
    label: str,
    standing: Standing,
    *,
    url: str,
    form: VerbForm | None = None,
    primary: bool = False,
) -> Button:
    decision = policies.may(name, standing)
    return Button(
        name=name,
        label=label,
        allowed=decision.allowed,
        reasons=decision.reasons,
        url=url,
        primary=primary and decision.allowed,
        fields=list(form) if form else [],
        wrong=[str(sentence) for sentence in form.non_field_errors()] if form else [],
        open=_bound(form),
    )
