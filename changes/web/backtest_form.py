"""What to try on the past, and how far back."""

from collections.abc import Mapping
from typing import Any

from django import forms

from changes.backtests import LONGEST_DAYS
from changes.models import PolicyRule, Window

DAYS = 90
LISTED_AT_MOST = 500


class BacktestForm(forms.Form):
    """`what` is the ref of a policy rule or of a freeze."""

    what = forms.ChoiceField(
        label="Rule or freeze", error_messages={"invalid_choice": "Choose one of the list."}
    )
    days = forms.IntegerField(
        label="Days back",
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=DAYS,
        widget=forms.NumberInput(attrs={"min": 1, "max": LONGEST_DAYS}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="", auto_id="backtest_%s")
        rules = PolicyRule.objects.order_by("name")[:LISTED_AT_MOST]
        freezes = Window.objects.filter(effect=Window.EffectWord.FREEZE).order_by("name")
        self.rows: dict[str, PolicyRule | Window] = {
            **{row.ref: row for row in rules},
            **{row.ref: row for row in freezes[:LISTED_AT_MOST]},
        }
        field = self.fields["what"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("Policy rules", [(ref, str(r)) for ref, r in self.rows.items() if ref[0] == "P"]),
            ("Freezes", [(ref, str(r)) for ref, r in self.rows.items() if ref[0] == "W"]),
        ]

    def chosen(self) -> PolicyRule | Window:
        return self.rows[self.cleaned_data["what"]]
