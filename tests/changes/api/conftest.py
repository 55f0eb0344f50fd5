"""The organisation every test of the API begins with."""

import pytest

from tests.changes.api import world


@pytest.fixture
def organisation(db: None) -> None:
    world.build()
