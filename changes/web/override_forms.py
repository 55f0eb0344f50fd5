"""What asking for an override, withdrawing it and reviewing it are filled in with."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone

from catalog.models import Environment
from changes.web.fields import InstantField
from changes.web.verb_forms import VerbForm, text_field

REF = 24


class WithdrawForm(VerbForm):
    reason = text_field("Why it is withdrawn", rows=2)


class ReviewForm(VerbForm):
    text = text_field(
        "What was made of it",
        "Whether it was needed, what came of it, and what should change.",
        rows=5,
    )


class RequestForm(VerbForm):
    """A change, or a service in an environment; which freezes, why, and for how long."""

    change = forms.RegexField(
        r"(?i)^\s*CHG-[1-9][0-9]{0,17}\s*$",
        required=False,
        label="Change",
        help_text="The change it is for. Leave it out to open a service for every change.",
        error_messages={"invalid": "Give a ref, such as CHG-12."},
        widget=forms.TextInput(attrs={"placeholder": "CHG-", "size": 12}),
    )
    service = forms.SlugField(
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"list": "services", "autocomplete": "off"}),
    )
    environment = forms.ModelChoiceField(
        Environment.objects.all(), required=False, to_field_name="slug", empty_label="Choose…"
    )
    windows = forms.CharField(
        required=False,
        max_length=1000,
        label="Freezes",
        help_text="Refs such as WIN-7, separated by commas. None means all that hold then.",
    )
    reason = text_field("Why it cannot wait", "Everybody who looks at the change will read this.")
    starts_at = InstantField(required=False, label="From", help_text="Now, if left out.")
    expires_at = InstantField(
        label="Until",
        help_text="72 hours after it starts, at most.",
        error_messages={"required": "Say until when."},
    )
    incident = forms.CharField(
        required=False,
        max_length=REF,
        help_text="The incident it helps with.",
        widget=forms.TextInput(attrs={"placeholder": "INC-", "size": 12}),
    )

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, verb="override", initial=dict(initial or {}))
        zone = f"In your zone, {timezone.get_current_timezone_name()}."
        for name in ("starts_at", "expires_at"):
            self.fields[name].help_text = f"{self.fields[name].help_text} {zone}"

    def asked(self) -> dict[str, Any]:
        """What `overrides.Asked` takes; a change's own place goes before one that was typed."""
        given = dict(self.cleaned_data)
        change = (given["change"] or "").strip().upper()
        place = given.pop("environment")
        return {
            **given,
            "change": change,
            "service": "" if change else given["service"],
            "environment": "" if change or place is None else place.slug,
            "windows": tuple(ref for ref in given["windows"].replace(",", " ").split() if ref),
            "incident": given["incident"].strip(),
        }
