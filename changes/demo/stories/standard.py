"""The standard template, and changes made from it."""

from datetime import datetime, timedelta

from changes import standards
from changes.demo.stage import Stage, Story, filed, said
from changes.models import Template

SLUG = "restart-service"
DRAFT = "renew-certificate"
SATURDAY = 5
RESTART = timedelta(minutes=30)
"""From the filing of a restart to its closing."""


def templates(stage: Stage) -> Story:
    """`restart-service`, written by the admin and published by the change manager; and a draft."""
    clock, author = stage.clock, stage.person("admin")
    now = yield clock.day(-11, 14, 20)
    restart = Template(slug=SLUG, name="Restart a service", **stage.plans[SLUG])
    standards.save(restart, services=(), actor=author, now=now)
    now = yield clock.day(-10, 9, 15)
    standards.publish(slug=SLUG, actor=stage.person("manager"), now=now)
    now = yield clock.ago(hours=7)
    renew = Template(slug=DRAFT, name="Renew a certificate", **stage.plans[DRAFT])
    standards.save(renew, services=(), actor=author, now=now)


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
