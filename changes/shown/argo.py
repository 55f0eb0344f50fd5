"""Windows as Argo CD's `syncWindows` of an AppProject.

Argo CD knows crons and lengths, no dates, and reads a zone by its offset of the moment. It closes
everything outside an allow window, so one is told only of environments that are closed here too.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from changes.queries.exports import Outgoing, Part
from changes.shown.exported import (
    Export,
    Named,
    changes_clocks,
    head,
    named,
    narrower_here,
    recurring,
    today_in,
)
from changes.windows import Effect, InFlight
from changes.windows.crons import Inexpressible, start_cron
from changes.windows.preview import spell


def argo(found: Sequence[Outgoing], *, now: datetime) -> Export:
    """What Argo CD is told. Applications are taken to be named like services, clusters like
    environments."""
    entries: list[dict[str, Any]] = []
    left: list[Named] = []
    differs: list[Named] = []
    for one in found:
        try:
            entries += _windows(one, now)
        except Inexpressible as why:
            left.append(named(one, f"{why}."))
        else:
            differs += [named(one, f"{why}.") for why in _differences(one, now)]
    return Export(
        "argocd",
        "syncWindows",
        tuple(entries),
        tuple(left),
        tuple(differs),
        (
            *head("Argo CD", now=now),
            "Put syncWindows under the spec of an AppProject. Applications are taken to be named",
            "like services, clusters like environments. A window opens just after its start.",
        ),
    )


def _windows(found: Outgoing, now: datetime) -> Iterator[dict[str, Any]]:
    recurring(found)
    clusters = found.environments
    if found.rule.effect is Effect.MAINTENANCE:
        if list(narrower_here(found.row)):
            raise Inexpressible("here it opens only for some changes, there it would for all")
        if not found.closed:
            raise Inexpressible(
                "its environments are open by default, and Argo CD closes what has an allow window"
            )
        clusters = found.closed
    for part in found.parts:
        yield _window(found, part, clusters, now)


def _window(
    found: Outgoing, part: Part, clusters: tuple[str, ...] | None, now: datetime
) -> dict[str, Any]:
    recurs = found.rule.recurs
    assert recurs is not None
    row = found.row
    scope: dict[str, Any] = {}
    if part.services is not None or clusters is None:
        scope["applications"] = list(part.services or ("*",))
    if clusters is not None:
        scope["clusters"] = list(clusters)
    if len(scope) > 1:
        scope["andOperator"] = True
    return {
        "kind": "deny" if found.rule.effect is Effect.FREEZE else "allow",
        "schedule": start_cron(recurs, today=today_in(part.zone, now)),
        "duration": spell(recurs.duration).replace(" ", "").replace("min", "m"),
        "timeZone": part.zone,
        **scope,
        "manualSync": False,
        "syncOverrun": row.in_flight == InFlight.FINISH,
        "description": ": ".join(word for word in (f"{row.ref} {row.name}", row.reason) if word),
    }


def _differences(found: Outgoing, now: datetime) -> Iterator[str]:
    yield from narrower_here(found.row)
    changing = [part.zone for part in found.parts if changes_clocks(part.zone, now=now)]
    if changing:
        yield (
            f"where the clocks of {', '.join(changing)} change within it, Argo CD makes it an hour "
            "shorter or longer, for it reads the zone by its offset of the moment"
        )
