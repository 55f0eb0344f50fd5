"""Outages of the last weeks that are over: alerts, steps, what was written down, and the cause."""

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from changes import incident_links
from changes.demo.stage import Stage, Story
from changes.incident_links import Said as Linked
from changes.models import Change
from incidents import alerts, lifecycle
from incidents.models import Alert, AlertRoute
from incidents.rulebook import alert_routes
from incidents.signals import Said, Signal

OUTAGES = Path(__file__).parent.parent / "outages.toml"
SOURCE = "alertmanager"
MINUTE = timedelta(minutes=1)
ENDS = {"mitigate": "mitigated", "resolve": "resolved", "close": "closed"}


def route(stage: Stage) -> Story:
    """Written by the change manager: alerts name their service, and declare."""
    now = yield stage.clock.day(-14, 9)
    row = AlertRoute(
        name="Alerts that name their service",
        service_label="service",
        environment_label="environment",
    )
    alert_routes.save(row, actor=stage.person("manager"), now=now)


def outage(stage: Stage, told: dict[str, Any]) -> Story:
    """One outage, from its first alert to its closing note."""
    began = stage.clock.day(*told["day"])
    ref = ""
    for at, step in sorted(_steps(told), key=lambda one: one[0]):
        now = yield began + at * MINUTE
        ref = step(stage, told, ref, now) or ref


def _steps(told: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """What happens in which minute; each is given the ref, and answers it where it is new."""
    if "missed" in told:
        yield 0, _declared
    for name, words, since, until in told["alerts"]:
        yield since, partial(_alerted, name=name, words=words, said=Said.FIRING)
        yield until, partial(_alerted, name=name, words=words, said=Said.RESOLVED, since=since)
    yield 2, _acknowledged
    for number, title in enumerate(told["steps"], start=1):
        yield 2, partial(_asked_for, title=title)
        yield min(2 + 6 * number, told["mitigated"]), partial(_done, number=number)
    for minute, by, text in told["notes"]:
        yield minute, partial(_noted, by=by, text=text)
    for verb, word in (("mitigate", ""), ("resolve", "resolution"), ("close", "closing")):
        minute = told[ENDS[verb]]
        yield minute, partial(_moved, verb=verb, word=word)
    if "cause" in told:
        yield told["resolved"] + 1, _linked


def _declared(stage: Stage, told: dict[str, Any], ref: str, now: datetime) -> str:
    return lifecycle.declare(
        title=told["title"],
        description=told["missed"],
        service=stage.catalogue.services[told["service"]],
        environment=stage.catalogue.environments["production"],
        severity=told["severity"],
        actor=stage.person("peer"),
        now=now,
    ).ref


def _alerted(
    stage: Stage,
    told: dict[str, Any],
    ref: str,
    now: datetime,
    *,
    name: str,
    words: str,
    said: Said,
    since: int = 0,
) -> str:
    """The alert fires or ends; the first one declares the incident."""
    started = stage.clock.day(*told["day"]) + since * MINUTE if said is Said.RESOLVED else now
    labels = {"alertname": name, "service": told["service"], "environment": "production"}
    signal = Signal(
        key=f"{told['group']}:{name}",
        said=said,
        title=told["title"] if not ref else words,
        body=words,
        started_at=started,
        ended_at=now if said is Said.RESOLVED else None,
        severity=told["severity"],
        severity_word="critical",
        group=told["group"],
        service=told["service"],
        environment="production",
        labels=labels,
    )
    alerts.take([signal], source=SOURCE, now=now)
    incident = Alert.objects.get(source=SOURCE, key=signal.key).incident
    return incident.ref if incident else ref


def _acknowledged(stage: Stage, told: dict[str, Any], ref: str, now: datetime) -> None:
    oncall = stage.person("oncall")
    lifecycle.acknowledge(ref=ref, actor=oncall, now=now)
    lifecycle.assign_commander(ref=ref, commander=oncall, actor=oncall, now=now)


def _asked_for(stage: Stage, told: dict[str, Any], ref: str, now: datetime, *, title: str) -> None:
    oncall = stage.person("oncall")
    lifecycle.add_task(ref=ref, title=title, assignee=oncall, actor=oncall, now=now)


def _done(stage: Stage, told: dict[str, Any], ref: str, now: datetime, *, number: int) -> None:
    lifecycle.say_task(ref=ref, number=number, verb="finish", actor=stage.person("oncall"), now=now)


def _noted(
    stage: Stage, told: dict[str, Any], ref: str, now: datetime, *, by: str, text: str
) -> None:
    lifecycle.note(ref=ref, text=text, actor=stage.person(by), now=now)


def _moved(
    stage: Stage, told: dict[str, Any], ref: str, now: datetime, *, verb: str, word: str
) -> None:
    note = told[word] if word else ""
    getattr(lifecycle, verb)(ref=ref, note=note, actor=stage.person("oncall"), now=now)


def _linked(stage: Stage, told: dict[str, Any], ref: str, now: datetime) -> None:
    change = Change.objects.get(title=told["cause"])
    said = Linked(change=change.ref, incident=ref, relation="caused", note=told["closing"])
    incident_links.link(said, actor=stage.person("oncall"), now=now)


def _all() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(OUTAGES.read_text(encoding="utf-8"))["outage"]
    return found


STORIES = (route, *(partial(outage, told=told) for told in _all()))
