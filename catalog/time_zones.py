"""IANA time zones: which names are known."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError


def validate_time_zone(name: str) -> None:
    """Refuse a name that is no IANA time zone; raises `ValidationError`."""
    if name not in available_timezones():
        raise ValidationError(
            "“%(name)s” is not an IANA time zone. Use a name such as Europe/Amsterdam or UTC.",
            code="unknown_time_zone",
            params={"name": name},
        )
