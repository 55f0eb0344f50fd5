"""The tools whose runs wait here, and what each can be told."""

from changes.models import DoorMapping
from changes.waiting_runs import azure, github
from changes.waiting_runs.tool import Tool

TOOLS: dict[str, Tool] = {
    DoorMapping.Vendor.GITHUB: github.TOOL,
    DoorMapping.Vendor.AZURE: azure.TOOL,
}
