"""Merging, duplicates and splitting: alerts and tasks follow, refs keep leading somewhere."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from catalog.models import Service, User
from config import recorded_rows
from incidents import alerts, clocks, lifecycle, queries
from incidents.models import Alert, AlertRoute, IncidentTask
from incidents.queries import room
from incidents.signals import Said, Signal
from ledger import timeline, verify
from ledger.decision import Refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def told(ref: str) -> tuple[str, dict]:
    event = timeline.events_of(subject=ref).latest("position")
    hidden = ("row_digest", "rows")
    return event.verb, {name: one for name, one in event.data.items() if name not in hidden}


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


@pytest.fixture
def alert(checkout):
    """An alert that fires, part of an incident."""
    AlertRoute.objects.get_or_create(name="All", defaults={"service": checkout, "order": 1})

    def fire(incident, key, now) -> Alert:
        signal = Signal(key=key, said=Said.FIRING, title=key, started_at=now, severity=2)
        alerts.take([signal], source="tests", now=now)
        Alert.objects.filter(key=key).update(incident=incident)
        return Alert.objects.get(key=key)

    return fire


def test_a_merged_incident_leads_to_the_other_and_hands_over_what_is_its(
    declared, alert, oncall, now
):
    later, first = declared(title="Cards fail"), declared(onset_at=now - HOUR, now=now)
    alert(first, "5xx", now)
    say = {"actor": oncall, "now": now}
    lifecycle.add_task(ref=later.ref, title="Page the bank", **say)
    lifecycle.add_task(ref=first.ref, title="Look at the pool", **say)

    target = lifecycle.merge(ref=first.ref, into=later.ref, note="Same pool.", **say)

    gone = queries.by_ref(first.ref)
    assert (gone.state, gone.folded_into, gone.folded_as) == ("closed", later, "merged")
    assert gone.closing_note == f"It is part of {later.ref}. Same pool."
    assert target == later
    assert queries.by_ref(later.ref).onset_at == now - HOUR
    assert Alert.objects.get().incident == later
    tasks = IncidentTask.objects.filter(incident=later).values_list("number", "title")
    assert list(tasks) == [(1, "Page the bank"), (2, "Look at the pool")]
    assert clocks.running(gone) == []
    what = {"as": "merged", "alerts": 1, "tasks": 1, "note": "Same pool."}
    assert told(first.ref) == ("incident.merged", {"into": later.ref, **what})
    assert told(later.ref) == ("incident.took_in", {"other": first.ref, **what})
    assert broken() == []


def test_a_duplicate_is_reopened_when_it_was_none(declared, oncall, now):
    one, other = declared(), declared()
    lifecycle.mark_duplicate(ref=other.ref, of=one.ref, actor=oncall, now=now)
    with pytest.raises(Refused, match=f"Go on in {one.ref}"):
        lifecycle.acknowledge(ref=other.ref, actor=oncall, now=now)

    lifecycle.reopen(ref=other.ref, note="It is another trouble.", actor=oncall, now=now)

    row = queries.by_ref(other.ref)
    assert (row.state, row.folded_into, row.folded_as) == ("acknowledged", None, "")
    assert broken() == []


def test_what_was_held_stays_held_by_the_incident_that_goes_on(declared, oncall, checkout, now):
    team = checkout.owner_team
    search, mail, left = (
        Service.objects.create(slug=slug, name=slug, owner_team=team)
        for slug in ("search", "mail", "left")
    )
    say = {"actor": oncall, "now": now}
    gone = declared(service=search, affected=[mail, left, checkout], severity=1)
    lifecycle.affect(ref=gone.ref, service=left, affected=False, **say)
    into = declared(severity=3)

    target = lifecycle.merge(ref=gone.ref, into=into.ref, **say)

    assert (target.pk, target.severity) == (into.pk, 1)
    assert [one.slug for one in room.affected(target)] == ["checkout", "search", "mail"]
    events = {one.verb: one.data for one in timeline.events_of(subject=into.ref)}
    assert events["incident.took_in"]["services"] == ["search", "mail"]
    assert events["incident.severity_changed"]["note"] == (
        f"{gone.ref}, which is part of it now, was SEV-1."
    )
    assert broken() == []
    lifecycle.merge(ref=declared(service=mail, severity=4).ref, into=into.ref, **say)
    assert told(into.ref)[1].get("services") is None
    assert queries.by_ref(into.ref).severity == 1


@pytest.mark.django_db(transaction=True)
def test_two_that_merge_each_into_the_other_at_once_leave_one(declared, oncall, now):
    one, other = declared(), declared()
    start, outcomes = threading.Barrier(2), []

    def fold(ref: str, into: str) -> None:
        try:
            start.wait()
            lifecycle.merge(ref=ref, into=into, actor=oncall, now=now)
            outcomes.append("merged")
        except Refused as refused:
            outcomes.append(refused.decision.codes[0])
        finally:
            connections.close_all()

    pairs = ((one.ref, other.ref), (other.ref, one.ref))
    threads = [threading.Thread(target=fold, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["merged", "wrong_state"]
    assert sorted(queries.by_ref(ref).state for ref in (one.ref, other.ref)) == [
        "closed",
        "declared",
    ]


def test_a_stranger_splits_merges_and_marks_nothing(declared, alert, now):
    one, other = declared(), declared()
    part = lifecycle.Part(alerts=[alert(one, "5xx", now).pk])
    say = {"actor": _stranger(), "now": now}

    for wanted in (
        lambda: lifecycle.split(ref=one.ref, title="Mine", part=part, **say),
        lambda: lifecycle.merge(ref=one.ref, into=other.ref, **say),
        lambda: lifecycle.mark_duplicate(ref=one.ref, of=other.ref, **say),
    ):
        with pytest.raises(Refused) as refused:
            wanted()
        assert refused.value.decision.codes[0] == "not_permitted"
    assert {one.state for one in queries.shown()} == {"declared"}
    assert Alert.objects.get().incident == one


def test_what_cannot_be_merged_is_refused_and_changes_nothing(declared, oncall, now):
    one, closed = declared(), declared()
    lifecycle.close(ref=closed.ref, note="Over.", actor=oncall, now=now)
    say = {"actor": oncall, "now": now}

    with pytest.raises(ValidationError, match="another incident"):
        lifecycle.merge(ref=one.ref, into=one.ref, **say)
    with pytest.raises(ValidationError, match="There is no incident INC-999"):
        lifecycle.merge(ref=one.ref, into="INC-999999", **say)
    with pytest.raises(Refused):
        lifecycle.merge(ref=one.ref, into=closed.ref, **say)
    with pytest.raises(Refused):
        lifecycle.merge(ref=one.ref, into=declared().ref, actor=_stranger(), now=now)
    assert queries.by_ref(one.ref).state == "declared"


def test_a_part_is_split_off_as_an_incident_of_its_own(declared, alert, oncall, now):
    first = declared(severity=2)
    stays, goes = alert(first, "5xx", now), alert(first, "disk", now)
    for title in ("Look at the pool", "Grow the disk"):
        lifecycle.add_task(ref=first.ref, title=title, actor=oncall, now=now)

    second = lifecycle.split(
        ref=first.ref,
        title="The disk fills",
        part=lifecycle.Part(alerts=[goes.pk], tasks=[2]),
        actor=oncall,
        now=now,
    )

    assert (second.split_from, second.severity, second.state) == (first, 2, "declared")
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (stays.incident, goes.incident) == (first, second)
    assert list(IncidentTask.objects.values_list("incident", "number", "title")) == [
        (first.pk, 1, "Look at the pool"),
        (second.pk, 1, "Grow the disk"),
    ]
    assert told(first.ref) == ("incident.split", {"into": second.ref, "alerts": 1, "tasks": 1})
    assert told(second.ref)[0] == "incident.split_off"
    assert broken() == []


def test_nothing_is_split_off_that_is_not_there(declared, oncall, now):
    ref = declared().ref
    say = {"ref": ref, "title": "Other", "actor": oncall, "now": now}

    with pytest.raises(ValidationError, match="has no task 1"):
        lifecycle.split(**say, part=lifecycle.Part(tasks=[1]))
    with pytest.raises(ValidationError, match="has no alert 1"):
        lifecycle.split(**say, part=lifecycle.Part(alerts=[1]))
    assert queries.shown().count() == 1


def _stranger() -> User:
    return User.objects.create_user("stranger")
