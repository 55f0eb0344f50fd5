"""Changes that are still ahead: agreed, on hold, in the way of a freeze, or drafts."""

from changes import calendar
from changes.demo.stage import Stage, Story, asked, filed, said, voted


def payments_patch(stage: Stage) -> Story:
    """Ready: the gate lets it through whenever no freeze holds. It was asked too early once."""
    clock, service, revision = stage.clock, "payments-api", "v4.17.2"
    planned = (clock.ago(minutes=30), clock.ahead(hours=6))
    ref = yield from filed(
        stage, clock.ago(hours=17), plan="payments-patch", service=service, planned=planned
    )
    yield from said(stage, clock.ago(hours=16.5), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=15), "peer", "approve", "Replayed my own merchant: right to the unit."),
        (clock.ago(hours=12.5), "owner", "approve", ""),
    )
    at = clock.ago(hours=2.5)
    yield from asked(stage, at, service=service, revision=revision, change=ref, run="9102")


def address_form(stage: Stage) -> Story:
    """Scheduled for the next working day."""
    clock = stage.clock
    planned = (clock.day(1, 14), clock.day(1, 15, 30))
    ref = yield from filed(
        stage, clock.ago(hours=20), plan="address-form", service="checkout", planned=planned
    )
    yield from said(stage, clock.ago(hours=19.5), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=17.5), "oncall", "approve", ""),
        (clock.ago(hours=14.5), "owner", "approve", "Blue stays up for a day."),
    )


def loader_meets_a_freeze(stage: Stage) -> Story:
    """Scheduled, and then a freeze was declared over its period."""
    clock = stage.clock
    freeze = (clock.day(6, 8), clock.day(7, 18))
    planned = (clock.day(6, 10), clock.day(6, 12))
    ref = yield from filed(
        stage, clock.ago(hours=21), plan="warehouse-loader", service="reporting", planned=planned
    )
    yield from said(stage, clock.ago(hours=20.5), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=18.5), "owner", "approve", ""),
        (clock.ago(hours=13.5), "peer", "approve", ""),
    )
    now = yield clock.ago(hours=5.5)
    fields = {
        "name": "Audit sampling",
        "reason": "the auditors draw their samples from reporting and the ledger",
        "starts_at": freeze[0],
        "ends_at": freeze[1],
        "environments": ["production"],
        "services": ["payments-ledger", "reporting"],
    }
    calendar.create(fields=fields, actor=stage.person("manager"), now=now)


def public_holidays(stage: Stage) -> Story:
    """A calendar of somebody else's: the machine knows the public holidays, and advises."""
    now = yield stage.clock.ago(hours=19)
    fields = {
        "name": "Public holidays",
        "level": "warn",
        "reason": "few people are there to help",
        "holidays": "NL",
        "time_zone": "Europe/Amsterdam",
        "environments": ["production"],
    }
    calendar.create(fields=fields, actor=stage.person("manager"), now=now)


def new_terms(stage: Stage) -> Story:
    """Approved, then put on hold by the change manager."""
    clock = stage.clock
    planned = (clock.day(3, 9, 30), clock.day(3, 11))
    ref = yield from filed(
        stage, clock.ago(hours=15), plan="new-terms", service="storefront", planned=planned
    )
    yield from said(stage, clock.ago(hours=14.8), "submit", ref, by="engineer")
    yield from voted(
        stage,
        ref,
        (clock.ago(hours=11.5), "oncall", "approve", ""),
        (clock.ago(hours=8.5), "owner", "approve", ""),
    )
    reason = "Legal found a mistake in the Dutch text; waits for version 14.1."
    yield from said(stage, clock.ago(hours=2), "hold", ref, by="manager", reason=reason)


def instalments(stage: Stage) -> Story:
    """A draft without a rollback plan; the pipeline asked all the same and was refused."""
    clock, service, revision = stage.clock, "payments-api", "v4.19.0-rc1"
    planned = (clock.day(5, 13), clock.day(5, 16))
    ref = yield from filed(
        stage, clock.ago(hours=4.5), plan="instalments", service=service, planned=planned
    )
    at = clock.ago(hours=1.5)
    yield from asked(stage, at, service=service, revision=revision, change=ref, run="9111")


def old_checkout(stage: Stage) -> Story:
    """A draft somebody has only just begun."""
    at = stage.clock.ago(minutes=21)
    yield from filed(stage, at, plan="old-checkout", service="checkout", by="owner")


STORIES = (
    payments_patch,
    address_form,
    loader_meets_a_freeze,
    public_holidays,
    new_terms,
    instalments,
    old_checkout,
)
