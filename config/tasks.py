"""Periodic work of the runtime itself."""

from celery import shared_task
from django.utils import timezone

from config import health


@shared_task(name="config.heartbeat")
def heartbeat() -> None:
    """Leave word that a worker runs tasks."""
    health.beat(now=timezone.now())
