"""The form a change is written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q
from django.utils import timezone

from catalog.models import Environment, Service
from changes.lifecycle.fields import EDITABLE
from changes.models import Change, Template
from changes.models.choices import Category, KindWord, RollbackProof, Rollout
from changes.shown.words import spoken
from changes.web import fields as own
from incidents.models import Incident
from incidents.states import OPEN

MOST_INCIDENTS: Final = 100
NEEDED: Final = (
    "description",
    "implementation_plan",
    "test_plan",
    "rollback_plan",
    "monitoring_plan",
    "planned_start_at",
    "planned_end_at",
)


def _required(name: str) -> dict[str, str]:
    return {"required": f"Give the {name}."}


class ChangeForm(forms.Form):
    """Every editable field. What the template locks is shown and cannot be written."""

    edition = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=KindWord.choices)
    incident = own.IncidentField(
        required=False, help_text="An emergency change names the open incident it answers."
    )
    title = forms.CharField(
        max_length=200,
        error_messages=_required("title"),
        help_text="What changes, in a line: “Raise the connection limit of payments-api”.",
    )
    description = own.WordsField(required=False, help_text="What changes, and what for.")
    justification = own.WordsField(required=False, rows=2, help_text="Why now.")
    impact_analysis = own.WordsField(
        required=False,
        rows=2,
        label="Risk and impact",
        help_text="Who would notice, if it went wrong.",
    )
    security_impact = own.WordsField(
        required=False,
        rows=2,
        label="Security",
        help_text="What it means for security, if only that it means nothing. Auditors ask.",
    )
    category = forms.ChoiceField(choices=Category.choices)
    service = own.ServiceField(
        max_length=80,
        error_messages=_required("service"),
        widget=forms.TextInput(attrs={"list": "services", "autocomplete": "off"}),
    )
    environment = forms.ModelChoiceField(
        queryset=Environment.objects.all(),
        to_field_name="slug",
        empty_label="Choose…",
        error_messages=_required("environment"),
    )
    also_affects = own.SlugsField(
        required=False, max_length=4000, help_text="Other services, separated by commas."
    )
    implementation_plan = own.WordsField(required=False, label="Implementation", rows=6)
    test_plan = own.WordsField(
        required=False, label="Test", help_text="How it was and will be tested."
    )
    rollback_plan = own.WordsField(
        required=False, label="Rollback", help_text="How to get back, and how long that takes."
    )
    monitoring_plan = own.WordsField(
        required=False, label="Monitoring", help_text="What to watch, and for how long."
    )
    rollback_proof = forms.ChoiceField(
        required=False,
        choices=RollbackProof.choices,
        label="Rollback tried",
        help_text="Whether somebody has gone the way back, or a machine goes it alone.",
    )
    rollout = forms.ChoiceField(choices=Rollout.choices)
    canary_steps = own.StepsField(
        required=False, max_length=200, help_text="Of a canary, in percent: 5, 25, 100."
    )
    canary_soak_minutes = own.MinutesField(
        required=False, max_length=200, label="Soak of each step", help_text=own.SOAK
    )
    required_checks = own.NamesField(
        required=False,
        max_length=4000,
        help_text="Names of checks that must pass before it closes, such as smoke-test, p99.",
    )
    planned_start_at = own.InstantField(required=False, label="Planned start")
    planned_end_at = own.InstantField(required=False, label="Planned end")
    implementer = own.PersonField(
        required=False,
        max_length=150,
        help_text="A username. Whoever implements a change cannot vote on it.",
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )
    revision = forms.CharField(required=False, max_length=120, help_text="The commit CI deploys.")
    artifact = forms.CharField(required=False, max_length=300)
    test_evidence_url = forms.URLField(
        required=False,
        max_length=200,
        label="Test evidence",
        assume_scheme="https",
        help_text="Where the tests of this revision can be seen to pass.",
    )
    pull_request_url = forms.URLField(
        required=False, max_length=200, label="Pull request", assume_scheme="https"
    )
    source_url = forms.URLField(
        required=False, max_length=200, label="Source", assume_scheme="https"
    )

    def __init__(
        self,
        data: Any = None,
        *,
        initial: Mapping[str, Any],
        change: Change | None = None,
        template: Template | None = None,
    ) -> None:
        super().__init__(data, initial={**initial, "template": template}, label_suffix="")
        self.change, self.template = change, template
        self._offer_kinds()
        self._offer_incidents(initial.get("incident"))
        self._lock()
        for name in NEEDED:
            needed = template is None or name != "monitoring_plan"
            self.fields[name].needed = needed  # type: ignore[attr-defined]
        zone = f"In your zone, {timezone.get_current_timezone_name()}"
        for name in ("planned_start_at", "planned_end_at"):
            at = timezone.localtime(initial.get(name) or timezone.now())
            self.fields[name].help_text = f"{zone} ({at:%Z})."

    def _offer_kinds(self) -> None:
        """A standard change comes from a template, and may leave it to become a normal one."""
        if self.template is None:
            choices = [one for one in KindWord.choices if one[0] != KindWord.STANDARD]
            self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        elif self.change is None:
            self.fields["kind"].disabled = True

    def _offer_incidents(self, chosen: Incident | None) -> None:
        wanted = Q(state__in=OPEN)
        if chosen is not None:
            wanted |= Q(pk=chosen.pk)
        rows = Incident.objects.filter(wanted).select_related("service", "commander")
        newest = rows.order_by("-id").values_list("pk", flat=True)[:MOST_INCIDENTS]
        self.fields["incident"].queryset = rows.filter(pk__in=list(newest))  # type: ignore[attr-defined]

    def _lock(self) -> None:
        for name in self.template.locked if self.template else ():
            self.fields[name].disabled = True
            self.initial[name] = getattr(self.template, name)

    def clean(self) -> dict[str, Any]:
        """What was left as it was shown stays as it is stored, to the last blank and second."""
        given = super().clean() or {}
        for name, value in given.items():
            before = self.initial.get(name)
            if before is not None and _as_shown(value) == _as_shown(before):
                given[name] = before
        return given

    def values(self) -> dict[str, Any]:
        """What the lifecycle takes; wrong fields are left out."""
        given = {
            name: value
            for name, value in getattr(self, "cleaned_data", {}).items()
            if name in EDITABLE
        }
        standard = given.get("kind") == KindWord.STANDARD
        return {**given, "template": self.template if standard else None}

    def take(self, wrong: ValidationError) -> None:
        """Show what the lifecycle says is wrong, beside its field where the form has it."""
        for name, sentences in wrong.message_dict.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else NON_FIELD_ERRORS, sentence)


def _as_shown(value: Any) -> Any:
    """A value as a browser sends it back: times to the minute, texts without their outer blanks."""
    if isinstance(value, datetime):
        return own.local_text(value)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form. `locked` are fields shown as text: (label, text)."""

    name: str
    title: str
    words: str
    fields: list[forms.BoundField]
    locked: list[tuple[str, str]]


