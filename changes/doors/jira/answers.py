"""What Jira's callers are answered. Pure.

Jenkins' `checkGatingStatus` goes on at `allowed`, waits at `awaiting`, ends the build at
`prevented` and `expired`, and fails at `invalid` and at any HTTP error.
"""

from datetime import datetime
from typing import Any

from django.http import JsonResponse

from changes.doors.jira.reading import Submitted
from changes.runs import Run, Standing, Word
from ledger.decision import rfc3339

STATUSES = {
    Word.ALLOWED: "allowed",
    Word.WAITING: "awaiting",
    Word.DENIED: "prevented",
    Word.REJECTED: "prevented",
    Word.CANCELLED: "prevented",
    Word.EXPIRED: "expired",
}
INVALID, AWAITING = "invalid", "awaiting"


def key(run: Run) -> dict[str, Any]:
    """What names a deployment of Jira's."""
    return {
        "pipelineId": run.project,
        "environmentId": run.stage,
        "deploymentSequenceNumber": int(run.build),
    }


def gating(run: Run, standing: Standing | None, *, now: datetime, root: str) -> JsonResponse:
    """How it stands with a deployment; `root` is where pages are found. Invalid where none is."""
    told = STATUSES[standing.word] if standing else INVALID
    return gated(run, told, now=now, ref=standing.ref if standing else "", root=root)


def gated(run: Run, status: str, *, now: datetime, ref: str = "", root: str = "") -> JsonResponse:
    issue = {"type": "issue", "issueKey": ref, "issueLink": f"{root}/changes/{ref}"}
    return JsonResponse(
        {
            "updatedTimestamp": rfc3339(now),
            **key(run),
            "gatingStatus": status,
            "details": [issue] if ref else [],
        }
    )


def taken(accepted: list[Submitted], rejected: list[dict[str, Any]]) -> JsonResponse:
    """Which deployments were taken, and why others were not."""
    return JsonResponse(
        {
            "acceptedDeployments": [key(one.run) for one in accepted],
            "rejectedDeployments": rejected,
            "unknownAssociations": [],
            "unknownIssueKeys": [],
        },
        status=202,
    )


def refusal(why: str, *, code: int) -> JsonResponse:
    """Jira's error: a list of messages."""
    return JsonResponse([{"message": why}], status=code, safe=False)
