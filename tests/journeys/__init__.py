"""Journeys through the whole of Tidegate."""

import pytest

pytest.register_assert_rewrite("tests.journeys.browsing")
