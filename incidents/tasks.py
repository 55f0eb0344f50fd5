"""Work of incidents that workers do."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from incidents import alerts, clocks, resolution
from incidents.status_page import exporting, mailing, subscribing

_AT_ONCE = 50
_ROUNDS = 20


@shared_task(name="incidents.tell_of_clocks")
def tell_of_clocks() -> None:
    """Nag before a clock runs out and say when it is late, with a fresh clock every fifty."""
    for _ in range(_ROUNDS):
        if clocks.tick(now=timezone.now(), limit=_AT_ONCE) < _AT_ONCE:
            return


@shared_task(name="incidents.watch_alerts")
def watch_alerts() -> None:
    """Hear which sources fell silent; wake what was snoozed; end what was not heard of again."""
    alerts.listen(now=timezone.now())
    for _ in range(_ROUNDS):
        if alerts.wake(now=timezone.now(), limit=_AT_ONCE) < _AT_ONCE:
            break
    for _ in range(_ROUNDS):
        if alerts.end_overdue(now=timezone.now(), limit=_AT_ONCE) < _AT_ONCE:
            return


@shared_task(name="incidents.verify_resolution")
def verify_resolution() -> None:
    """Look at what tells whether service is restored, for each incident that is open."""
    resolution.begin(now=timezone.now())
    for _ in range(_AT_ONCE):
        if not resolution.look_at_due(now=timezone.now()):
            return


@shared_task(name=subscribing.TELL)
def tell_subscribers() -> None:
    """Confirm who asked for mail, and make the mails of what was published for everybody."""
    for _ in range(_ROUNDS):
        now = timezone.now()
        confirmed = mailing.confirm_due(now=now, limit=_AT_ONCE)
        if not mailing.fan_out(now=now) and confirmed < _AT_ONCE:
            break
    subscribing.forget_unconfirmed(now=timezone.now())


@shared_task(name="incidents.export_status_page")
def export_status_page() -> None:
    """Write the status page to STATUS_PAGE_DIR, where that is set."""
    if settings.STATUS_PAGE_DIR is not None:
        exporting.export(settings.STATUS_PAGE_DIR, now=timezone.now())
