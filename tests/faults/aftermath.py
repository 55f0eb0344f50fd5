"""What became of a storm: every alert is kept once, and everybody heard of it, in order."""

import time
from collections import Counter

from django.db.models import Count

from incidents.models import Alert, AlertOccurrence, Incident
from ledger.models import Delivery, Event, Message
from tests.faults import storm
from tests.faults.receivers import Receivers
from tests.faults.storm import Sent

HOW_OFTEN_SECONDS = 0.3


def await_quiet(*, seconds: float) -> float:
    """Wait until nothing is left to be read or sent but to who hangs; answers how long it took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds and not _is_quiet():
        time.sleep(HOW_OFTEN_SECONDS)
    return time.monotonic() - began


def _is_quiet() -> bool:
    read = Message.objects.filter(state__in=["pending", "failed"])
    return not read.exists() and not _on_their_way().exists()


def _on_their_way():  # type: ignore[no-untyped-def]
    pending = Delivery.objects.filter(status=Delivery.Status.PENDING)
    return pending.exclude(subscription__name=storm.CHAT)


def faults(sent: Sent, receivers: Receivers) -> list[str]:
    """A sentence for everything that must not be; none is as it should be."""
    subjects = [
        f"INC-{number}"
        for number in Incident.objects.filter(service__slug__startswith="storm-").values_list(
            "id", flat=True
        )
    ]
    return [
        *_wrong_messages(),
        *_wrong_alerts(sent),
        *_wrong_incidents(),
        *_wrong_deliveries(subjects),
        *_wrong_hooks(receivers, subjects),
        *_wrong_pages(receivers, subjects),
    ]


def _wrong_messages() -> list[str]:
    states = Counter(
        Message.objects.filter(source__slug=storm.SOURCE).values_list("state", flat=True)
    )
    return [f"{count} messages are {state}" for state, count in states.items() if state != "done"]


def _wrong_alerts(sent: Sent) -> list[str]:
    """Every alert that was taken is there, fired once and has ended."""
    told = {f"{group}-{one}" for group, count in sent.alerts.items() for one in range(count)}
    kept = Alert.objects.filter(source=storm.SOURCE)
    rows = dict(kept.values_list("key", "state"))
    twice = AlertOccurrence.objects.filter(alert__source=storm.SOURCE).values("alert")
    checks = {
        f"{len(told - set(rows))} alerts of {len(told)} were lost": not told <= set(rows),
        f"{len(set(rows) - told)} alerts were invented": not set(rows) <= told,
        "alerts fire still": set(rows.values()) != {"resolved"},
        "firings were kept twice": twice.annotate(times=Count("id")).filter(times__gt=1).exists(),
    }
    return [sentence for sentence, wrong in checks.items() if wrong]


def _wrong_incidents() -> list[str]:
    """One for each group, over by now, of its own alerts alone."""
    found = Incident.objects.filter(service__slug__startswith="storm-")
    by_service = Counter(found.values_list("service__slug", flat=True))
    strangers = Alert.objects.filter(source=storm.SOURCE, incident__isnull=False)
    foreign = [
        one
        for one in strangers.values_list("labels__service", "incident__service__slug")
        if one[0] != one[1]
    ]
    checks = {
        f"incidents by service: {dict(by_service)}": set(by_service.values()) != {1}
        or len(by_service) != storm.GROUPS,
        "incidents are not resolved": found.exclude(state="resolved").exists(),
        f"{len(foreign)} alerts are of another's incident": bool(foreign),
    }
    return [sentence for sentence, wrong in checks.items() if wrong]


def _wrong_deliveries(subjects: list[str]) -> list[str]:
    """Each event has a row for each receiver, and none was given up or left."""
    events = Event.objects.filter(subject__in=subjects, verb__startswith="incident.").count()
    names = (*storm.HOOKS, storm.PAGER, storm.CHAT)
    rows = Delivery.objects.filter(
        subject__in=subjects,
        subscription__name__in=names,
        event__verb__startswith="incident.",
    )
    given_up = rows.filter(status=Delivery.Status.FAILED).count()
    left = _on_their_way().count()
    checks = {
        f"{rows.count()} deliveries for {events} events": rows.count() != events * len(names),
        f"{given_up} deliveries were given up": given_up > 0,
        f"{left} deliveries are still on their way": left > 0,
    }
    return [sentence for sentence, wrong in checks.items() if wrong]


def _wrong_hooks(receivers: Receivers, subjects: list[str]) -> list[str]:
    """What was taken is what happened, all of it, in the order in which it did."""
    wrong = []
    for subject in subjects:
        events = Event.objects.filter(subject=subject, verb__startswith="incident.")
        happened = list(events.order_by("position").values_list("digest", flat=True))
        for name in storm.HOOKS:
            told = receivers.told(name, subject)
            if told != happened:
                words = [receivers.verbs[one] for one in told]
                wrong.append(f"{name} was told of {subject}: {words}")
    return wrong


def _wrong_pages(receivers: Receivers, subjects: list[str]) -> list[str]:
    """Who was paged is told that it is over, and of nothing after that."""
    wrong = []
    for subject in subjects:
        told = receivers.told("v2", f"tidegate-{subject}")
        if told not in (["trigger", "resolve"], ["resolve"]):
            wrong.append(f"the pager was told of {subject}: {told}")
    return wrong
