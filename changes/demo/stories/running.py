"""Changes that run now, or are being looked at after they ran."""

from datetime import timedelta

from changes.demo.stage import (
    Stage,
    Story,
    asked,
    done,
    filed,
    reported,
    said,
    shipped,
    tasked,
    voted,
)


def checkout_staging(stage: Stage) -> Story:
    """In staging, which no freeze covers."""
    now, service = stage.clock.now, "checkout"
    ref = yield from filed(
        stage,
        now - timedelta(hours=3),
        plan="checkout-staging",
        service=service,
        environment="staging",
        planned=(now - timedelta(minutes=40), now + timedelta(hours=3)),
    )
    yield from said(stage, now - timedelta(minutes=170), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (now - timedelta(minutes=130), "oncall", "approve", ""),
        (now - timedelta(minutes=95), "owner", "approve", ""),
    )
    permit = yield from asked(
        stage,
        now - timedelta(minutes=26),
        service=service,
        environment="staging",
        revision="v8.5.0",
        change=ref,
        run="9117",
    )
    yield from reported(stage, now - timedelta(minutes=25), "started", ref, permit=permit)


def fraud_model(stage: Stage) -> Story:
    """Deployed; a check and a task of those it needs are still open."""
    clock, service, revision = stage.clock, "fraud-check", "model-31"
    planned = (clock.ago(hours=4), clock.ahead(hours=2))
    ref = yield from filed(
        stage, clock.ago(hours=24), plan="fraud-model", service=service, planned=planned
    )
    yield from tasked(stage, clock.ago(hours=23.9), ref, "implement", "Load model 31 beside 30")
    yield from tasked(stage, clock.ago(hours=23.8), ref, "test", "Score last month again")
    yield from tasked(
        stage,
        clock.ago(hours=23.7),
        ref,
        "review",
        "Compare the false alarms",
        to="peer",
        planned_start_at=clock.ahead(hours=1),
        planned_end_at=planned[1],
    )
    yield from said(stage, clock.ago(hours=23.5), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=22.5), "peer", "approve", ""),
        (clock.ago(hours=18.2), "owner", "approve", "Watch the false alarms for a whole day."),
    )
    for number, hours in ((2, 6), (1, 3.6)):
        yield from done(stage, clock.ago(hours=hours), ref, number)
    at = clock.ago(hours=3.5)
    yield from shipped(stage, ref, at, service=service, revision=revision, minutes=31, run="9093")


def mail_queue(stage: Stage) -> Story:
    """Rolled back an hour ago; it owes a review before it closes."""
    clock = stage.clock
    planned = (clock.ago(hours=2), clock.ahead(hours=1))
    ref = yield from filed(
        stage, clock.ago(hours=23), plan="mail-queue", service="notifications", planned=planned
    )
    yield from said(stage, clock.ago(hours=22.8), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=21.2), "oncall", "approve", ""),
        (clock.ago(hours=17.2), "peer", "approve", ""),
    )
    yield from said(stage, clock.ago(minutes=110), "start", ref, by="engineer")
    note = "212 receipts went out twice: both senders took the same rows. Back on v5.1.3."
    yield from said(stage, clock.ago(minutes=70), "roll_back", ref, by="engineer", note=note)


STORIES = (checkout_staging, fraud_model, mail_queue)
