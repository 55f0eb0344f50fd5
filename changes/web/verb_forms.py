"""What a verb asks for before it is said; field names are the lifecycle's keywords."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from changes.models.choices import OutcomeWord
from changes.states import Outcome


def text_field(label: str, help_text: str = "", *, rows: int = 3, required: bool = True) -> Any:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=20_000,
        error_messages={"required": f"Say {label[0].lower()}{label[1:]}."},
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class VerbForm(forms.Form):
    """A verb that asks for nothing."""

    def __init__(
        self, data: Any = None, *, verb: str = "", initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, auto_id=f"id_{verb}_%s", label_suffix="", initial=initial)

    def take(self, wrong: ValidationError) -> None:
        """Show what the lifecycle says is wrong, beside its field where the form has it."""
        for name, sentences in wrong.message_dict.items():
            known = ALIASES.get(name, name)
            for sentence in sentences:
                self.add_error(known if known in self.fields else NON_FIELD_ERRORS, sentence)


ALIASES = {"review": "text"}


class CancelForm(VerbForm):
    reason = text_field("Why it is not needed any more")


class HoldForm(VerbForm):
    reason = text_field("Why it must wait, and for what", "Nobody can move it until it is resumed.")


class BreakGlassForm(VerbForm):
    reason = text_field(
        "Why this cannot wait for the emergency CAB",
        "Its vote is due within 24 hours all the same; everyone will read this.",
    )


class RollBackForm(VerbForm):
    note = text_field(
        "What was rolled back, and why", "It can then only close as rolled back or failed."
    )


class ReviewForm(VerbForm):
    text = text_field("What happened, why, and what will be different", rows=6)


class CloseForm(VerbForm):
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=OutcomeWord.choices,
        error_messages={"required": "Choose the outcome."},
    )
    note = text_field("How it went")

    def offer(self, outcomes: list[Outcome]) -> None:
        """Only these can be chosen now."""
        field: Any = self.fields["outcome"]
        field.choices = [(str(one), OutcomeWord(one).label) for one in outcomes]


class CheckForm(VerbForm):
    name = forms.CharField(
        label="Check",
        max_length=80,
        error_messages={"required": "Name the check, such as smoke-test."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    passed = forms.TypedChoiceField(
        label="Result",
        choices=[("yes", "Passed"), ("no", "Failed")],
        coerce=lambda word: word == "yes",
        error_messages={"required": "Say whether it passed or failed."},
    )
    detail = text_field("Detail", rows=2, required=False)
    url = forms.URLField(
        label="Link to the report", required=False, max_length=200, assume_scheme="https"
    )


class VoteForm(VerbForm):
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    comment = text_field("Comment", "A rejection needs one.", required=False)

    def looking_at(self, digest: str) -> "VoteForm":
        """The form beside the plan of this digest, whatever plan it was sent from."""
        if self.is_bound:
            self.data = {**{name: self.data.get(name) for name in self.data}, "seen": digest}
        else:
            self.initial["seen"] = digest
        return self
