"""Telling a run how it stands: only news, and only as often as its tool can take it."""

from datetime import datetime

from changes.models import WaitingRun
from changes.waiting_runs.arriving import about, told
from changes.waiting_runs.tools import TOOLS
from changes.waiting_runs.words import Said
from ledger import replies, timeline

TOLD = "run.told"


def say(run: WaitingRun, said: Said, *, now: datetime) -> None:
    """Tell a locked run that is still to be decided how it stands, if that is news.

    The caller saves the run.
    """
    tool = TOOLS[run.vendor]
    if run.said == said.fingerprint or run.times_said >= tool.times:
        return
    run.said, run.times_said = said.fingerprint, run.times_said + 1
    replies.tell(
        run.reply,
        subject=run.ref,
        verb=TOLD,
        actor=timeline.SYSTEM,
        at=now,
        about=about(run),
        data=told(run)
        | {
            "number": run.times_said,
            "words": tool.written(said),
            "reasons": [reason.as_json() for reason in said.reasons],
        },
    )
