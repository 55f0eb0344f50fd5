"""Facts for whoever bears a token, who is told again what nothing has changed.

# Note [Answered by memory]
Whoever asks again is mostly told the same, so what a question was told is remembered with the
versions of the rows that it came from. Then nothing need be gathered: it is decided at once, and
the one statement that records the answer also looks whether the versions are still the same. Where
they are not it writes nothing, and the question is decided anew from what is so now.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from catalog import statements, tokens
from catalog.models import ApiToken
from changes.policies import facts as f
from changes.queries import facts_rows, kept, live_sql
from changes.queries.facts import NoSuchPlace, at_place, live_part, parts_of, with_names
from changes.states import Kind
from ledger.keys import SealedKey
from ledger.timeline import SURELY, So


class Asked(NamedTuple):
    """The facts for the bearer of a token, the token, and the key that permits are signed with.

    `noted` is kept with the facts for as long as they are remembered, for what is worked out from
    them; None where they are not. They hold only while it is `so`.
    """

    facts: f.Facts
    token: ApiToken
    key: SealedKey | None
    noted: dict[Any, Any] | None = None
    so: So = SURELY


def question(
    *,
    digest: str,
    service: str,
    environment: str,
    change: int | None,
    revision: str,
    now: datetime,
    key_purpose: str,
) -> dict[str, Any]:
    """What is asked by the bearer of the token of this digest, as the functions here take it."""
    return {
        "token": digest,
        "service": service,
        "environment": environment,
        "change": change,
        "revision": revision,
        "now": now,
        "category": "",
        "risk": "low",
        "kind": Kind.NORMAL,
        "key_purpose": key_purpose,
    }


def remembered(asked: Mapping[str, Any]) -> Asked | None:
    """What was told last, and what tells whether it is `so` still; None where nothing is known.

    Asks nothing of the database. See Note [Answered by memory].
    """
    recalled = _recalled(asked)
    if recalled is None or recalled.told is None or recalled.told.facts.overdue_reviews:
        return None
    known, told, there = recalled.known, recalled.told, recalled.there
    sql = live_sql.SO_OF_REVISION if asked["change"] is None else live_sql.SO_OF_CHANGE
    so = So(sql, {**there, "seen": told.seen})
    return Asked(told.facts, known.token, known.key, told.noted, so)


def gathered(asked: Mapping[str, Any]) -> Asked:
    """`facts.at_gate` for whoever bears the token, which may have lapsed.

    One statement, or two when what is remembered is so no more; see Note [What the gate remembers].
    Raises `NoSuchPlace`, and `tokens.TokenRefused` when there is no such token.
    """
    recalled = _recalled(asked)
    if recalled is not None and (found := _known_still(recalled)) is not None:
        return found
    by_revision = asked["change"] is None
    row = parts_of(
        live_sql.OF_REVISION_BY_BEARER if by_revision else live_sql.OF_CHANGE_BY_BEARER, asked
    )
    if row is None:
        raise NoSuchPlace(service=asked["service"], environment=asked["environment"])
    *_, versions, key, bearer, stamp = row
    if bearer is None:
        raise tokens.unknown()
    token, now = tokens.of_bearer(bearer), asked["now"]
    live, settled = row[: facts_rows.LIVE], facts_rows.settled(row)
    facts = facts_rows.facts(live, settled, actor=token.user)
    told = kept.Told(versions or "", facts, {})
    if not connection.in_atomic_block:  # what is not committed yet is not remembered
        kept.remember(stamp, actor=token.user_id, change=live[0], settled=settled, now=now)
        kept.remember_token(stamp, digest=asked["token"], token=token, key=key)
        anew = _recalled(asked)
        if anew is not None and told.seen:
            kept.keep_facts(anew.known, anew.question, told)
    return _asked(told, token, key, now=now)


class _Recalled(NamedTuple):
    """What is remembered of a question: who asks, where, and what was told, if anything."""

    known: kept.Known
    question: bytes
    told: kept.Told | None
    there: dict[str, Any]


def _recalled(asked: Mapping[str, Any]) -> _Recalled | None:
    """What is remembered; None where that is not enough."""
    if connection.in_atomic_block:
        return None
    token, service, environment = asked["token"], asked["service"], asked["environment"]
    known = kept.recall(digest=token, service=service, environment=environment)
    there = at_place(asked, known.here) if known else None
    if known is None or there is None:
        return None
    question = kept.question(token, service, environment, f"{asked['change']} {asked['revision']}")
    return _Recalled(known, question, known.facts.get(question), there)


def _known_still(recalled: _Recalled) -> Asked | None:
    """The facts with what is remembered; None where that is not enough, or out of date."""
    known, question, told, there = recalled
    if told is None or not _is_as_seen(told, there):
        told = _told(known, there)
        if told is None:
            return None
        if told.seen:
            kept.keep_facts(known, question, told)
    return _asked(told, known.token, known.key, now=there["now"])


def _asked(told: kept.Told, token: ApiToken, key: SealedKey | None, *, now: datetime) -> Asked:
    """What is told; who could give what is overdue is asked at every question."""
    if told.facts.overdue_reviews:
        return Asked(with_names(told.facts, now=now), token, key)
    return Asked(told.facts, token, key, told.noted if told.seen else None)


def _told(known: kept.Known, there: dict[str, Any]) -> kept.Told | None:
    """What PostgreSQL tells now, and of which versions; None as for `live_part`."""
    by_revision = there["change"] is None
    sql = live_sql.LIVE_OF_REVISION if by_revision else live_sql.LIVE_OF_CHANGE
    found = live_part(sql, there, known.here)
    if found is None:
        return None
    live, settled, (versions,) = found
    return kept.Told(versions or "", facts_rows.facts(live, settled, actor=known.token.user), {})


def _is_as_seen(told: kept.Told, there: dict[str, Any]) -> bool:
    """Whether all that a question was told comes from rows as they are now."""
    by_revision = there["change"] is None
    sql = live_sql.VERSIONS_OF_REVISION if by_revision else live_sql.VERSIONS_OF_CHANGE
    said = statements.text(sql, there)
    return said is not None and said.decode() == told.seen
