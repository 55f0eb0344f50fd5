"""Normal changes that are over: successful, with issues, rolled back, failed, cancelled."""

from changes.demo.stage import Stage, Story, asked, filed, reported, said, shipped, voted


def successful(stage: Stage) -> Story:
    """High risk: four approvals, through the gate with a permit, closed the same day."""
    day, service, revision = stage.clock.day, "payments-api", "v4.15.0"
    planned = (day(-7, 10), day(-7, 13))
    ref = yield from filed(
        stage, day(-9, 10, 5), plan="token-vault", service=service, planned=planned
    )
    yield from said(stage, day(-9, 11, 20), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (day(-9, 13, 40), "peer", "approve", "Read the diff and the replay report."),
        (day(-9, 15, 2), "owner", "approve", ""),
        (day(-8, 9, 31), "cab-1", "approve", "Rollback needs no deploy: fine."),
        (day(-8, 10, 12), "cab-2", "approve", ""),
    )
    at = day(-7, 10, 4)
    yield from shipped(stage, ref, at, service=service, revision=revision, minutes=14, run="8812")
    note = "Success rate unchanged at 98.7 %, vault p99 41 ms."
    yield from said(
        stage, day(-7, 12, 30), "close", ref, by="engineer", outcome="successful", note=note
    )


def successful_with_issues(stage: Stage) -> Story:
    """Done, but not as planned: the closing note says what went wrong."""
    day = stage.clock.day
    planned = (day(-6, 9, 30), day(-6, 11))
    ref = yield from filed(
        stage, day(-8, 14, 10), plan="connection-limit", service="gateway", planned=planned
    )
    yield from said(stage, day(-8, 14, 40), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (day(-8, 15, 55), "oncall", "approve", "Please not two nodes at once."),
        (day(-7, 9, 50), "peer", "approve", ""),
    )
    yield from said(stage, day(-6, 9, 35), "start", ref, by="engineer")
    note = "All six nodes at 10,000."
    yield from said(stage, day(-6, 10, 50), "finish", ref, by="engineer", note=note)
    yield from said(
        stage,
        day(-6, 11, 40),
        "close",
        ref,
        by="engineer",
        outcome="successful_with_issues",
        note="Node 4 took nine minutes to drain; 310 requests failed. Drain time-out raised since.",
    )


def rolled_back(stage: Stage) -> Story:
    """Taken back eleven minutes in, reviewed, closed as rolled back."""
    day, service = stage.clock.day, "payments-api"
    planned = (day(-5, 10), day(-5, 12))
    ref = yield from filed(
        stage, day(-7, 13, 15), plan="retry-declined", service=service, planned=planned
    )
    yield from said(stage, day(-7, 13, 40), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (day(-7, 15, 20), "peer", "approve", ""),
        (day(-6, 9, 5), "owner", "approve", "Canary and a switch: good."),
    )
    permit = yield from asked(
        stage, day(-5, 10, 2), service=service, revision="v4.16.0", change=ref, run="8871"
    )
    yield from reported(stage, day(-5, 10, 3), "started", ref, permit=permit)
    note = "At 5 % the acquirer answered 429 to one call in eight. Redeployed v4.15.0."
    yield from said(stage, day(-5, 10, 14), "roll_back", ref, by="engineer", note=note)
    text = (
        "The sandbox has no rate limit; production allows 40 calls per second. Retries now count "
        "against a budget, and the contract test asserts the limit."
    )
    yield from said(stage, day(-5, 14, 30), "review", ref, by="owner", text=text)
    note = "Back on v4.15.0 since 10:20. No payment was charged twice."
    yield from said(
        stage, day(-5, 15, 10), "close", ref, by="engineer", outcome="rolled_back", note=note
    )


def failed(stage: Stage) -> Story:
    """A check failed and the period was over: closed as failed, after a review."""
    day = stage.clock.day
    planned = (day(-4, 9, 30), day(-4, 12))
    ref = yield from filed(
        stage, day(-6, 11, 10), plan="reporting-database", service="reporting", planned=planned
    )
    yield from said(stage, day(-6, 11, 30), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (day(-6, 14, 25), "owner", "approve", ""),
        (day(-5, 9, 45), "peer", "approve", "Take the snapshot after the loaders have stopped."),
    )
    yield from said(stage, day(-4, 9, 34), "start", ref, by="engineer")
    yield from said(stage, day(-4, 11, 20), "finish", ref, by="engineer", note="Upgraded.")
    yield from said(
        stage,
        day(-4, 11, 45),
        "report_check",
        ref,
        by="engineer",
        name="daily-report",
        passed=False,
        detail="51 minutes instead of 6: the partitioned tables had no statistics.",
    )
    text = "Rehearsed on a copy that had been analysed by hand. The runbook now says so."
    yield from said(stage, day(-4, 15), "review", ref, by="peer", text=text)
    note = "The day's reports came three hours late. Fast again since the tables were analysed."
    yield from said(
        stage, day(-4, 15, 20), "close", ref, by="engineer", outcome="failed", note=note
    )


def cancelled(stage: Stage) -> Story:
    """Submitted, then not needed any more."""
    day = stage.clock.day
    planned = (day(-2, 10), day(-2, 11))
    ref = yield from filed(
        stage, day(-5, 9, 40), plan="second-region", service="help-centre", planned=planned
    )
    yield from said(stage, day(-5, 9, 55), "submit", ref, by="engineer")
    reason = "The rebuild was put off to next quarter."
    yield from said(stage, day(-3, 14, 15), "cancel", ref, by="engineer", reason=reason)


STORIES = (successful, successful_with_issues, rolled_back, failed, cancelled)
