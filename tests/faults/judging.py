"""What was told, held against the truth and against what is written down."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import jwt

from changes.models import Deployment, GateAnswer
from ledger.models import Event
from tests.faults.asking import Told


@dataclass(frozen=True, slots=True)
class Gone:
    """A server that was away: from when it was killed until it answered again."""

    port: int
    since: float
    until: float


def faults(told: Sequence[Told], *, gone: Sequence[Gone], since: datetime) -> list[str]:
    """A sentence for everything that must not be; none is as it should be."""
    return [
        *_wrong_words(told),
        *_broken(told, gone),
        *_wrong_records(told, since=since),
        *_wrong_permits(told),
    ]


def _wrong_words(told: Sequence[Told]) -> list[str]:
    wrong = Counter(
        f"“{one.case.name}” was told {one.body['decision']}, and {one.case.truth} is true"
        for one in told
        if one.case and one.status == 200 and one.body["decision"] != one.case.truth
    )
    return [f"{words} ({count} times)" for words, count in wrong.items()]


def _broken(told: Sequence[Told], gone: Sequence[Gone]) -> list[str]:
    """Anything but 200 is from a server that was killed while, or before, it could answer."""
    wrong = Counter(one.status for one in told if one.status != 200 and not _excused(one, gone))
    return [f"{count} attempts ended with {status}" for status, count in wrong.items()]


def _excused(one: Told, gone: Sequence[Gone]) -> bool:
    return one.status == 0 and any(
        one.port == away.port and one.ended >= away.since and one.began <= away.until
        for away in gone
    )


def _wrong_records(told: Sequence[Told], *, since: datetime) -> list[str]:
    """Every answer that arrived is written once, as a row and as an event that say the same."""
    arrived = {one.body["decision_id"]: one.body for one in told if one.status == 200}
    answers = sum(one.status == 200 for one in told)
    rows = dict(GateAnswer.objects.filter(at__gte=since).values_list("id", "decision"))
    kept = {str(key): word for key, word in rows.items()}
    events = Counter(
        Event.objects.filter(at__gte=since, verb__startswith="gate.")
        .exclude(data__decision_id=None)
        .values_list("data__decision_id", flat=True)
    )
    unheard = len(kept) - len(arrived)
    broken = sum(one.status == 0 for one in told)
    checks = {
        "answers share a decision id": answers != len(arrived),
        "answers arrived and were not kept": not arrived.keys() <= kept.keys(),
        "answers were kept otherwise than told": any(
            kept.get(key) != body["decision"] for key, body in arrived.items()
        ),
        "rows and events differ": set(events) != set(kept),
        "an answer has several events": any(count > 1 for count in events.values()),
        f"{unheard} answers were kept and {broken} attempts broken": unheard > broken,
    }
    return [sentence for sentence, wrong in checks.items() if wrong]


def _wrong_permits(told: Sequence[Told]) -> list[str]:
    given = [one.body for one in told if one.status == 200 and one.body.get("permit")]
    ids = [jwt.decode(body["permit"], options={"verify_signature": False}) for body in given]
    same = [claims["jti"] for claims in ids] == [body["decision_id"] for body in given]
    unique = len({body["permit"] for body in given}) == len(given)
    return [] if same and unique else ["permits are not each of one answer"]


def wrong_redemptions(told: Sequence[Told], *, ref: str) -> list[str]:
    """One wins, everybody else is told that it was used, and one deployment is kept."""
    seen = Counter((one.status, one.body.get("code", "")) for one in told)
    started = Deployment.objects.filter(change=int(ref[4:]), status="started").count()
    expected = Counter({(201, ""): 1, (409, "permit_used"): len(told) - 1})
    wrong = [] if seen == expected else [f"one permit was answered: {dict(seen)}"]
    return wrong if started == 1 else [*wrong, f"{started} deployments were started by one permit"]
