"""Freezes as GitLab's freeze periods: two crons and a zone, for each project.

GitLab knows no maintenance windows, no environments and no years, and its jobs heed a freeze only
where a rule on `$CI_DEPLOY_FREEZE` says so.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from changes.queries.exports import Outgoing
from changes.shown.exported import Export, Named, head, named, narrower_here, recurring, today_in
from changes.windows import Effect
from changes.windows.crons import Inexpressible, end_cron, start_cron


def gitlab(found: Sequence[Outgoing], *, now: datetime) -> Export:
    """What GitLab is told. Projects are taken to be named like services."""
    entries: list[dict[str, Any]] = []
    left: list[Named] = []
    differs: list[Named] = []
    for one in found:
        try:
            entries += _freezes(one, now)
        except Inexpressible as why:
            left.append(named(one, f"{why}."))
        else:
            differs += [named(one, f"{why}.") for why in _differences(one)]
    return Export(
        "gitlab",
        "freeze_periods",
        tuple(entries),
        tuple(left),
        tuple(differs),
        (
            *head("GitLab", now=now),
            "POST each to /projects/:id/freeze_periods of its projects, which are taken to be",
            "named like services; * stands for every one. Jobs heed a freeze only by a rule on",
            "$CI_DEPLOY_FREEZE, evaluated when their pipeline is created.",
        ),
    )


def _freezes(found: Outgoing, now: datetime) -> Iterator[dict[str, Any]]:
    recurring(found)
    recurs = found.rule.recurs
    assert recurs is not None
    if found.rule.effect is not Effect.FREEZE:
        raise Inexpressible("GitLab knows freezes alone, and no maintenance windows")
    for part in found.parts:
        today = today_in(part.zone, now)
        yield {
            "window": f"{found.row.ref} {found.row.name}",
            "projects": list(part.services or ("*",)),
            "freeze_start": start_cron(recurs, today=today),
            "freeze_end": end_cron(recurs, today=today),
            "cron_timezone": part.zone,
        }


def _differences(found: Outgoing) -> Iterator[str]:
    yield from narrower_here(found.row)
    if found.environments is not None:
        yield f"here it is for {', '.join(found.environments)}, there for every environment"
    if found.row.in_flight == "stop":
        yield "here running changes stop, there they finish"
