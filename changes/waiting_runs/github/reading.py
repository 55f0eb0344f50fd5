"""Reading what GitHub sends of deployments: jobs that wait for an answer, and how they ended."""

from datetime import datetime, timedelta
from typing import Any

import orjson

from changes import deployments
from changes.models import Deployment, GithubApp, WaitingRun
from changes.waiting_runs.arriving import Arrival, arrive, record
from changes.waiting_runs.github import payload
from changes.waiting_runs.github.payload import Misread, Reported, Requested
from ledger.decision import Refused
from ledger.inbox import Unreadable
from ledger.models import Message

GITHUB_WAITS = timedelta(days=30)
VENDOR = "github"
ENDS = {
    "success": Deployment.Status.SUCCEEDED,
    "failure": Deployment.Status.FAILED,
    "error": Deployment.Status.FAILED,
}


def read_protection_rule(message: Message, now: datetime) -> None:
    """Keep a job that waits for the app's answer; raises `Unreadable`."""
    body = _body(message)
    if body.get("action") != "requested":
        return
    app = GithubApp.objects.select_related("robot").filter(source=message.source).first()
    if app is None or not app.is_active:
        raise Unreadable(
            "No GitHub app in Tidegate answers for this source: add one, then replay this message."
        )
    try:
        asked = payload.requested(body, api_url=app.api_url)
    except Misread as wrong:
        raise Unreadable(str(wrong)) from wrong
    arrive(_arrival(asked, app), actor=app.robot, now=now)


def read_deployment_status(message: Message, now: datetime) -> None:
    """Move the change of a deployment that was let through here, once it has ended.

    Deployments we know nothing of are left alone. What the lifecycle refuses is recorded.
    """
    try:
        said = payload.reported(_body(message))
    except Misread as wrong:
        raise Unreadable(str(wrong)) from wrong
    status = ENDS.get(said.state)
    run = _run_of(message, said) if status else None
    if run is None or status is None:
        return
    report = deployments.Report(
        status=status, at=now, change=run.change, detail=f"{run.reply}: {said.words or said.state}"
    )
    try:
        deployments.report(report, actor=run.asked_by, now=now)
    except Refused as refused:
        reasons = [reason.as_json() for reason in refused.decision.reasons]
        record(run, "run.end_refused", actor=run.asked_by.username, now=now, reasons=reasons)


def _arrival(asked: Requested, app: GithubApp) -> Arrival:
    site = app.api_url.removesuffix("/").removesuffix("/api/v3").replace("://api.", "://")
    return Arrival(
        vendor=VENDOR,
        key=f"{app.pk} {asked.key}",
        project=asked.repository,
        stage=asked.environment,
        run_id=str(asked.run_id),
        revision=asked.sha,
        pipeline_url=f"{site}/{asked.repository}/actions/runs/{asked.run_id}",
        waits_for=GITHUB_WAITS,
        place={
            "app": app.pk,
            "repository": asked.repository,
            "environment": asked.environment,
            "run_id": asked.run_id,
            "installation": asked.installation,
            "deployment": asked.deployment,
        },
    )


def _run_of(message: Message, said: Reported) -> WaitingRun | None:
    """The run that was approved here for a deployment of the app, and started its change."""
    app = GithubApp.objects.filter(source=message.source).first()
    if app is None:
        return None
    runs = WaitingRun.objects.select_related(
        "service__owner_team", "environment", "asked_by", "reply"
    )
    return runs.filter(
        vendor=VENDOR,
        place__app=app.pk,
        project=said.repository,
        place__deployment=said.deployment,
        state=WaitingRun.State.APPROVED,
        starts_change=True,
    ).first()


def _body(message: Message) -> dict[str, Any]:
    """The JSON object that was sent; raises `Unreadable`."""
    try:
        body = orjson.loads(bytes(message.body))
    except orjson.JSONDecodeError as wrong:
        raise Unreadable("The body is no JSON.") from wrong
    if not isinstance(body, dict):
        raise Unreadable("The body is no object.")
    return body
