"""A settled catalogue with three change managers."""

import pytest

from tests.changes.overrides import staged


@pytest.fixture(autouse=True)
def settled_with_managers(settled: None) -> None:
    staged.managers()
