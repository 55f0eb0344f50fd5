"""Taking what tools say of alerts: read, follow, route, write, join; in the caller's transaction.

# Note [Nothing is told twice]
The same signals may be taken again, by the same worker or by another one: a firing is known by its
word, and an alert by source and key. What changed nothing is counted as heard, and tells nobody.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection, transaction

from incidents.alerts import joining, routing, rows
from incidents.alerts.following import Standing, follow, run_out
from incidents.alerts.growing import MILDEST
from incidents.models import Alert
from incidents.models.alert import LONGEST_KEY
from incidents.signals import Said, Signal
from ledger.models import Source

TRIES = 5
LONGEST_TITLE = 300
LONGEST_BODY = 20_000
LONGEST_WORD = 200
MOST_LABELS = 100
LONGEST_LABEL = 1_000
STATELESS_LASTS = timedelta(hours=1)


@dataclass(slots=True)
class Taken:
    """What came of some signals: the alerts they were of, by key, and incidents told."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    began: int = 0
    ended: int = 0
    incidents: set[str] = field(default_factory=set)


class Overtaken(Exception):
    """Others wrote the same new alerts again and again meanwhile; it is tried later."""


def take(
    signals: Sequence[Signal], *, source: str, now: datetime, heard_at: datetime | None = None
) -> Taken:
    """Let alerts be as these signals say, and incidents with them.

    `source` is the slug of whoever says so, `heard_at` when it came in, where that was before
    `now`. Does no harm when repeated. Raises `TransactionManagementError` outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "Alerts are taken in the transaction of whoever reads them."
        )
    came = heard_at or now
    said: dict[str, list[Signal]] = {}
    for signal in signals:
        said.setdefault(_key(signal.key), []).append(signal)
    lasts = _ends_after(source)

    def following(alert: Standing, key: str) -> None:
        for signal in said[key]:
            follow(alert, signal, heard_at=came)

    words = {
        key: {one.occurrence or came.isoformat() for one in some} for key, some in said.items()
    }
    writing = _Writing(source, now=now, heard_at=came, lasts=lasts)
    return writing.write(said, words=words, following=following)


def end_overdue(*, now: datetime, limit: int) -> int:
    """End the alerts that were to be heard of again by now, and were not; how many."""
    with transaction.atomic():
        due = list(
            Alert.objects.select_for_update(skip_locked=True)
            .exclude(state=Alert.State.RESOLVED)
            .filter(ends_by_itself_at__lte=now)
            .order_by("source", "key")[:limit]
        )
        for source in sorted({one.source for one in due}):
            ends = {one.key: one.ends_by_itself_at or now for one in due if one.source == source}

            def following(alert: Standing, key: str, ends: Mapping[str, datetime] = ends) -> None:
                run_out(alert, at=ends[key])

            words: dict[str, set[str]] = {key: set() for key in ends}
            writing = _Writing(source, now=now, heard_at=now, lasts=None)
            writing.write(ends, words=words, following=following)
    return len(due)


class _Writing:
    """Alerts of one source as they are read, followed and written."""

    def __init__(
        self, source: str, *, now: datetime, heard_at: datetime, lasts: timedelta | None
    ) -> None:
        self.source, self.now, self.heard_at, self.lasts = source, now, heard_at, lasts
        self.taken = Taken()
        self.changed: list[joining.Changed] = []
        self.routes: list[routing.AlertRoute] | None = None
        self.groups: dict[str, str] = {}
        self.worse: set[str] = set()

    def write(
        self,
        keys: Iterable[str],
        *,
        words: Mapping[str, set[str]],
        following: Callable[[Standing, str], None],
    ) -> Taken:
        """Write all of these; those that somebody else wrote first are read again."""
        waiting = sorted(keys)
        for _ in range(TRIES):
            if not waiting:
                break
            waiting = self._write(waiting, words=words, following=following)
        if waiting:
            raise Overtaken(f"{len(waiting)} alerts of {self.source} were written by others.")
        self.taken.incidents = joining.join(self.changed, now=self.now)
        return self.taken

    def _write(
        self,
        keys: Sequence[str],
        *,
        words: Mapping[str, set[str]],
        following: Callable[[Standing, str], None],
    ) -> list[str]:
        known = rows.locked(source=self.source, keys=keys)
        by_id = {one.pk: words[one.key] for one in known.values()}
        standings = rows.standings(known.values(), words=by_id)
        there = {key: standings[known[key].pk] if key in known else Standing() for key in keys}
        for key, alert in there.items():
            following(alert, key)
        said = {key: one for key, one in there.items() if one.newest is not None}
        alerts = self._columns(said, known)
        rows.update([alerts[key] for key in said if key in known])
        written = rows.insert([alerts[key] for key in said if key not in known])
        there_now = {*known, *(one.key for one in written)}
        firings = [
            (alerts[key].pk, one)
            for key in said
            if key in there_now
            for one in said[key].touched.values()
        ]
        rows.write_firings(firings)
        for key in said:
            if key in there_now:
                self._count(alerts[key], said[key])
        return [key for key in said if key not in there_now]

    def _count(self, alert: Alert, standing: Standing) -> None:
        self.taken.alerts[alert.key] = alert
        self.taken.began += standing.began
        self.taken.ended += standing.ended
        worse = alert.key in self.worse and standing.is_open
        if standing.began or standing.ended or standing.over or worse:
            self.changed.append(
                joining.Changed(
                    alert,
                    self.groups.get(alert.key, ""),
                    began=standing.began and standing.is_open,
                    ended=standing.ended,
                    worse=worse,
                    over=tuple(standing.over),
                )
            )

    def _columns(
        self, said: Mapping[str, Standing], known: Mapping[str, Alert]
    ) -> dict[str, Alert]:
        """The alerts as they are to be written: what was said last, and where it belongs."""
        alerts = {key: known.get(key) or Alert(source=self.source, key=key) for key in said}
        asked = {
            key: one.latest
            for key, one in said.items()
            if one.latest is not None and (one.began or _may_be_routed(alerts[key], one.latest))
        }
        places = self._places(asked)
        for key, one in said.items():
            alert = alerts[key]
            before = alert.severity or MILDEST
            if one.latest is not None:
                _describe(alert, one.latest)
            if key in places:
                self._put(alert, places[key])
            if (alert.severity or MILDEST) < before:
                self.worse.add(key)
            self._stand(alert, one)
        return alerts

    def _places(self, asked: Mapping[str, Signal]) -> dict[str, routing.Place]:
        if not asked:
            return {}
        if self.routes is None:
            self.routes = routing.active()
        on = routing.Map.read(asked.values(), source=self.source, routes=self.routes)
        return {
            key: routing.place(signal, source=self.source, on=on) for key, signal in asked.items()
        }

    def _put(self, alert: Alert, place: routing.Place) -> None:
        alert.route, alert.service, alert.environment = (
            place.route,
            place.service,
            place.environment,
        )
        alert.unrouted_because = place.because
        self.groups[alert.key] = place.group
        if place.severity is not None:
            alert.severity = place.severity

    def _stand(self, alert: Alert, standing: Standing) -> None:
        """The columns that say how it stands."""
        newest = standing.newest
        if newest is None:
            return
        alert.first_at = alert.first_at or newest.started_at
        alert.state, alert.occurrence = standing.state, newest.word
        alert.started_at, alert.ended_at = newest.started_at, newest.ended_at
        alert.occurrences, alert.flaps = standing.occurrences, standing.flaps
        if standing.latest is not None or alert.pk is None:
            alert.last_heard_at = self.heard_at
        alert.heard = standing.heard
        if standing.began:
            alert.acknowledged_at = alert.acknowledged_by = None
            alert.incident = alert.group = None
            alert.was_over = not standing.is_open
        alert.ends_by_itself_at = self._ends(alert, standing)

    def _ends(self, alert: Alert, standing: Standing) -> datetime | None:
        """When it is over unless it is heard of again."""
        signal = standing.latest
        if not standing.is_open or signal is None:
            return None if not standing.is_open else alert.ends_by_itself_at
        if signal.lasts_until is not None:
            return max(signal.lasts_until, self.heard_at)
        lasts = self.lasts
        if alert.route is not None and alert.route.ends_after_minutes:
            lasts = timedelta(minutes=alert.route.ends_after_minutes)
        if lasts is None and signal.said is Said.STATELESS:
            lasts = STATELESS_LASTS
        return self.heard_at + lasts if lasts else None


def _may_be_routed(alert: Alert, signal: Signal) -> bool:
    """Whether an alert that has no route yet may have one by what is said of it now."""
    return alert.route_id is None and (alert.pk is None or signal.said is not Said.RESOLVED)


def _describe(alert: Alert, signal: Signal) -> None:
    """What the tool says of it now; of its end many tools say nothing but that."""
    if alert.pk is not None and signal.said is Said.RESOLVED:
        return
    alert.title = (signal.title or signal.key)[:LONGEST_TITLE]
    alert.body = signal.body[:LONGEST_BODY]
    alert.severity_word = signal.severity_word[:40]
    if alert.route_id is None or alert.route is None or alert.route.severity is None:
        alert.severity = signal.severity
    alert.service_word = signal.service[:LONGEST_WORD]
    alert.environment_word = signal.environment[:LONGEST_WORD]
    alert.group_word = signal.group[:500]
    some = list(signal.labels.items())[:MOST_LABELS]
    alert.labels = {name[:LONGEST_WORD]: value[:LONGEST_LABEL] for name, value in some}
    alert.links = [{"url": one.url[:2000], "text": one.text[:200]} for one in signal.links[:20]]


def _key(key: str) -> str:
    """A key as it is kept; of a longer one the digest, so that two never seem alike."""
    return key if 0 < len(key) <= LONGEST_KEY else sha256(key.encode()).hexdigest()


def _ends_after(source: str) -> timedelta | None:
    """How long an alert of a source lasts that is not heard of again, where the source says so."""
    minutes = Source.objects.filter(slug=source).values_list("alerts_end_after_minutes", flat=True)
    found = minutes.first()
    return timedelta(minutes=found) if found else None
