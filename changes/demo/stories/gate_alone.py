"""The gate: a Friday evening that waited for Monday, and a deployment nobody filed."""

from datetime import timedelta

from changes.demo.stage import Stage, Story, asked, filed, said, shipped, voted

FRIDAY = 4


def missed_the_tide(stage: Stage) -> Story:
    """Approved, but late: refused on Friday evening, let through on Monday morning."""
    clock, service, revision = stage.clock, "refunds", "v2.9.0"
    friday = clock.last(FRIDAY, 17, 20) - timedelta(days=7)
    monday = clock.last(FRIDAY, 9, 12) - timedelta(days=4)
    filed_at = friday - timedelta(hours=7)
    planned = (friday - timedelta(hours=3), monday + timedelta(hours=3))
    ref = yield from filed(stage, filed_at, plan="quick-refunds", service=service, planned=planned)
    yield from said(stage, filed_at + timedelta(minutes=9), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (filed_at + timedelta(hours=2), "peer", "approve", ""),
        (filed_at + timedelta(hours=5.5), "owner", "approve", "Before four, please."),
    )
    yield from asked(stage, friday, service=service, revision=revision, change=ref, run="8790")
    yield from shipped(
        stage, ref, monday, service=service, revision=revision, minutes=9, run="8801"
    )
    note = "Refunds leave within 20 minutes since."
    at = monday + timedelta(hours=5)
    yield from said(stage, at, "close", ref, by="engineer", outcome="successful", note=note)


def nobody_filed_it(stage: Stage) -> Story:
    """Last Friday evening, a revision without a change."""
    at = stage.clock.last(FRIDAY, 17, 20)
    yield from asked(stage, at, service="payments-api", revision="v4.17.1-hotfix", run="9088")


STORIES = (missed_the_tide, nobody_filed_it)
