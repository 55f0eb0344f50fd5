"""The tools windows are exported for."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from changes.queries import exports
from changes.shown.argo import argo
from changes.shown.exported import Export
from changes.shown.gitlab import gitlab

TOOLS: Final[dict[str, Callable[..., Export]]] = {"argocd": argo, "gitlab": gitlab}


def export(
    tool: str, *, now: datetime, team: str = "", service: str = "", environment: str = ""
) -> Export:
    """Active windows for a tool, narrowed by slugs; raises `ValidationError` for an unknown one."""
    found = exports.outgoing(now=now, team=team, service=service, environment=environment)
    return TOOLS[tool](found, now=now)
