"""A settled catalogue for tests of changes."""

import pytest

from tests import living


@pytest.fixture
def settled(db: None) -> None:
    """People by role, a team with two services, environments and the default rules."""
    living.settle()
