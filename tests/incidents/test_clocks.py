"""Clocks run, nag before and breach, each once."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from catalog.models import Membership, User
from catalog.roles import CHANGE_MANAGERS
from config import recorded_rows
from incidents import clocks, lifecycle
from incidents.models import IncidentClock, SeverityTarget
from ledger import timeline, verify
from ledger.models import Letter

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def told(ref: str) -> list[str]:
    verbs = timeline.events_of(subject=ref).values_list("verb", flat=True)
    return [verb.removeprefix("incident.") for verb in verbs if "due" in verb]


def running(incident) -> dict[str, timedelta]:
    return {row.kind: row.due_at - row.started_at for row in clocks.running(incident)}


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


@pytest.mark.parametrize(
    ("severity", "respond", "update"),
    [(1, 5, 30), (2, 15, 60), (3, 60, 240)],
)
def test_both_clocks_run_from_the_declaration(declared, severity, respond, update):
    incident = declared(severity=severity)

    assert running(incident) == {"respond": respond * MINUTE, "update": update * MINUTE}
    assert broken() == []


def test_an_answer_that_does_not_come_is_nagged_for_and_then_late_each_once(declared, oncall, now):
    User.objects.filter(pk=oncall.pk).update(email="oncall@example.com")
    manager = User.objects.create_user("manager", email="manager@example.com")
    manager.groups.add(Group.objects.get_or_create(name=CHANGE_MANAGERS)[0])
    ref = declared().ref

    counts = [clocks.tick(now=now + minutes * MINUTE, limit=9) for minutes in (2, 3, 4, 5, 6)]

    assert counts == [0, 1, 0, 1, 0]
    assert told(ref) == ["response_due_soon", "response_overdue"]
    letters = Letter.objects.order_by("id").values_list("to__username", "heading")
    soon = f"SEV-1 {ref}: an answer is due soon: Payments fail"
    late = f"SEV-1 {ref}: an answer is overdue: Payments fail"
    assert list(letters) == [("oncall", soon), ("manager", late), ("oncall", late)]
    assert clocks.late() == 1
    assert broken() == []


def test_acknowledging_stops_the_first_clock_and_resolving_the_second(declared, oncall, now):
    incident = declared()
    lifecycle.acknowledge(ref=incident.ref, actor=oncall, now=now + MINUTE)
    assert list(running(incident)) == ["update"]

    lifecycle.resolve(ref=incident.ref, actor=oncall, now=now + 2 * MINUTE)
    assert list(running(incident)) == ["postmortem"]
    assert clocks.tick(now=now + timedelta(days=5), limit=9) == 0

    lifecycle.reopen(ref=incident.ref, actor=oncall, now=now + 3 * MINUTE, note="Again.")
    assert running(incident) == {"update": 30 * MINUTE, "postmortem": timedelta(days=7)}
    assert broken() == []


def test_a_published_update_starts_the_next_or_the_promised_one(declared, oncall, now):
    incident = declared()
    lifecycle.acknowledge(ref=incident.ref, actor=oncall, now=now)

    lifecycle.updated(ref=incident.ref, actor=oncall, now=now + 9 * MINUTE)
    assert running(incident) == {"update": 30 * MINUTE}

    lifecycle.updated(
        ref=incident.ref, actor=oncall, now=now + 9 * MINUTE, next_update_at=now + 19 * MINUTE
    )
    assert running(incident) == {"update": 10 * MINUTE}
    assert clocks.tick(now=now + 20 * MINUTE, limit=9) == 1
    assert told(incident.ref) == ["update_overdue"]
    assert IncidentClock.objects.filter(kind="update").count() == 3


def test_a_nag_nobody_could_send_is_left_out_once_it_is_late(declared, now):
    ref = declared().ref

    assert clocks.tick(now=now + 31 * MINUTE, limit=9) == 2
    assert told(ref) == ["response_overdue", "update_overdue"]


def test_a_worse_severity_counts_from_now_and_a_milder_one_from_the_start(declared, oncall, now):
    incident = declared(severity=3)
    say = {"ref": incident.ref, "actor": oncall, "reason": "Everybody is hit."}

    lifecycle.set_severity(severity=1, now=now + 30 * MINUTE, **say)
    due = {row.kind: row.due_at for row in clocks.running(incident)}
    assert due == {"respond": now + 35 * MINUTE, "update": now + 60 * MINUTE}

    lifecycle.set_severity(severity=2, now=now + 31 * MINUTE, **say)
    due = {row.kind: row.due_at for row in clocks.running(incident)}
    assert due == {"respond": now + 45 * MINUTE, "update": now + 90 * MINUTE}
    assert broken() == []


def test_a_severity_without_a_target_has_no_clocks(declared):
    SeverityTarget.objects.all().delete()

    assert running(declared()) == {}


def test_the_owner_team_hears_of_it_too(declared, checkout, now):
    member = User.objects.create_user("member", email="member@example.com")
    Membership.objects.create(team=checkout.owner_team, user=member)
    declared()

    clocks.tick(now=now + 3 * MINUTE, limit=9)

    assert [letter.to for letter in Letter.objects.all()] == [member]


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_of_each_clock_once(declared, now):
    refs = [declared().ref for _ in range(6)]
    together, counts = threading.Barrier(2), []

    def work() -> None:
        together.wait()
        counts.append(clocks.tick(now=now + 5 * MINUTE, limit=50))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts.append(clocks.tick(now=now + 5 * MINUTE, limit=50))

    assert sum(counts) == 6
    assert [told(ref) for ref in refs] == [["response_overdue"]] * 6
