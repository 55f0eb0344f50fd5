"""Windows as the API shows them: as they are kept, how their calendars fare, when they hold."""

from rest_framework import serializers

from changes.api.shapes import instant, word, words
from changes.models import Window
from changes.models.choices import OverriderWord, RiskWord


class ListsShown(serializers.Serializer):
    """Teams, services, environments, tiers, kinds and categories."""

    teams = words()
    services = words()
    environments = words()
    tiers = serializers.ListField(child=serializers.IntegerField())
    kinds = words()
    categories = words()


class ExceptShown(ListsShown):
    """What a window does not cover, though its lists do."""

    standard_up_to_risk = serializers.ChoiceField(RiskWord.choices, allow_null=True)


class ScopeShown(ListsShown):
    """What a window covers; an empty list covers everything."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {**super().get_fields(), "except": ExceptShown()}


class CalendarShown(serializers.Serializer):
    """How reading the calendar of a window goes."""

    source = serializers.ChoiceField(["ics_url", "ics_file", "holidays"])  # type: ignore[assignment]
    polled_at = instant(null=False)
    good_at = instant(null=False)
    failed_at = instant()
    failure = word("Why it could not be read last time; the last good copy holds.")
    read_until = instant(null=False)
    digest = word("SHA-256 of the copy; empty for public holidays.")


class WindowShown(serializers.Serializer):
    """A window as it is kept."""

    ref = word("WIN-7; null for one that is not saved.", null=True)
    name = word()
    effect = serializers.ChoiceField(Window.EffectWord.choices)
    level = serializers.ChoiceField(Window.LevelWord.choices)
    reason = word()
    in_flight = serializers.ChoiceField(Window.InFlight.choices)
    active = serializers.BooleanField()
    override_by = serializers.ChoiceField(OverriderWord.choices)
    override_review_days = serializers.IntegerField()
    scope = ScopeShown()
    starts_at = instant()
    ends_at = instant()
    recurrence = word()
    first_date = serializers.DateField(allow_null=True)
    start_time = word(null=True)
    duration = word(null=True)
    time_zone = word()
    ics_url = word()
    holidays = word()
    calendar = CalendarShown(allow_null=True)


class TimeShown(serializers.Serializer):
    """One time it will hold."""

    starts_at = instant(null=False)
    ends_at = instant(null=False)
    reason = word()


class TimesShown(serializers.Serializer):
    """The next ten times, in the zones that agree on them."""

    zones = words()
    occurrences = TimeShown(many=True)


class Warned(serializers.Serializer):
    """Something to beware of; nothing is refused for it."""

    code = word("clock_gap, clock_fold, shorter_than_a_minute, shorter_than_changes, …")
    message = word()


class PreviewShown(serializers.Serializer):
    """When the window holds next, and what to beware of."""

    times = TimesShown(many=True)
    warnings = Warned(many=True)


class WindowSaved(WindowShown):
    """A window as it is kept, or would be, with the next times it holds."""

    preview = PreviewShown()


class WindowsPage(serializers.Serializer):
    """One page; `next` and `previous` are addresses, or null at an end."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WindowShown(many=True)


class OccurrenceShown(serializers.Serializer):
    """One time a window holds."""

    window = word("WIN-7")
    name = word()
    effect = serializers.ChoiceField(Window.EffectWord.choices)
    level = serializers.ChoiceField(Window.LevelWord.choices)
    reason = word()
    starts_at = instant(null=False)
    ends_at = instant(null=False)
    time_zone = word("The zone its wall time was read in.")
