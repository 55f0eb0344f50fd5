"""Polling a decision: the present answer to the question it was given for.

# Note [Polling]
Whoever asked polls what they were told, instead of asking again: they are told the present answer,
under a tag that is the same while it is. Where anything it rests on has changed the question is
asked again, and a new answer recorded, as if the run had asked (Note [Told again] in `keeping`). A
permit is given once: when the one that was given has ended, was used or revoked, polling says so
and gives no other, for who polls has had their answer. Only asking gives another.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from catalog.models import User
from changes import permits
from changes.gate import watching
from changes.gate.asking import Asker, told
from changes.gate.watching import Watched
from changes.gate.words import Answer, Question
from changes.models import Deployment, GateAnswer, PermitRevocation
from changes.policies.reach import Reach
from changes.queries import watched
from changes.queries.refs import number_of
from ledger.canonical import sha256_hex
from ledger.decision import Reason

TAG_DIGITS = 24


class Bearer(NamedTuple):
    """Whose token polls: the SHA-256 of its secret in hex, and when it ends, if it does."""

    digest: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Polled:
    """The present answer, the record of it, and when to poll again."""

    row: GateAnswer
    answer: Answer
    retry_after: timedelta | None

    @property
    def tag(self) -> str:
        """Another whenever the answer is, but for when to poll again and how many others wait."""
        place = self.answer.place
        mine = replace(place, number=0, of=0, words="") if place else None
        said = replace(self.answer, retry_after=None, place=mine).as_json()
        return sha256_hex([str(self.row.pk), said])[:TAG_DIGITS]


def poll(
    decision_id: UUID, *, actor: User, reach: Reach, now: datetime, bearer: Bearer | None = None
) -> Polled:
    """What is said now to the question this decision was given for; see Note [Polling].

    For a `bearer` it is remembered by this process, so that `unchanged` can tell. Raises
    `LookupError` for a decision that was not given to `actor`, and like `gate.ask`.
    """
    first = GateAnswer.objects.filter(pk=decision_id, asked_by=actor.username).first()
    if first is None:
        raise LookupError(f"The gate gave you no decision {decision_id}.")
    asking = first.asking or first.pk
    last = _last(asking)
    over = _over(last, now=now)
    if over is not None:
        return Polled(last, _ended(last, over), None)
    asked = _watched(last, asking, actor=actor, digest=bearer.digest if bearer else "")
    seen = watched.look(asked, now=now)
    decided, facts = told(_question(last), Asker(actor, now, str(asking)), reach=reach)
    answer = decided.answer()
    row = GateAnswer.objects.get(pk=answer.id) if answer.is_new else last
    polled = Polled(row, answer, answer.retry_after)
    if bearer is not None and not answer.is_new:  # what was written now was not seen before
        ends = [watching.until(answer, facts, now=now), bearer.expires_at]
        until = min(end for end in ends if end is not None)
        wait = watching.wait_of(answer)
        remembered = Watched(asked, seen.sight, seen.whole, until, polled.tag, actor.username, wait)
        watching.remember((str(decision_id), bearer.digest), remembered)
    return polled


def _last(asking: UUID) -> GateAnswer:
    """The last answer to a run, or to a question that is polled."""
    of_it = Q(asking=asking) | Q(pk=asking)
    return GateAnswer.objects.filter(of_it).order_by("number").last()  # type: ignore[return-value]


def _question(row: GateAnswer) -> Question:
    """What was asked. The change that was found is what it is about from then on."""
    return Question(
        service=row.service,
        environment=row.environment,
        revision=row.revision,
        artifact=row.artifact,
        change=row.change or row.named,
        pipeline_url=row.pipeline_url,
        run_id=row.run_id,
        attempt=row.attempt,
    )


def _watched(row: GateAnswer, asking: UUID, *, actor: User, digest: str) -> dict[str, Any]:
    """What the statement that is compared names."""
    change = row.change or row.named
    place = watched.place(service=row.service, environment=row.environment)
    return {
        "service": row.service,
        "environment": row.environment,
        "revision": row.revision,
        "change": number_of(change) if change else None,
        "run_id": row.run_id,
        "asking": str(asking),
        "permit": str(row.pk) if row.permit_expires_at else None,
        "actor": actor.pk,
        "token": digest,
        "key_purpose": permits.PURPOSE,
        "kind": "normal",
        "category": "",
        "risk": "low",
        **(place._asdict() if place else {}),
    }


def _over(row: GateAnswer, *, now: datetime) -> Reason | None:
    """Why the permit that was given with an answer lets nothing through any more."""
    if row.permit_expires_at is None:
        return None
    given = Deployment.objects.filter(permit_id=str(row.pk), status=Deployment.Status.STARTED)
    if given.exists():
        return Reason(
            "permit_used",
            "The permit of this decision has started a deployment.",
            "Ask the gate again to deploy once more.",
            source="permit",
        )
    revoked = PermitRevocation.objects.filter(permit_id=row.pk).first()
    if revoked is not None:
        return Reason(
            "permit_revoked",
            f"The permit of this decision was revoked: {revoked.reason}",
            "Ask the gate again, once what it was revoked for is settled.",
            source="permit",
        )
    if row.permit_expires_at > now:
        return None
    return Reason(
        "permit_expired",
        f"The permit of this decision expired at {row.permit_expires_at:%Y-%m-%d %H:%M:%S} UTC.",
        "Ask the gate again.",
        source="permit",
    )


def _ended(row: GateAnswer, why: Reason) -> Answer:
    """What is said of a decision whose permit has had its time; nothing is recorded."""
    return Answer(
        id=str(row.pk),
        decision="deny",
        reasons=(why,),
        warnings=(),
        change=row.change,
        next_allowed_at=None,
        retry_after=None,
        permit="",
        expires_at=row.permit_expires_at,
        is_new=False,
    )
