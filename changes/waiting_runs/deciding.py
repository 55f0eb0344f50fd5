"""Deciding a run: the gate's answer, what becomes of the change, and the answer on its way.

# Note [Who redeems the permit]
A tool that only knows yes and no cannot carry a permit: whoever reads a comment would hold it. So
the permit is redeemed here, as the answer is written, and the change is started; what the tool
tells later of the deployment moves it on. Where the mapping says otherwise the change is left as it
is, and the pipeline asks the gate for a permit of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from changes import deployments, gate
from changes.gate import Answer, Question
from changes.models import Deployment, WaitingRun
from changes.policies.rivals import WAITED_FOR
from changes.queries.reach import reach_of_token
from changes.waiting_runs import saying
from changes.waiting_runs.arriving import about, told
from changes.waiting_runs.ending import end, leave_queue, waiting
from changes.waiting_runs.timing import SOON, next_look
from changes.waiting_runs.tools import TOOLS
from changes.waiting_runs.words import Said
from ledger import replies
from ledger.decision import Reason, Refused

State = WaitingRun.State
ALLOW, WAIT = "allow", "wait"
VERBS = {State.APPROVED: "run.approved", State.REJECTED: "run.rejected"}


def question(run: WaitingRun) -> Question:
    """What the gate is asked for a run whose place is known."""
    if run.service is None or run.environment is None:
        raise ValueError(f"{run.ref} does not say which service is meant.")
    return Question(
        service=run.service.slug,
        environment=run.environment.slug,
        revision=run.revision,
        artifact=run.artifact,
        change=run.change,
        pipeline_url=run.pipeline_url,
        run_id=run.run_id,
        open_template=run.template,
    )


def decide(claimed: WaitingRun, *, now: datetime) -> None:
    """Ask the gate, and write what follows, unless another worker did or the run has ended."""
    with transaction.atomic():
        run = _locked(claimed)
        if run is None:
            return
        try:
            with transaction.atomic():
                answer = _asked(run, now=now)
        except Refused as refused:
            _refused(run, refused, now=now)
            return
        run.change, run.asked_at = answer.change, now
        run.trouble, run.trouble_since = "", None
        if answer.decision == ALLOW:
            _conclude(run, State.APPROVED, _approved(answer), now=now, decision=answer.id)
        elif answer.decision == WAIT:
            _wait(run, answer, now=now)
        else:
            _conclude(run, State.REJECTED, _rejected(answer), now=now, decision=answer.id)


def reject(claimed: WaitingRun, said: Said, *, now: datetime) -> None:
    """Refuse a run that the gate was not asked about any more."""
    with transaction.atomic():
        run = _locked(claimed)
        if run is not None:
            leave_queue(run, now=now)
            _conclude(run, State.REJECTED, said, now=now)


def waits(run: WaitingRun, reasons: Sequence[Reason], *notes: str) -> Said:
    """What is told while it is still to wait."""
    return Said("waiting", reasons, run.change, link(run.change), notes)


def link(change: str) -> str:
    """Where people read of a change; "" for none."""
    return f"{settings.TIDEGATE_URL.rstrip('/')}/changes/{change}" if change else ""


def _locked(claimed: WaitingRun) -> WaitingRun | None:
    """The run as it is kept, if it still is as it was taken."""
    run = waiting(claimed.pk).filter(look_at=claimed.look_at).first()
    if run is not None and run.service is None:
        run.service, run.environment = claimed.service, claimed.environment
        run.template, run.starts_change = claimed.template, claimed.starts_change
    return run


def _asked(run: WaitingRun, *, now: datetime) -> Answer:
    """The gate's answer; where it is yes the change is started with its permit.

    See Note [Who redeems the permit]. Raises `Refused`.
    """
    reach = reach_of_token(run.token)
    answer = gate.ask(question(run), actor=run.asked_by, now=now, reach=reach)
    if answer.decision == ALLOW and run.starts_change:
        report = deployments.Report(
            status=Deployment.Status.STARTED, at=now, permit=answer.permit, detail=str(run.reply)
        )
        deployments.report(report, actor=run.asked_by, now=now, reach=reach)
    return answer


def _refused(run: WaitingRun, refused: Refused, *, now: datetime) -> None:
    """What is in the way only until others are done is waited for; all else is refused."""
    reasons = refused.decision.reasons
    if all(one.code in WAITED_FOR for one in reasons):
        run.look_at = now + SOON
        saying.say(run, waits(run, reasons), now=now)
        run.save()
    else:
        said = Said("rejected", reasons, run.change, link(run.change))
        _conclude(run, State.REJECTED, said, now=now)


def _wait(run: WaitingRun, answer: Answer, *, now: datetime) -> None:
    if answer.place is not None:
        run.queue_place_id = answer.place.id
        gate.keep(place=answer.place.id, until=run.gives_up_at)
    notes = [answer.place.words] if answer.place else []
    saying.say(run, waits(run, answer.reasons, *notes), now=now)
    run.look_at = next_look(answer.next_allowed_at, now=now)
    run.save()


def _approved(answer: Answer) -> Said:
    return Said("approved", answer.warnings, answer.change, link(answer.change))


def _rejected(answer: Answer) -> Said:
    return Said("rejected", answer.reasons, answer.change, link(answer.change))


def _conclude(
    run: WaitingRun, state: State, said: Said, *, now: datetime, decision: str = ""
) -> None:
    """Write the end, and send the answer once this is committed."""
    delivery = replies.tell(
        run.reply,
        subject=run.ref,
        verb=VERBS[state],
        actor=run.asked_by.username,
        at=now,
        about=about(run),
        data=told(run)
        | {
            "decision_id": decision or None,
            "words": TOOLS[run.vendor].written(said),
            "reasons": [reason.as_json() for reason in said.reasons],
        },
    )
    end(run, state, now=now, answer=delivery)
