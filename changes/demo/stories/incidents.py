"""Incidents, and the emergency changes that answer them."""

from datetime import timedelta

from changes.demo.stage import Stage, Story, asked, filed, said, voted
from incidents import lifecycle as incidents


def lost_connections(stage: Stage) -> Story:
    """A SEV-1 on checkout, answered with one vote of the emergency CAB, closed and reviewed."""
    day, checkout = stage.clock.day, stage.catalogue.services["checkout"]
    now = yield day(-3, 11, 2)
    incident = incidents.declare(
        title="One in three customers cannot pay",
        description="Checkout waits for database connections.",
        service=checkout,
        environment=stage.catalogue.environments["production"],
        severity=1,
        actor=stage.person("oncall"),
        now=now,
    )
    planned = (day(-3, 11, 10), day(-3, 13))
    ref = yield from filed(
        stage,
        day(-3, 11, 12),
        plan="checkout-pool",
        service="checkout",
        planned=planned,
        kind="emergency",
        incident=incident,
    )
    yield from said(stage, day(-3, 11, 13), "submit", ref, by="engineer")
    yield from voted(stage, ref, (day(-3, 11, 16), "oncall", "approve", "Go, node by node."))
    yield from said(stage, day(-3, 11, 17), "start", ref, by="engineer")
    note = "All nodes restarted; payments per minute are back to normal."
    yield from said(stage, day(-3, 11, 31), "finish", ref, by="engineer", note=note)
    now = yield day(-3, 11, 58)
    note = "Errors stopped at 11:29 and stayed away for half an hour."
    incidents.close(ref=incident.ref, note=note, actor=stage.person("oncall"), now=now)
    text = "The pool size had no lower bound. Configuration is now checked before it is applied."
    yield from said(stage, day(-2, 10), "review", ref, by="owner", text=text)
    note = "Mended 27 minutes after it was declared."
    yield from said(
        stage, day(-2, 10, 20), "close", ref, by="engineer", outcome="successful", note=note
    )


def search_times_out(stage: Stage) -> Story:
    """A SEV-2 that is open now: glass was broken, and the emergency CAB owes its vote."""
    began = stage.clock.now - timedelta(minutes=75)
    now = yield began
    oncall = stage.person("oncall")
    incident = incidents.declare(
        title="One search in ten times out",
        description="Since the index of today went live.",
        service=stage.catalogue.services["search"],
        environment=stage.catalogue.environments["production"],
        severity=2,
        actor=oncall,
        now=now,
    )
    now = yield began + timedelta(minutes=2)
    incidents.assign_commander(ref=incident.ref, commander=oncall, actor=oncall, now=now)
    ref = yield from filed(
        stage,
        began + timedelta(minutes=17),
        plan="search-index",
        service="search",
        planned=(began + timedelta(minutes=15), began + timedelta(hours=5)),
        by="oncall",
        kind="emergency",
        incident=incident,
    )
    yield from said(stage, began + timedelta(minutes=18), "submit", ref, by="oncall")
    reason = "Nobody of the emergency CAB answered the phone for ten minutes; sales fall."
    yield from said(
        stage, began + timedelta(minutes=29), "break_glass", ref, by="oncall", reason=reason
    )
    yield from asked(
        stage, began + timedelta(minutes=46), service="search", revision="v7.3.1", run="9120"
    )


def late_reports(stage: Stage) -> Story:
    """A SEV-3 on payments-api: its emergency change waits for the emergency CAB."""
    began = stage.clock.now - timedelta(minutes=140)
    now = yield began
    incident = incidents.declare(
        title="Settlement reports are late",
        description="The report's job has held its lock since last night.",
        service=stage.catalogue.services["payments-api"],
        environment=stage.catalogue.environments["production"],
        severity=3,
        actor=stage.person("peer"),
        now=now,
    )
    ref = yield from filed(
        stage,
        began + timedelta(minutes=35),
        plan="stuck-batch",
        service="payments-api",
        planned=(began + timedelta(minutes=60), began + timedelta(hours=10)),
        kind="emergency",
        incident=incident,
    )
    yield from said(stage, began + timedelta(minutes=41), "submit", ref, by="engineer")


STORIES = (lost_connections, search_times_out, late_reports)