_SECTIONS: Final = (
    (
        "what",
        "What",
        "",
        (
            "title",
            "description",
            "justification",
            "impact_analysis",
            "security_impact",
            "kind",
            "category",
            "incident",
        ),
    ),
    ("where", "Where", "", ("service", "environment", "also_affects")),
    (
        "plan",
        "Plan",
        "Somebody else must be able to follow this at 03:00.",
        (
            "implementation_plan",
            "test_plan",
            "rollback_plan",
            "rollback_proof",
            "monitoring_plan",
            "rollout",
            "canary_steps",
            "canary_soak_minutes",
            "required_checks",
        ),
    ),
    ("when", "When", "", ("planned_start_at", "planned_end_at", "implementer")),
    (
        "evidence",
        "Evidence",
        "What the gate compares with what CI deploys.",
        ("revision", "artifact", "test_evidence_url", "pull_request_url", "source_url"),
    ),
)


def sections(form: ChangeForm) -> list[Section]:
    """The form in the order it is read."""
    return [
        Section(
            name,
            title,
            words,
            [form[one] for one in names if not form.fields[one].disabled],
            [
                (str(form.fields[one].label or form[one].label), spoken(one, form.initial.get(one)))
                for one in names
                if form.fields[one].disabled
            ],
        )
        for name, title, words, names in _SECTIONS
    ]


def written(change: Change) -> dict[str, Any]:
    """A change's own values, as a form begins with them."""
    return {
        **{name: getattr(change, name) for name in EDITABLE if name != "also_affects"},
        "also_affects": list(change.also_affects.order_by("slug")),
    }


def service_hints(*, username: str) -> list[Service]:
    """Services offered while typing: those of the reader's teams first. Two hundred at most."""
    active = Service.objects.filter(is_active=True)
    mine = list(active.filter(owner_team__memberships__user__username=username)[:100])
    others = active.exclude(pk__in=[one.pk for one in mine])[: 200 - len(mine)]
    return [*mine, *others]
