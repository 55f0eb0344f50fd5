"""The weekend freeze, awake."""

import pytest

from changes.models import Window


@pytest.fixture
def weekend(settled: None) -> None:
    """Only the freeze every installation begins with is active."""
    Window.objects.filter(name="Weekend freeze").update(is_active=True)
    assert Window.objects.filter(is_active=True).count() == 1
