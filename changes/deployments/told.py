"""What a report about a deployment says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Report:
    """One report about a deployment; `at` is aware.

    `permit` is the signed text or "", `change` a ref or ""; one of them is given. `percent` is how
    far a step of a canary goes. `service`, `environment`, `revision` and `artifact` say what is
    deployed, where the reporter knows. `checks` hold what `lifecycle.report_check` takes: name,
    passed, detail, url, evidence.
    """

    status: str
    at: datetime
    permit: str = ""
    change: str = ""
    detail: str = ""
    percent: int | None = None
    service: str = ""
    environment: str = ""
    revision: str = ""
    artifact: str = ""
    checks: tuple[Mapping[str, Any], ...] = ()
