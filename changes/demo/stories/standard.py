"""The standard template, and changes made from it."""

from datetime import datetime, timedelta

from changes import standards
from changes.demo.stage import Stage, Story, Telling, filed, said, voted
from changes.models import Template

SLUG = "restart-service"
DRAFT = "renew-certificate"
SATURDAY = 5
RESTART = timedelta(minutes=30)
"""From the filing of a restart to its closing."""


def templates(stage: Stage) -> Story:
    """`restart-service`: once a normal change, then proposed with that as evidence, approved and
    published; and a draft."""
    day, words = stage.clock.day, stage.plans[SLUG]
    ref = yield from _by_hand(stage)
    now = yield day(-9, 13, 20)
    asked = standards.Asked(
        slug=SLUG,
        why="Done about twice a week, node by node, and nothing is changed by it.",
        words={"name": "Restart a service", **words},
        evidence=(ref,),
    )
    standards.propose(asked, actor=stage.person("engineer"), now=now)
    now = yield day(-8, 9, 15)
    comment = "The pipeline stops by itself where a node does not come back. Good."
    standards.approve(slug=SLUG, comment=comment, actor=stage.person("cab-1"), now=now)
    now = yield day(-8, 9, 40)
    standards.publish(slug=SLUG, actor=stage.person("manager"), now=now)
    now = yield stage.clock.ago(hours=7)
    renew = Template(slug=DRAFT, name="Renew a certificate", **stage.plans[DRAFT])
    standards.save(renew, services=(), actor=stage.person("admin"), now=now)


def _by_hand(stage: Stage) -> Telling:
    """The restart as a normal change, with a vote."""
    day, by = stage.clock.day, "engineer"
    words = {name: words for name, words in stage.plans[SLUG].items() if name != "locked"}
    words["title"] = "Restart the help centre, node by node"
    planned = (day(-9, 11), day(-9, 12))
    ref = yield from filed(
        stage, day(-10, 14), service="help-centre", planned=planned, by=by, **words
    )
    yield from said(stage, day(-10, 14, 10), "submit", ref, by=by)
    yield from voted(stage, ref, (day(-10, 15, 5), "oncall", "approve", ""))
    yield from said(stage, day(-9, 11, 2), "start", ref, by=by)
    yield from said(stage, day(-9, 11, 21), "finish", ref, by=by, note="All nodes healthy.")
    note = "No request was lost."
    at = day(-9, 11, 40)
    yield from said(stage, at, "close", ref, by=by, outcome="successful", note=note)
    return ref


def notifications(stage: Stage) -> Story:
    """A restart on a working day."""
    at = stage.clock.day(-6, 13, 30)
    title = "Restart notifications to load the new certificate"
    yield from _restarted(stage, at, "notifications", title)


def on_a_saturday(stage: Stage) -> Story:
    """A low-risk standard change passes the weekend freeze."""
    at = stage.clock.last(SATURDAY, 10, 30, took=RESTART)
    title = "Restart the help centre after the disk was replaced"
    yield from _restarted(stage, at, "help-centre", title)


def scheduled(stage: Stage) -> Story:
    """Approved the moment it was submitted; runs on the next working day."""
    clock = stage.clock
    ref = yield from filed(
        stage,
        clock.ago(hours=1),
        service="refunds",
        planned=(clock.day(1, 11), clock.day(1, 11, 45)),
        title="Restart refunds to free its memory",
        template=SLUG,
    )
    yield from said(stage, clock.ago(minutes=55), "submit", ref, by="engineer")


def _restarted(stage: Stage, at: datetime, service: str, title: str) -> Story:
    planned = (at, at + timedelta(minutes=45))
    ref = yield from filed(stage, at, service=service, planned=planned, title=title, template=SLUG)
    minute = timedelta(minutes=1)
    yield from said(stage, at + 2 * minute, "submit", ref, by="engineer")
    yield from said(stage, at + 5 * minute, "start", ref, by="engineer")
    yield from said(
        stage, at + 18 * minute, "finish", ref, by="engineer", note="All nodes healthy."
    )
    yield from said(
        stage,
        at + RESTART,
        "close",
        ref,
        by="engineer",
        outcome="successful",
        note="Nothing unusual for ten minutes after the last node.",
    )


STORIES = (templates, notifications, on_a_saturday, scheduled)
