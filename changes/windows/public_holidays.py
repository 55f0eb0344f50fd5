"""Public holidays of a country or a part of it, as whole days."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from holidays.registry import COUNTRIES

from changes.windows.interval import Interval
from changes.windows.wall_time import between
from changes.windows.window import Effect, Listed

_ENGLISH = ("en_GB", "en_US")
_SHOWN = 5


def refuse_unknown_place(place: str) -> None:
    """Raise ValueError with a sentence, and with what may be meant, where holidays are not known.

    `place` is an ISO 3166 code: `NL`, `DE-BY`.
    """
    country, _, part = place.partition("-")
    known = _countries()
    if country not in known:
        meant = _alike(place, [*known, *_by_name()])
        raise ValueError(
            f"The public holidays of “{place[:20]}” are not known. Give a country's code, such as "
            f"{' or '.join(_code(one) for one in meant) or 'NL, DE-BY or US-CA'}."
        )
    if part and part not in known[country]:
        parts = known[country]
        meant = _alike(part, parts) or parts[:_SHOWN]
        said = ", ".join(f"{country}-{one}" for one in meant)
        raise ValueError(
            f"{country} has no part “{part[:20]}” with holidays of its own. "
            + (f"Use {country}, or one such as {said}." if parts else f"Use {country}.")
        )


def days(place: str, *, zone: str, effect: Effect, within: Interval) -> tuple[Listed, ...]:
    """Each holiday that touches a period, as the whole day in `zone` (IANA), with its names.

    Raises ValueError like `refuse_unknown_place`.
    """
    refuse_unknown_place(place)
    first, last = (_local(at, zone) for at in (within.starts_at, within.ends_at))
    found = []
    for day, name in sorted(_named(place, range(first.year, last.year + 1)).items()):
        midnight = datetime.combine(day, time())
        interval = between(midnight, midnight + timedelta(days=1), zone=zone, effect=effect)
        if interval is not None and interval.overlaps(within):
            found.append(Listed(interval, name))
    return tuple(found)


def _named(place: str, years: Iterable[int]) -> dict[date, str]:
    country, _, part = place.partition("-")
    made = holidays.country_holidays(country)
    language = next((one for one in _ENGLISH if one in made.supported_languages), None)
    return dict(
        holidays.country_holidays(
            country, subdiv=part or None, years=list(years), language=language
        )
    )


def _local(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


@cache
def _countries() -> dict[str, list[str]]:
    """The parts of each country by its two-letter code."""
    found = holidays.list_supported_countries()
    return {code: list(parts) for code, parts in found.items() if len(code) == 2}


@cache
def _by_name() -> dict[str, str]:
    """The code of each country by its name as people would type it."""
    return {name.replace("_", " ").upper(): codes[1] for name, codes in COUNTRIES.items()}


def _alike(given: str, known: Collection[str]) -> list[str]:
    if given.upper() in known:
        return [given.upper()]
    return get_close_matches(given.upper(), known, n=3, cutoff=0.5)


def _code(name: str) -> str:
    code = _by_name().get(name, name)
    return f"{code} ({name.title()})" if code != name else code
