"""The rows that migrations put in, put back after each test that empties the tables.

Django empties every table after a test with real transactions. Groups and default approval rules
come from migrations, so all tests that the same process runs later would miss them.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import connection, transaction

PACKAGES = ("catalog", "ledger", "incidents", "changes")
KEPT: dict[str, Any] = {}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> None:
    """Remember what the migrations put in, once the test database is made."""
    with django_db_blocker.unblock():
        KEPT.update(rows=_seeded(), blocker=django_db_blocker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Put the rows back after everything else has been torn down; the last test takes the database
    itself down."""
    yield
    if nextitem is None:
        return
    mark = item.get_closest_marker("django_db")
    asked = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    if KEPT and (asked or (mark is not None and mark.kwargs.get("transaction"))):
        with KEPT["blocker"].unblock():
            _put_back(KEPT["rows"])


def _seeded() -> str:
    models = [model for name in PACKAGES for model in apps.get_app_config(name).get_models()]
    models.append(apps.get_model("auth", "Group"))
    rows = [row for model in models for row in model._base_manager.order_by("pk")]
    return serializers.serialize("json", rows)


def _put_back(seeded: str) -> None:
    with transaction.atomic(), connection.constraint_checks_disabled():
        for row in serializers.deserialize("json", seeded):
            row.save()
