"""What doors are tried with, and the organisation behind them."""

from collections.abc import Callable

import pytest

from catalog.models import User
from changes.models import DoorMapping
from ledger.inbox import sources
from tests.changes.api import world
from tests.changes.conftest import settled
from tests.changes.doors.azure_world import azure, secret
from tests.config.conftest import lines
from tests.living import at, environment, service

__all__ = ["azure", "lines", "secret", "settled"]


@pytest.fixture
def organisation(db: None) -> None:
    world.build()


@pytest.fixture
def source(settled: None) -> Callable[[str], str]:
    """Make a source of a vendor, and map `acme/refunds` of it; answers its key."""

    def made(vendor: str) -> str:
        DoorMapping.objects.create(
            vendor=vendor, project="acme/refunds", service=service(), environment=environment()
        )
        given = {"slug": f"{vendor}-shop", "name": "Shop", "vendor": vendor}
        _, key = sources.make(actor=User.objects.get(username="manager"), now=at(0), **given)
        return key

    return made
