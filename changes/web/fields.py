"""Form fields: slugs, usernames, lists, and times in the reader's zone."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from catalog.models import Service, User
from changes.queries.names import there_is_no
from incidents.models import Incident

MOST_ITEMS = 50
SOAK = "In minutes: one length for all steps, or one for each. Empty means 10."


def local_text(instant: datetime | None) -> str:
    """`2026-11-23T09:00` in the reader's zone, as browsers fill in a time field."""
    return f"{timezone.localtime(instant):%Y-%m-%dT%H:%M}" if instant else ""


class InstantField(forms.Field):
    """A time in the reader's zone; an hour that does not exist or exists twice is refused."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return local_text(value) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            local = datetime.fromisoformat(str(value).strip())
            return local if local.tzinfo else _instant(local, timezone.get_current_timezone())
        except (ValueError, OverflowError) as problem:
            raise ValidationError(
                "Give a day and a time, such as 2026-11-23 09:00.", code="invalid"
            ) from problem

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != (data or ""))


def _instant(local: datetime, zone: tzinfo) -> datetime:
    """The instant a wall time stands for; `ValidationError` where it stands for none or two."""
    early, late = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early.astimezone(UTC)
    text, where = f"{local:%H:%M} on {local.day} {local:%b %Y}", str(zone)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        valid = early.astimezone(UTC).astimezone(zone)
        raise ValidationError(
            f"{text} does not exist in {where}: clocks go forward then. "
            f"Choose {valid:%H:%M} ({valid:%Z}) or another time.",
            code="gap",
        )
    raise ValidationError(
        f"{text} happens twice in {where}, as {early:%Z} and as {late:%Z}: clocks go back then. "
        "Choose a time outside that hour.",
        code="fold",
    )


class WordsField(forms.CharField):
    """A text kept as it was typed, with the line ends of the ledger."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(widget=widget, strip=False, max_length=50_000, **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").strip("\n")


class SlugsField(forms.CharField):
    """Services by slug, separated by commas or spaces."""

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else ", ".join(map(str, value))

    def clean(self, value: Any) -> list[Service]:
        slugs = _items(self.to_python(value), apart=r"[,\s]+")
        found = {one.slug: one for one in Service.objects.filter(slug__in=slugs)}
        unknown = [slug for slug in slugs if slug not in found]
        if unknown:
            raise ValidationError([there_is_no("service", slug) for slug in unknown])
        return [found[slug] for slug in slugs]


class NamesField(forms.CharField):
    """Short names, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        names = _items(self.to_python(value), apart=r"\s*,\s*")
        if any(len(name) > 80 for name in names):
            raise ValidationError("Keep each name under 80 characters.")
        return names


class StepsField(forms.CharField):
    """Percentages, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        words = _items(self.to_python(value), apart=r"[,\s]+")
        wrong = [word for word in words if not re.fullmatch(r"[0-9]{1,3}%?", word)]
        if wrong:
            raise ValidationError(f"“{wrong[0]}” is no percentage. Write them as 5, 25, 100.")
        return [int(word.rstrip("%")) for word in words]


class MinutesField(forms.CharField):
    """Lengths in minutes, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        words = _items(self.to_python(value), apart=r"[,\s]+")
        wrong = [word for word in words if not re.fullmatch(r"[0-9]{1,5}", word)]
        if wrong:
            raise ValidationError(f"“{wrong[0]}” is no number of minutes. Write them as 10, 30.")
        return [int(word) for word in words]


class ServiceField(forms.CharField):
    """One service by slug."""

    def prepare_value(self, value: Any) -> Any:
        return value.slug if isinstance(value, Service) else value

    def clean(self, value: Any) -> Service:
        slug = super().clean(value).lower()
        found = Service.objects.select_related("owner_team").filter(slug=slug).first()
        if found is None:
            raise ValidationError(there_is_no("service", slug))
        return found


class PersonField(forms.CharField):
    """One active user by username."""

    def prepare_value(self, value: Any) -> Any:
        return value.username if isinstance(value, User) else value

    def clean(self, value: Any) -> User | None:
        name = super().clean(value)
        if not name:
            return None
        found = User.objects.filter(username=name).first()
        if found is None:
            raise ValidationError(there_is_no("user", name))
        return found


class IncidentField(forms.ModelChoiceField):
    """One of the open incidents, by ref."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Incident.objects.none(), empty_label="None", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.ref} SEV-{obj.severity} {obj.service.slug}: {obj.title}"


def _items(text: str | None, *, apart: str) -> list[str]:
    """The words between the separators, each once, in order."""
    items = list(dict.fromkeys(word for word in re.split(apart, (text or "").strip()) if word))
    if len(items) > MOST_ITEMS:
        raise ValidationError(f"At most {MOST_ITEMS} fit here.")
    return items
