"""Fields that narrow a rule or a window: slugs, tiers, kinds, categories."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Model

from catalog.models import Environment, Service, Team
from changes.models.choices import Category, KindWord

CHOICES_AT_MOST = 200
TIERS = [(tier, f"Tier {tier}") for tier in (1, 2, 3, 4)]
ROWS: dict[str, type[Model]] = {
    "services": Service,
    "teams": Team,
    "environments": Environment,
}
ALL = "Nothing chosen means all."


class SlugList(forms.Textarea):
    """Slugs as text, where there are too many to choose from."""

    def format_value(self, value: Any) -> str:
        return value if isinstance(value, str) else "\n".join(value or ())

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return str(data.get(name, "")).replace(",", " ").split()


class Length(forms.DurationField):
    """A length as hours, minutes and seconds, also beyond a day."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, timedelta):
            return value
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


class AnySlugs(forms.Field):
    """Slugs nobody listed beforehand; the writer refuses those that do not exist."""

    widget = SlugList


def several(choices: Sequence[tuple[Any, Any]], *, number: bool = False) -> Any:
    """Boxes to tick, none of them required."""
    return forms.TypedMultipleChoiceField(
        choices=choices,
        coerce=int if number else str,
        required=False,
        help_text=ALL,
        widget=forms.CheckboxSelectMultiple,
    )


class ScopedForm(forms.ModelForm):
    """Lets slugs be ticked while they are few, and written one a line when they are many."""

    tiers = several(TIERS, number=True)
    kinds = several(KindWord.choices)
    categories = several(Category.choices)
    teams = several(())
    environments = several(())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ROWS.keys() & self.fields.keys():
            self.fields[name] = _slugs(name, getattr(self.instance, name))


def _slugs(name: str, chosen: Sequence[str]) -> forms.Field:
    """Slugs that are gone stay among the choices, so that they are seen and not lost unseen."""
    rows = ROWS[name]._default_manager.order_by("slug").values_list("slug", flat=True)
    known = list(rows[: CHOICES_AT_MOST + 1])
    if len(known) > CHOICES_AT_MOST:
        return AnySlugs(required=False, help_text=f"Slugs, one a line. {ALL}")
    return several([(slug, slug) for slug in dict.fromkeys([*known, *chosen])])
