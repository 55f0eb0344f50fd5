"""What Octopus Deploy calls a change: its title says what is deployed, and where. Pure."""

import re

from changes.models import DoorMapping
from changes.runs import Run

VENDOR = DoorMapping.Vendor.OCTOPUS
_TITLE = re.compile(r'Octopus: Deploy "(?P<project>.+)" version (?P<version>.+) to "(?P<stage>.+)"')
LONGEST_VERSION = 120


def run_in(title: str) -> Run | None:
    """The run that a title is of; None for any other text."""
    match = _TITLE.fullmatch(title)
    if match is None or len(title) > 200 or len(match["version"]) > LONGEST_VERSION:
        return None
    return Run(
        VENDOR,
        names=(match["project"],),
        stage=match["stage"],
        build=match["version"],
        revision=match["version"],
    )
