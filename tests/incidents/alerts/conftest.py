"""Routes, and signals as short as a test can say them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from catalog.models import Environment, Service
from incidents import alerts
from incidents.models import AlertRoute
from incidents.signals import Said, Signal


@pytest.fixture
def route(checkout: Service, production: Environment) -> Callable[..., AlertRoute]:
    """Make a route; without more words it takes everything, for checkout."""

    def made(**given: Any) -> AlertRoute:
        words = {"name": "Everything", "service": checkout}
        return AlertRoute.objects.create(**(words | given))

    return made


@pytest.fixture
def say(now: datetime) -> Callable[..., alerts.Taken]:
    """Take one signal that came so many minutes from now: `say("a1", "firing", after=3)`."""

    def said(key: str, word: str, *, after: float = 0, source: str = "am", **given: Any):
        at = now + timedelta(minutes=after)
        signal = Signal(
            **{"key": key, "said": Said(word), "title": f"{key} is bad", "started_at": at} | given
        )
        with transaction.atomic():
            return alerts.take([signal], source=source, now=at)

    return said
