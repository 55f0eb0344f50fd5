"""Work of incidents that workers do."""

from celery import shared_task
from django.utils import timezone

from incidents import alerts, clocks, resolution

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
    """Hear which sources fell silent; end the alerts that were not heard of again."""
    alerts.listen(now=timezone.now())
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
