"""Looking whether the gate's answer has changed, on behalf of who was told to wait."""

from datetime import datetime

from django.db.models.functions import Greatest

from catalog.models import User
from changes import permits
from changes.gate.verdict import Verdict, verdict
from changes.gate.words import Question
from changes.models import QueuePlace
from changes.queries import facts as gathered
from changes.queries.refs import number_of


def peek(question: Question, *, actor: User, now: datetime) -> Verdict:
    """What the gate would say now. Records nothing, permits nothing and takes no turn.

    One statement. Raises like `ask`.
    """
    facts, _ = gathered.at_gate(
        service=question.service,
        environment=question.environment,
        change=number_of(question.change) if question.change else None,
        revision=question.revision,
        actor=actor,
        now=now,
        key_purpose=permits.PURPOSE,
    )
    return verdict(question, facts, now=now)


def keep(*, place: int, until: datetime) -> None:
    """Keep a place in the queue until then, though nobody asks: someone peeks instead."""
    rows = QueuePlace.objects.filter(pk=place, left_at__isnull=True, released_at__isnull=True)
    rows.update(expires_at=Greatest("expires_at", until))
