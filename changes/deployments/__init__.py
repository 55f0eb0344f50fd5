"""What CI reports about a deployment, and how it moves the change.

`report` raises `Refused` with the whole Decision when the rules say no, `ValidationError` with a
sentence for each wrong field, or `NoSuchChange`; nothing is written then.
"""

from changes.deployments.reporting import report
from changes.deployments.told import Report
from changes.deployments.unpermitted import see

__all__ = ["Report", "report", "see"]
