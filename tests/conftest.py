"""What every test stands on."""

import pytest
from hypothesis import settings

from tests.migrated_database import django_db_modify_db_settings
from tests.seeded_rows import django_db_setup

__all__ = ["django_db_modify_db_settings", "django_db_setup"]

# A shared machine may stall for seconds: how long an example takes is not what is tested.
settings.register_profile("tidegate", deadline=None)
settings.load_profile("tidegate")

# What takes longest, mostly waiting for programs to start: begun first, it ends beside the others.
LONGEST = (
    "tests/faults/",
    "tests/ledger/test_lost_workers.py",
    "tests/config/test_brokers.py",
    "tests/journeys/",
    "tests/test_schema.py",
    "tests/changes/lifecycle/test_any_life.py",
    "tests/config/",
    "tests/clients/",
    "tests/deploy/",
    "tests/incidents/doors/",
    "tests/changes/silences/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; the rest stays in its order."""
    items.sort(key=lambda one: _turn(one.nodeid))


def _turn(nodeid: str) -> int:
    found = (place for place, path in enumerate(LONGEST) if nodeid.startswith(path))
    return next(found, len(LONGEST))
