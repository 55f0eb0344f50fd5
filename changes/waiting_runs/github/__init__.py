"""GitHub: deployment protection rules, by an app of one's own."""

from changes.waiting_runs.github.answering import TOOL
from changes.waiting_runs.github.apps import introduced
from changes.waiting_runs.github.reading import read_deployment_status, read_protection_rule

__all__ = ["TOOL", "introduced", "read_deployment_status", "read_protection_rule"]
