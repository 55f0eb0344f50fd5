"""Azure DevOps: the check “Invoke REST API”, answered later."""

from changes.waiting_runs.azure.answering import TOOL
from changes.waiting_runs.azure.headers import Job, Misread, job

__all__ = ["TOOL", "Job", "Misread", "job"]
