"""Telling Azure DevOps that a check has ended.

Source: Microsoft's documentation of Azure Pipelines, “Invoke REST API checks”: an event
TaskCompleted, with the token of the job that asked.
"""

from datetime import datetime

from changes.models import AzureHost, WaitingRun
from changes.waiting_runs.azure.headers import events_url, is_allowed
from changes.waiting_runs.calling import call, refused
from changes.waiting_runs.tool import Tool
from changes.waiting_runs.words import Said, plain
from ledger import sealing
from ledger.channels.failures import NotSent
from ledger.models import Delivery

LONGEST_WORDS = 4000
RESULTS = {"run.approved": "succeeded", "run.rejected": "failed"}


def send(delivery: Delivery, now: datetime) -> None:
    """Tell Azure DevOps what was decided, and forget the job's token; raises `NotSent`."""
    result = RESULTS.get(delivery.event.verb)
    if result is None:
        return
    run = WaitingRun.objects.get(reply=delivery.reply)
    place = run.place
    _refuse_host(place["collection"])
    answered = call(
        "POST",
        events_url(place),
        bearer=_token(run),
        now=now,
        body={
            "name": "TaskCompleted",
            "taskId": place["task"],
            "jobId": place["job"],
            "result": result,
        },
    )
    if not 200 <= answered.status < 300:
        raise refused(answered, "Azure DevOps did not take the answer")
    WaitingRun.objects.filter(pk=run.pk).update(sealed_token=b"")


def still_waits(run: WaitingRun, now: datetime) -> None:
    """Nothing is asked: the job's token is good for its answer, and its check ends in time."""


def written(said: Said) -> str:
    """What is kept of an answer; Azure DevOps shows only that it failed."""
    return plain(said, longest=LONGEST_WORDS)


def _token(run: WaitingRun) -> str:
    if not run.sealed_token:
        raise NotSent("The job’s token was forgotten: it had expired.", permanent=True)
    try:
        return sealing.unseal(bytes(run.sealed_token)).decode()
    except sealing.Unreadable as problem:
        raise NotSent(str(problem)) from problem


def _refuse_host(collection: str) -> None:
    """Whoever took a host off the list since is heeded."""
    hosts = AzureHost.objects.filter(is_active=True).values_list("host", flat=True)
    named = collection.partition("://")[2].partition("/")[0]
    if not is_allowed(named, hosts):
        raise NotSent(f"Answers are no longer sent to {named}.")


TOOL = Tool(written=written, times=0, hears_the_end=True, still_waits=still_waits, send=send)
