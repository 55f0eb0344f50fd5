"""What production would log."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.utils.module_loading import import_string as resolved

from config import logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What production would log: JSON lines."""
    configured = logs.configured(as_json=True, level="INFO")
    line = configured["formatters"]["line"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(line.pop("()")(**line))
    for name in configured["handlers"]["out"]["filters"]:
        handler.addFilter(resolved(configured["filters"][name]["()"])())
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)
