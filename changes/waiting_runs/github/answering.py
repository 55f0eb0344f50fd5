"""Answering a job that waits for a deployment protection rule.

Source: GitHub's REST API, “Review custom deployment protection rules for a workflow run”: 204 when
taken; without a state it is a comment, of which ten are taken for a deployment.
"""

from datetime import datetime

from changes.models import GithubApp, WaitingRun
from changes.waiting_runs import ending
from changes.waiting_runs.calling import Answered, call, refused
from changes.waiting_runs.github import apps
from changes.waiting_runs.github.payload import HEADERS, callback_url, run_url
from changes.waiting_runs.tool import Gone, Tool
from changes.waiting_runs.words import Said, markdown
from ledger.channels.failures import NotSent
from ledger.models import Delivery

LONGEST_COMMENT = 1024
COMMENTS = 9  # Of ten; the last one is kept for the decision.
STATES = {"run.approved": "approved", "run.rejected": "rejected"}
NOBODY_WAITS = frozenset({404, 410, 422})


def send(delivery: Delivery, now: datetime) -> None:
    """Tell GitHub how a run stands, or what was decided; raises `NotSent`."""
    run = WaitingRun.objects.get(reply=delivery.reply)
    state = STATES.get(delivery.event.verb)
    if state is None and _is_old(run, delivery):
        return
    app, place = _app_of(run), run.place
    body = {"environment_name": place["environment"], "comment": delivery.event.data["words"]}
    url = callback_url(api_url=app.api_url, repository=place["repository"], run_id=place["run_id"])
    answered = _called(
        app, run, "POST", url, now=now, body=body if state is None else body | {"state": state}
    )
    if answered.status == 204:
        return
    if state is None and answered.status in NOBODY_WAITS:
        why = f"GitHub no longer waits for it: {answered.words}"
        ending.give_up(run=run.pk, why=why, now=now)
    raise refused(answered, "GitHub did not take the answer")


def still_waits(run: WaitingRun, now: datetime) -> None:
    """Raise `Gone` for a run that has ended or is not there, `NotSent` where GitHub is silent."""
    app, place = _app_of(run), run.place
    url = run_url(api_url=app.api_url, repository=place["repository"], run_id=place["run_id"])
    try:
        answered = _called(app, run, "GET", url, now=now)
    except NotSent as problem:
        if problem.permanent:
            raise Gone(str(problem)) from problem
        raise
    if answered.status in NOBODY_WAITS:
        raise Gone(f"GitHub does not know the run any more: {answered.words}")
    if answered.status != 200 or not isinstance(answered.body, dict):
        raise refused(answered, "GitHub did not say how the run stands")
    if answered.body.get("status") == "completed":
        ended = answered.body.get("conclusion") or "completed"
        raise Gone(f"The run has ended in GitHub: {ended}.")


def written(said: Said) -> str:
    """A comment as GitHub takes it."""
    return markdown(said, longest=LONGEST_COMMENT)


def _called(
    app: GithubApp,
    run: WaitingRun,
    method: str,
    url: str,
    *,
    now: datetime,
    body: dict[str, str] | None = None,
) -> Answered:
    installation = run.place["installation"]
    token = apps.installation_token(app, installation, now=now)
    answered = call(method, url, bearer=token, now=now, body=body, headers=HEADERS)
    if answered.status == 401:
        apps.forget(app, installation)
    return answered


def _app_of(run: WaitingRun) -> GithubApp:
    app = GithubApp.objects.filter(pk=run.place["app"]).first()
    if app is None or not app.is_active:
        raise NotSent("The GitHub app is switched off in Tidegate.")
    return app


def _is_old(run: WaitingRun, delivery: Delivery) -> bool:
    """Whether there is something newer to say than this."""
    waits = run.state == WaitingRun.State.WAITING
    return not waits or run.times_said != delivery.event.data["number"]


TOOL = Tool(
    written=written, times=COMMENTS, hears_the_end=False, still_waits=still_waits, send=send
)
