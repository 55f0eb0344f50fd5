"""Changes that wait for votes, and one that was sent back."""

from changes.demo.stage import Stage, Story, filed, said, voted


def settlement(stage: Stage) -> Story:
    """High risk: peer and owner have agreed, both CAB members are missing."""
    clock, service = stage.clock, "payments-api"
    planned = (clock.day(2, 10), clock.day(2, 12))
    ref = yield from filed(
        stage, clock.ago(hours=14), plan="settlement", service=service, planned=planned
    )
    yield from said(stage, clock.ago(hours=13), "submit", ref, by="engineer")
    comment = "Compared the thirty nights myself."
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=10.5), "peer", "approve", comment),
        (clock.ago(hours=5), "owner", "approve", "Not on a month's last day, please."),
    )


def signing_keys(stage: Stage) -> Story:
    """High risk: one CAB member is missing."""
    clock = stage.clock
    planned = (clock.day(1, 9, 30), clock.day(1, 13))
    ref = yield from filed(
        stage, clock.ago(hours=16), plan="signing-keys", service="identity", planned=planned
    )
    yield from said(stage, clock.ago(hours=15.5), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=12), "oncall", "approve", ""),
        (clock.ago(hours=9), "peer", "approve", ""),
        (clock.ago(hours=4), "cab-1", "approve", "Two hours between publishing and signing: yes."),
    )


def refund_reasons(stage: Stage) -> Story:
    """Medium risk, just submitted: nobody has voted yet."""
    clock = stage.clock
    planned = (clock.day(3, 13), clock.day(3, 14, 30))
    ref = yield from filed(
        stage, clock.ago(hours=2), plan="refund-reasons", service="refunds", planned=planned
    )
    yield from said(stage, clock.ago(minutes=50), "submit", ref, by="engineer")


def partition_postings(stage: Stage) -> Story:
    """Edited after approval: the votes lapsed, and whoever approved sees what changed since."""
    clock = stage.clock
    planned = (clock.day(4, 9), clock.day(4, 15))
    ref = yield from filed(
        stage,
        clock.ago(hours=26),
        plan="partition-postings",
        service="payments-ledger",
        planned=planned,
    )
    yield from said(stage, clock.ago(hours=25), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=23), "peer", "approve", ""),
        (clock.ago(hours=20), "owner", "approve", "Rehearsed twice, good."),
        (clock.ago(hours=19), "cab-1", "approve", ""),
    )
    fields = {
        "implementation_plan": stage.plans["partition-postings"]["implementation_plan"].replace(
            "20,000 rows", "5,000 rows"
        )
        + "\n4. Keep the old table for a week, then drop it.",
        "rollback_plan": "Before the swap: drop the partitions. After it: swap the names back; the "
        "trigger keeps the old table complete for a week.",
        "planned_start_at": clock.day(5, 9),
        "planned_end_at": clock.day(5, 15),
    }
    yield from said(stage, clock.ago(hours=8), "edit", ref, by="engineer", fields=fields)
    yield from said(stage, clock.ago(hours=7.5), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=6), "peer", "approve", "Smaller batches are better."),
        (clock.ago(hours=3), "owner", "approve", ""),
    )


def delivery_days(stage: Stage) -> Story:
    """Rejected by the service owner, with the reason; back in planning."""
    clock = stage.clock
    planned = (clock.day(2, 14), clock.day(2, 16))
    ref = yield from filed(
        stage, clock.ago(hours=18), plan="delivery-days", service="storefront", planned=planned
    )
    yield from said(stage, clock.ago(hours=17), "submit", ref, by="engineer")
    comment = (
        "What does the basket show when the carrier does not answer? Add a time-out of 200 ms."
    )
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=11), "oncall", "approve", ""),
        (clock.ago(hours=6.5), "owner", "reject", comment),
    )


STORIES = (settlement, signing_keys, refund_reasons, partition_postings, delivery_days)
