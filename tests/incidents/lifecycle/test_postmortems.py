"""A postmortem that is owed is nagged for until somebody says where it stands."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from catalog.models import Membership, User
from catalog.roles import CHANGE_MANAGERS
from config import recorded_rows
from incidents import clocks, lifecycle
from incidents.models import Incident, PostmortemDuty
from incidents.queries import room
from ledger import timeline, verify
from ledger.decision import Refused
from ledger.models import Letter

pytestmark = pytest.mark.django_db
Declared = Callable[..., Incident]
DAY = timedelta(days=1)
PLACE = "https://wiki.example.org/inc-7"


@pytest.fixture
def owing(declared: Declared, oncall: User, now: datetime) -> Incident:
    """A SEV-1 with a commander, resolved on a Friday: its postmortem is due on the next."""
    incident = declared()
    lifecycle.assign_commander(ref=incident.ref, commander=oncall, actor=oncall, now=now)
    return lifecycle.resolve(ref=incident.ref, actor=oncall, now=now)


def nags(ref: str) -> list[str]:
    verbs = timeline.events_of(subject=ref).values_list("verb", flat=True)
    return [verb.partition(".")[2] for verb in verbs if "postmortem" in verb]


def broken() -> list[str]:
    seen = verify.Seen(lambda seen: None)
    return [fault.message for fault in verify.faults(rows=recorded_rows.ROWS, seen=seen)]


def test_it_is_nagged_for_a_day_before_and_when_it_is_late_each_once(
    owing: Incident, oncall: User, now: datetime
):
    User.objects.filter(pk=oncall.pk).update(email="oncall@example.com")
    member = User.objects.create_user("member", email="member@example.com")
    Membership.objects.create(team=owing.service.owner_team, user=member)
    manager = User.objects.create_user("manager", email="manager@example.com")
    manager.groups.add(Group.objects.get_or_create(name=CHANGE_MANAGERS)[0])

    counts = [clocks.tick(now=now + days * DAY, limit=9) for days in (5.9, 6, 6.5, 7, 8)]

    assert counts == [0, 1, 0, 1, 0]
    assert nags(owing.ref) == ["postmortem_due_soon", "postmortem_overdue"]
    soon = f"SEV-1 {owing.ref}: its postmortem is due soon: Payments fail"
    late = f"SEV-1 {owing.ref}: its postmortem is overdue: Payments fail"
    assert list(Letter.objects.order_by("id").values_list("to__username", "heading")) == [
        ("member", soon),
        ("oncall", soon),
        ("manager", late),
        ("member", late),
        ("oncall", late),
    ]
    assert "Nobody has said where its postmortem stands. It was due Fri 27 Nov" in (
        Letter.objects.latest("id").words
    )
    assert broken() == []


def test_saying_where_it_stands_ends_the_nagging_and_may_be_corrected(
    owing: Incident, oncall: User, now: datetime
):
    for address in (PLACE, PLACE, f"{PLACE}-2"):
        lifecycle.write_postmortem(ref=owing.ref, address=address, actor=oncall, now=now + DAY)

    duty = PostmortemDuty.objects.get()
    assert (duty.address, duty.written_by, duty.written_at) == (f"{PLACE}-2", oncall, now + DAY)
    assert clocks.tick(now=now + 30 * DAY, limit=9) == 0
    assert nags(owing.ref) == ["postmortem_written", "postmortem_written"]
    assert room.owed_postmortems(limit=9) == []
    assert broken() == []


@pytest.mark.parametrize("address", ["", "wiki", "javascript:alert(1)", f"{PLACE}/{'x' * 500}"])
def test_what_is_no_address_is_refused(owing: Incident, address: str, oncall: User, now: datetime):
    with pytest.raises(ValidationError) as wrong:
        lifecycle.write_postmortem(ref=owing.ref, address=address, actor=oncall, now=now)

    assert list(wrong.value.message_dict) == ["address"]
    assert PostmortemDuty.objects.get().address == ""


@pytest.mark.parametrize(
    ("who", "severity", "ends", "code"),
    [
        ("oncall", 3, True, "nothing_owed"),
        ("oncall", 1, False, "wrong_state"),
        ("stranger", 1, True, "not_permitted"),
    ],
)
def test_it_is_refused_to_strangers_and_where_nothing_is_owed(
    who: str, severity: int, ends: bool, code: str, declared: Declared, oncall: User, now: datetime
):
    actor = oncall if who == "oncall" else User.objects.create_user(who)
    ref = declared(severity=severity).ref
    if ends:
        lifecycle.resolve(ref=ref, actor=oncall, now=now)

    with pytest.raises(Refused) as refused:
        lifecycle.write_postmortem(ref=ref, address=PLACE, actor=actor, now=now)

    assert refused.value.decision.codes == (code,)


def test_one_that_is_merged_owes_nothing_any_more(
    owing: Incident, declared: Declared, oncall: User, now: datetime
):
    into = declared(title="All fails")

    lifecycle.merge(ref=owing.ref, into=into.ref, actor=oncall, now=now, note="")

    assert clocks.running(owing) == []
    assert room.owed_postmortems(limit=9) == []
    assert broken() == []


def test_another_severity_leaves_its_day(owing: Incident, oncall: User, now: datetime):
    lifecycle.set_severity(
        ref=owing.ref, severity=2, reason="Half of them.", actor=oncall, now=now + DAY
    )

    (clock,) = clocks.running(owing)
    assert (clock.kind, clock.due_at) == ("postmortem", now + 7 * DAY)
