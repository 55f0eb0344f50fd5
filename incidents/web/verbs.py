"""The verbs of an incident as buttons: allowed, or refused with every reason. Pure."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from incidents import policies
from incidents.policies import Standing
from incidents.web.forms import CloseForm, DeclareForm, VerbForm
from ledger.decision import Reason


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
    standing: Standing, *, commander: str, reader: str, close_form: CloseForm
) -> list[Button]:
    """What can be done with one incident."""
    shown = []
    if commander != reader and standing.closed_at is None:
        url = reverse("incident-command", args=[standing.ref])
        shown.append(_button("assign_commander", "Take command", standing, url=url))
    url = reverse("incident-close", args=[standing.ref])
    return [*shown, _button("close", "Close the incident", standing, url=url, form=close_form)]


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
        open=form is not None and form.is_bound,
    )
