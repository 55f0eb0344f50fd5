"""A freeze that two of the CAB opened for one change; a third person owes the review."""

from changes import calendar, overrides
from changes.demo.stage import Stage, Story, filed, said, voted
from changes.overrides import Asked


def month_end(stage: Stage) -> Story:
    """A wrong fraud threshold could not wait until the books were closed."""
    day = stage.clock.day
    now = yield day(-4, 10)
    fields = {
        "name": "Month-end close",
        "reason": "finance closes the books",
        "starts_at": day(-2, 9),
        "ends_at": day(-2, 18),
        "environments": ["production"],
        "teams": ["payments"],
        "override_by": "CAB",
    }
    calendar.create(fields=fields, actor=stage.person("manager"), now=now)
    planned = (day(-2, 14), day(-2, 15))
    ref = yield from filed(
        stage, day(-3, 13, 5), plan="fraud-threshold", service="fraud-check", planned=planned
    )
    yield from said(stage, day(-3, 13, 30), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (day(-3, 14, 20), "peer", "approve", ""),
        (day(-3, 15, 45), "owner", "approve", "One in thirty good payments is too many."),
    )
    now = yield day(-2, 11, 10)
    asked = Asked(
        change=ref,
        reason="One in thirty good payments is declined since Monday; finance agrees by phone.",
        starts_at=day(-2, 14),
        expires_at=day(-2, 15),
    )
    row = overrides.request(asked, actor=stage.person("cab-1"), now=now)
    now = yield day(-2, 11, 40)
    overrides.confirm(ref=row.ref, actor=stage.person("cab-2"), now=now)
    yield from said(stage, day(-2, 14, 2), "start", ref, by="engineer")
    note = "Threshold back at 0.82 on all nodes."
    yield from said(stage, day(-2, 14, 20), "finish", ref, by="engineer", note=note)
    note = "Declines fell from 3.4 % to 0.6 % within ten minutes."
    yield from said(
        stage, day(-2, 14, 50), "close", ref, by="engineer", outcome="successful", note=note
    )


STORIES = (month_end,)
