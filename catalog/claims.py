"""What a trust rule asks of the claims of somebody else's token. Pure.

# Note [Patterns of claims]
A condition is a claim's name and a pattern. Without `*` the claim must be the very same, letter by
letter. `*` stands for any characters but `/`, and `**` for any: `acme/*` is every repository of
acme, `refs/heads/release/**` every branch below release. Names of repositories and projects begin
with an owner that is written out, numbers of them have no `*`; and a rule names one of them, for
without it everybody with an account at the issuer would be let in. `sub` is no such name: what it
is made of, its owner can change at some issuers.
"""

import re
from collections.abc import Mapping
from typing import Any

NAMED = ("repository", "project_path")
NUMBERED = ("repository_id", "project_id")
WHOSE = (*NAMED, *NUMBERED)
REGISTERED = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})
MOST_CONDITIONS = 20
LONGEST_PATTERN = 300
LONGEST_CLAIM = 1000
SHOWN_CHARACTERS = 120
_CLAIM = re.compile(r"[a-z][a-z0-9_]{0,63}")
_OWNER = re.compile(r"[^/*]+/.+")
_STARS = re.compile(r"\*+")


def faults(conditions: Any) -> list[str]:
    """Sentences on what is wrong with a rule's conditions; none where it may be kept."""
    if not isinstance(conditions, dict) or not 1 <= len(conditions) <= MOST_CONDITIONS:
        return [f"Give 1 to {MOST_CONDITIONS} claims with a pattern each."]
    found = [fault for claim, pattern in conditions.items() for fault in _faults(claim, pattern)]
    if not set(conditions) & set(WHOSE):
        found.append(f"Name whose pipeline it is by one of: {', '.join(WHOSE)}.")
    return found


def _faults(claim: Any, pattern: Any) -> list[str]:
    if not isinstance(claim, str) or not _CLAIM.fullmatch(claim):
        return [f"“{str(claim)[:SHOWN_CHARACTERS]}” is no name of a claim."]
    if claim in REGISTERED:
        return [f"{claim} is looked at by itself. Leave it out."]
    if not isinstance(pattern, str) or not 0 < len(pattern) <= LONGEST_PATTERN:
        return [f"{claim}: give a text of 1 to {LONGEST_PATTERN} characters."]
    if any(len(stars) > 2 for stars in _STARS.findall(pattern)):
        return [f"{claim}: write * for any characters but /, or ** for any."]
    if claim in NUMBERED and not (pattern.isascii() and pattern.isdecimal()):
        return [f"{claim}: give the number, without *."]
    if claim in NAMED and not _OWNER.fullmatch(pattern):
        return [f"{claim}: write the owner out, as in acme/shop or acme/*."]
    return []


def objections(conditions: Mapping[str, str], claims: Mapping[str, Any]) -> list[str]:
    """The names of the claims that do not match, or are missing; none where all do."""
    return [name for name, pattern in conditions.items() if not matches(pattern, claims.get(name))]


def concerns(conditions: Mapping[str, str], claims: Mapping[str, Any]) -> bool:
    """Whether a rule is about the caller's own repository or project, whatever else it asks."""
    whose = {name: pattern for name, pattern in conditions.items() if name in WHOSE}
    return bool(whose) and not objections(whose, claims)


def matches(pattern: str, value: Any) -> bool:
    """Whether a claim's value is what a pattern stands for; a list or an object never is."""
    told = said(value)
    return told is not None and len(told) <= LONGEST_CLAIM and _fits(pattern, told)


def said(value: Any) -> str | None:
    """A claim as text: `true`, `42`, `main`; None for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None


def shown(claims: Mapping[str, Any], name: str) -> str:
    """`ref is “refs/heads/main”`, `environment is missing`: the caller's own claim, told back."""
    told = said(claims.get(name))
    if told is None:
        return f"{name} is missing" if claims.get(name) is None else f"{name} is no text"
    return f"{name} is “{told[:SHOWN_CHARACTERS]}”"


def _fits(pattern: str, text: str) -> bool:
    """Whether a text is what a pattern stands for, in steps that their lengths bound.

    A regular expression of many stars would try for hours. Here every place that the pattern so far
    can have led to is known at once.
    """
    places = {0}
    for part in re.split(r"(\*+)", pattern):
        if part == "**":
            places = set(range(min(places), len(text) + 1))
        elif part == "*":
            places = _up_to_a_slash(places, text)
        else:
            places = {place + len(part) for place in places if text.startswith(part, place)}
        if not places:
            return False
    return len(text) in places


def _up_to_a_slash(places: set[int], text: str) -> set[int]:
    """Every place from one of these to the next slash; between two slashes the first says all."""
    found: set[int] = set()
    for place in sorted(places):
        if place not in found:
            end = text.find("/", place)
            found.update(range(place, (len(text) if end < 0 else end) + 1))
    return found
