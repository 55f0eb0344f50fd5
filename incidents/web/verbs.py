"""The verbs of an incident as buttons: allowed, or refused with every reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from incidents import policies
from incidents.models import Incident
from incidents.policies import STAYS, Standing
from incidents.states import MOVES, OPEN, State
from incidents.web import acts
from incidents.web.forms import DeclareForm, VerbForm
from ledger.decision import Reason

LABELS = {
    "acknowledge": "Acknowledge",
    "mitigate": "It is mitigated",
    "resolve": "It is resolved",
    "close": "Close the incident",
    "reopen": "Reopen the incident",
}
KEYS = {"acknowledge": "a", "mitigate": "m", "resolve": "r", "close": "c", "command": "t"}
POSTMORTEM = ("postmortem", "write_postmortem", "Say where its postmortem is")
# The other forms of the room, folded: act, its rule, its label.
FOLDED = (
    ("assign", "assign", "Give somebody a role"),
    ("severity", "set_severity", "Change the severity"),
    ("measure", "measure", "Say whom it costs what"),
    ("affect", "affect", "Name another service"),
    ("fold", "fold", "Merge it into another"),
    ("split", "split", "Split it in two"),
)
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
    keys: str = ""


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
        shown.insert(1, _button("command", "Take command", standing, url=url, verb="assign"))
    return shown


def acts_of(
    standing: Standing, incident: Incident, came_back: Mapping[str, VerbForm], *, owes: bool
) -> list[Button]:
    """What else can be done in the room, folded; what only the state refuses is not shown.

    `owes` says that it owes a postmortem, or did.
    """
    shown = []
    for act, verb, label in (POSTMORTEM, *FOLDED) if owes else FOLDED:
        if standing.state not in STAYS[verb]:
            continue
        url = reverse("incident-act", args=[standing.ref, act])
        form = came_back.get(act) or _filled(act, incident)
        shown.append(_button(act, label, standing, url=url, form=form, verb=verb))
    return shown


def _filled(act: str, incident: Incident) -> VerbForm:
    form = acts.form_for(act, incident)
    if act in ("measure", "severity"):
        form.initial = {name: getattr(incident, name, None) for name in form.fields}
    return form


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
    verb: str = "",
) -> Button:
    """`verb` is what the rules know it by, where that is not its name."""
    decision = policies.may(verb or name, standing)
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
        keys=KEYS.get(name, ""),
    )
