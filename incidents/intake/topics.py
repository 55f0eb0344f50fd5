"""Topics of Amazon SNS: each is confirmed by somebody, or nothing of it is read.

# Note [Confirmed by a person]
Whoever knows a source's address could have any topic of any account ask to be confirmed. A machine
that follows such an address by itself is led where a stranger wants, and hears what they tell.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from catalog.models import User
from incidents.intake import sns
from incidents.intake.certificates import Fetch, fetch
from incidents.intake.keeping import demand_keeper
from incidents.models import SnsTopic
from ledger import rows, sealing, timeline
from ledger.decision import Reason, refuse
from ledger.inbox import Unreadable
from ledger.models import Source
from ledger.safe_transport import NotReached

WHAT = "SNS topics"


@transaction.atomic
def ask(*, source: Source, arn: str, address: str, now: datetime) -> SnsTopic:
    """Keep that a topic asks to be confirmed; asked again, the newer address counts.

    A topic that is confirmed stays so. Raises `Unreadable` for an address that is not of SNS.
    """
    sns.refuse_address(address)
    sealed = sealing.seal(address.encode()).decode()
    topic, is_new = SnsTopic.objects.select_for_update().get_or_create(
        source=source, arn=arn, defaults={"sealed_address": sealed, "asked_at": now}
    )
    if not is_new:
        topic.sealed_address, topic.asked_at = sealed, now
        if topic.state == SnsTopic.State.ENDED:
            topic.state = SnsTopic.State.WAITING
        topic.save()
    _record(topic, "sns_topic.asked", actor=timeline.SYSTEM, now=now)
    return topic


@transaction.atomic
def end(*, source: Source, arn: str, address: str, now: datetime) -> None:
    """Keep that a topic was unsubscribed; `address` would subscribe it again."""
    sns.refuse_address(address)
    topic = SnsTopic.objects.select_for_update().filter(source=source, arn=arn).first()
    if topic is None or topic.state == SnsTopic.State.ENDED:
        return
    topic.state = SnsTopic.State.ENDED
    topic.sealed_address = sealing.seal(address.encode()).decode()
    topic.save()
    _record(topic, "sns_topic.ended", actor=timeline.SYSTEM, now=now)


def confirm(*, topic: SnsTopic, actor: User, now: datetime, fetch: Fetch = fetch) -> SnsTopic:
    """Confirm a topic: its address is asked once, and from then on its messages are read.

    Raises `Refused`: not_permitted, wrong_state (it is confirmed), not_reached (nothing is kept).
    See Note [Confirmed by a person].
    """
    demand_keeper("confirm", actor=actor, ref=topic.ref, what=WHAT)
    with transaction.atomic():
        row = SnsTopic.objects.select_for_update().get(pk=topic.pk)
        if row.state == SnsTopic.State.CONFIRMED:
            raise refuse("confirm", _confirmed(row), ref=row.ref)
        try:
            address = sealing.unseal(row.sealed_address.encode()).decode()
            sns.refuse_address(address)
            fetch(address, now)
        except (NotReached, Unreadable, sealing.Unreadable) as why:
            raise refuse("confirm", _not_reached(row, why), ref=row.ref) from None
        row.state = SnsTopic.State.CONFIRMED
        row.confirmed_at, row.confirmed_by = now, actor
        row.save()
        _record(row, "sns_topic.confirmed", actor=actor.username, now=now)
    return row


def is_confirmed(*, source: Source, arn: str) -> bool:
    """Whether messages of a topic are read."""
    state = SnsTopic.State.CONFIRMED
    return SnsTopic.objects.filter(source=source, arn=arn, state=state).exists()


def row_digests() -> Iterator[tuple[str, str]]:
    """(ref, digest) of every topic."""
    return ((one.ref, rows.digest(one)) for one in rows.streamed(SnsTopic.objects.all()))


def _confirmed(topic: SnsTopic) -> Reason:
    return Reason(
        code="wrong_state",
        message=f"{topic.arn} is confirmed already.",
        remedy="Nothing need be done.",
        source=topic.ref,
    )


def _not_reached(topic: SnsTopic, why: Exception) -> Reason:
    return Reason(
        code="not_reached",
        message=f"Amazon was not told: {why}",
        remedy="Try again; after three days have Amazon send the request once more.",
        source=topic.ref,
    )


def _record(topic: SnsTopic, verb: str, *, actor: str, now: datetime) -> None:
    timeline.record(
        subject=topic.ref,
        verb=verb,
        actor=actor,
        at=now,
        about=[topic.source.ref],
        data={
            "topic": topic.arn,
            "state": topic.state,
            "source": topic.source.slug,
            "row_digest": rows.digest(SnsTopic.objects.get(pk=topic.pk)),
        },
    )
