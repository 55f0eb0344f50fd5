"""What real programs posted, as it was captured; instants are moved to now."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "captures"


def captured(name: str) -> Any:
    """The body of a capture."""
    return json.loads((HERE / f"{name}.json").read_text())["body"]


def ago(minutes: float) -> str:
    """An instant so many minutes ago, as Prometheus writes it."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
