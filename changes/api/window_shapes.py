"""Windows on the wire: lengths by ISO 8601, local times, scopes by slug."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from catalog.wire import Instant, Number, Strict, Text, Truth, Word
from changes.api.filters import Limit
from changes.models import Window
from changes.models.choices import Category, KindWord, OverriderWord, RiskWord

_LENGTH = re.compile(
    r"P(?:(?P<weeks>\d{1,3})W|(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})S)?)?)",
    re.ASCII,
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SLUGS_AT_MOST = 200


@extend_schema_field({"type": "string", "format": "duration"})
class Length(serializers.Field):
    """A length of time by ISO 8601 in weeks, days, hours, minutes, seconds: `PT62H`."""

    def to_internal_value(self, data: Any) -> timedelta:
        match = _LENGTH.fullmatch(data) if isinstance(data, str) else None
        if match is None or not any(match.groups()):
            raise ValidationError(["Give a length such as PT62H, P2D or PT1H30M."])
        parts = {name: int(count) for name, count in match.groupdict().items() if count}
        return timedelta(**parts)


@extend_schema_field({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"})
class Clock(serializers.Field):
    """A local time of day: `16:00`."""

    def to_internal_value(self, data: Any) -> time:
        if not isinstance(data, str) or _CLOCK.fullmatch(data) is None:
            raise ValidationError(["Give a local time such as 16:00."])
        return time.fromisoformat(data)


@extend_schema_field({"type": "string", "format": "date"})
class Day(serializers.Field):
    """A date: `2026-11-20`."""

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or _DAY.fullmatch(data) is None:
            raise ValidationError(["Give a date such as 2026-11-20."])
        try:
            return date.fromisoformat(data)
        except ValueError:
            raise ValidationError(["There is no such day."]) from None


def _slugs() -> serializers.ListField:
    return serializers.ListField(
        child=Text(max_length=80), required=False, max_length=SLUGS_AT_MOST
    )


class Lists(Strict):
    """Teams, services, environments, tiers, kinds and categories."""

    teams = _slugs()
    services = _slugs()
    environments = _slugs()
    tiers = serializers.ListField(
        child=Number(min_value=1, max_value=4), required=False, max_length=4
    )
    kinds = serializers.ListField(child=Word(KindWord.choices), required=False, max_length=3)
    categories = serializers.ListField(
        child=Word(Category.choices), required=False, max_length=len(Category)
    )


class Except(Lists):
    """What a window does not cover, though its lists do; an empty list excepts nothing."""

    standard_up_to_risk = Word(
        RiskWord.choices, required=False, allow_null=True, help_text="Standard changes up to it."
    )


class Scope(Lists):
    """What a window covers; an empty list covers everything. All lists must agree."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "except": Except(required=False)}


class WindowFields(Strict):
    """A window: one-off (starts_at, ends_at), or recurring in local time, or by a calendar."""

    name = Text(required=False, max_length=120)
    effect = Word([(one.value, one.label) for one in Window.EffectWord], required=False)
    level = Word([(one.value, one.label) for one in Window.LevelWord], required=False)
    reason = Text(required=False, allow_blank=True, max_length=2000)
    in_flight = Word([(one.value, one.label) for one in Window.InFlight], required=False)
    active = Truth(required=False)
    override_by = Word(
        OverriderWord.choices, required=False, help_text="The group that may override it."
    )
    override_review_days = Number(
        required=False, min_value=1, max_value=30, help_text="Working days for the review."
    )
    scope = Scope(required=False)
    starts_at = Instant(required=False, allow_null=True)
    ends_at = Instant(required=False, allow_null=True)
    recurrence = Text(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="RFC 5545, of whole days: FREQ=WEEKLY;BYDAY=FR",
    )
    first_date = Day(required=False, allow_null=True, help_text="Today, if left out.")
    start_time = Clock(required=False, allow_null=True, help_text="Local time: 16:00")
    duration = Length(required=False, allow_null=True, help_text="PT62H, of wall time.")
    time_zone = Text(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="IANA name; empty means the owner team's zone.",
    )
    ics_url = Text(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="The https:// address of an iCalendar, read every hour.",
    )
    ics = Text(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        max_length=900_000,
        help_text="The text of an iCalendar file.",
    )
    holidays = Text(
        required=False,
        allow_blank=True,
        max_length=12,
        help_text="The public holidays of a country or a part of it: NL, DE-BY. Needs time_zone.",
    )


class NewWindow(WindowFields):
    """A window to be opened."""

    name = Text(max_length=120)
    effect = Word([(one.value, one.label) for one in Window.EffectWord])


class DryRun(Strict):
    dry_run = Word(
        ["true", "false"],
        required=False,
        default="false",
        help_text="true: check and preview only; nothing is saved.",
    )


class WindowsAsked(Strict):
    effect = Word([(one.value, one.label) for one in Window.EffectWord], required=False)
    active = Word(["true", "false"], required=False)
    cursor = Text(required=False, max_length=400, help_text="From `next` or `previous`.")
    limit = Limit()


class OccurrencesAsked(Strict):
    """`from` and `to` bound the period, half-open; at most 92 days."""

    service = Text(required=False, default="", max_length=80, help_text="Slug.")
    environment = Text(required=False, default="", max_length=80, help_text="Slug.")

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": Instant(), "to": Instant(), **super().get_fields()}


def iso_length(length: timedelta) -> str:
    """`PT62H`, `PT1H30M`: a length in hours, minutes and seconds."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")


def clock(at: time | datetime) -> str:
    """`16:00`, with seconds only where there are any."""
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
