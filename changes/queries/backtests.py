"""Reading backtests: runs, what they found, by team, and who may see them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from catalog.models import User
from catalog.roles import AUDITORS, CHANGE_MANAGERS, roles_of
from changes.models import Backtest, BacktestHit
from ledger.decision import Reason, refuse

RUNS_SHOWN = 50
AT_ONCE = 1000
SHOWN = ("all", "wrong", "good")


@dataclass(frozen=True, slots=True)
class TeamCount:
    """What a run met of one team, by slug."""

    team: str
    met: int
    wrong: int

    @property
    def good(self) -> int:
        return self.met - self.wrong


@dataclass(frozen=True, slots=True)
class Hits:
    """Part of what a run found, by number; `after` is where the next part begins, 0 at the end."""

    rows: list[BacktestHit]
    after: int


def demand_reader(reader: User) -> None:
    """Raise `Refused` for whoever may not read what was tried."""
    if reader.is_superuser or {CHANGE_MANAGERS, AUDITORS} & roles_of(reader):
        return
    reason = Reason(
        "not_permitted",
        f"Only change managers and auditors read backtests; {reader.username} is neither.",
        "Ask a change manager what was tried.",
        source="people",
    )
    raise refuse("read backtests", reason)


def newest() -> list[Backtest]:
    """The newest runs, with who asked. One statement."""
    return list(Backtest.objects.select_related("asked_by").order_by("-id")[:RUNS_SHOWN])


def run(number: int) -> Backtest | None:
    """A run with who asked for it. One statement."""
    return Backtest.objects.select_related("asked_by").filter(pk=number).first()


def by_team(job: Backtest) -> list[TeamCount]:
    """What a run met by team, most first. One statement."""
    rows = job.hits.values("team").annotate(met=Count("id"), wrong=Count("id", Q(went_wrong=True)))
    found = [TeamCount(row["team"], row["met"], row["wrong"]) for row in rows.order_by("team")]
    return sorted(found, key=lambda one: -one.met)


def hits(job: Backtest, *, shown: str, after: int, limit: int) -> Hits:
    """At most `limit` changes a run met, by number; `shown` is one of `SHOWN`. One statement."""
    rows = list(_shown(job, shown).filter(change__gt=after).order_by("change")[: limit + 1])
    return Hits(rows[:limit], rows[limit - 1].change if len(rows) > limit else 0)


def every_hit(job: Backtest) -> Iterator[BacktestHit]:
    """All that a run met, by number, read a thousand at a time."""
    after = 0
    while True:
        part = hits(job, shown="all", after=after, limit=AT_ONCE)
        yield from part.rows
        if not part.after:
            return
        after = part.after


def _shown(job: Backtest, shown: str) -> QuerySet[BacktestHit]:
    return job.hits.all() if shown == "all" else job.hits.filter(went_wrong=shown == "wrong")
