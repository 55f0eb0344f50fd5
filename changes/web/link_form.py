"""What a change has to do with an incident, as it is filled in."""

from django import forms
from django.http import QueryDict

from changes.models import IncidentLink
from changes.web.verb_forms import VerbForm, text_field


class LinkForm(VerbForm):
    """Field names are those of `incident_links.Said`."""

    change = forms.CharField(
        max_length=24,
        help_text="Its ref, such as CHG-12.",
        widget=forms.TextInput(attrs={"list": "suspects", "autocomplete": "off"}),
    )
    relation = forms.ChoiceField(
        label="What it has to do with it", choices=IncidentLink.Relation.choices
    )
    certainty = forms.ChoiceField(
        required=False, choices=[("", "As usual"), *IncidentLink.Certainty.choices]
    )
    note = text_field("What shows it", "A cause, and a dismissal, must say so.", required=False)


def filled(given: QueryDict) -> QueryDict:
    """What was filled in; one click on a suspect says by itself what shows it."""
    if "shown" not in given or given.get("note", "").strip():
        return given
    words: dict[str, str] = {
        IncidentLink.Relation.CAUSED: str(given["shown"]),
        IncidentLink.Relation.DISMISSED: "Unrelated, at the same time.",
    }
    whole = given.copy()
    whole["note"] = words.get(given.get("relation", ""), "")
    return whole
