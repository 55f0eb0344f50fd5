"""Fields that narrow a rule or a window: slugs, tiers, kinds, categories."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Model

from catalog.models import Environment, Service, Team
from changes.models.choices import Category, KindWord
from changes.windows.scope import EXCEPT

CHOICES_AT_MOST = 200
TIERS = [(tier, f"Tier {tier}") for tier in (1, 2, 3, 4)]
ROWS: dict[str, type[Model]] = {
    "services": Service,
    "teams": Team,
    "environments": Environment,
}
ALL = "Nothing chosen means all."
NONE = "Nothing chosen excepts nothing."


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


def several(choices: Sequence[tuple[Any, Any]], *, number: bool = False, none: str = ALL) -> Any:
    """Boxes to tick, none of them required; `none` says what that means."""
    return forms.TypedMultipleChoiceField(
        choices=choices,
        coerce=int if number else str,
        required=False,
        help_text=none,
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
        for name in ROWS:
            known = _known(name)
            for prefix, none in (("", ALL), (EXCEPT, NONE)):
                if prefix + name in self.fields:
                    chosen = getattr(self.instance, prefix + name)
                    self.fields[prefix + name] = _slugs(known, chosen, none=none)


class ExceptingForm(ScopedForm):
    """Lets the same lists name what is left out."""

    except_tiers = several(TIERS, number=True, none=NONE)
    except_kinds = several(KindWord.choices, none=NONE)
    except_categories = several(Category.choices, none=NONE)
    except_teams = several((), none=NONE)
    except_services = several((), none=NONE)
    except_environments = several((), none=NONE)


def _known(name: str) -> list[str]:
    rows = ROWS[name]._default_manager.order_by("slug").values_list("slug", flat=True)
    return list(rows[: CHOICES_AT_MOST + 1])


def _slugs(known: Sequence[str], chosen: Sequence[str], *, none: str) -> forms.Field:
    """Slugs that are gone stay among the choices, so that they are seen and not lost unseen."""
    if len(known) > CHOICES_AT_MOST:
        return AnySlugs(required=False, help_text=f"Slugs, one a line. {none}")
    return several([(slug, slug) for slug in dict.fromkeys([*known, *chosen])], none=none)
