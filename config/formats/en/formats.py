"""Dates as every page writes them: 24 hours, and the zone they are in."""

DATE_FORMAT = SHORT_DATE_FORMAT = "D j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "D j M Y H:i T"
