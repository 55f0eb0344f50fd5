"""Deployments seen by several are one; without leave they become changes that owe a review."""

from datetime import timedelta

import pytest

from catalog.models import User
from changes import sightings
from changes.models import DetectionRule, DoorMapping, SeenDeployment
from changes.queries import facts as gathered
from changes.queries import owed
from changes.states import State
from ledger.decision import Refused
from ledger.models import Letter
from tests.changes.sightings.told import SECONDS, SHA, found, judge, see
from tests.config.recorded import faults
from tests.living import (
    at,
    change_at,
    environment,
    events_of,
    fresh,
    incident,
    person,
    say,
    service,
    verbs_of,
)

pytestmark = pytest.mark.django_db


def test_a_deployment_without_leave_becomes_a_change_within_a_minute() -> None:
    for name in ("engineer", "owner"):
        User.objects.filter(username=name).update(email=f"{name}@example.org")
    see()
    assert judge(61 + 29 * SECONDS).state == "waiting"

    seen = judge(61 + 30 * SECONDS)

    (change,) = found()
    assert (seen.state, seen.change, seen.by) == ("unauthorised", change, "")
    assert (change.state, change.kind, change.author.username) == ("validating", "normal", "intake")
    assert (change.service.slug, change.environment.slug, change.revision) == (
        "refunds",
        "production",
        SHA,
    )
    assert (change.started_at, change.unauthorised_at) == (at(61), at(61.5))
    assert "octocat" in change.description
    assert change.source_url == "https://ci.example.org/7"
    assert verbs_of(change.ref) == ["change.created", "change.detected"]
    told = events_of(change.ref)[-1].data
    assert (told["from"], told["to"], told["seen"]["told"]) == ("planning", "validating", seen.told)
    letters = Letter.objects.filter(heading__startswith=f"{change.ref} went ahead without leave")
    assert sorted(letters.values_list("to__username", flat=True)) == ["engineer", "owner"]
    assert faults() == []


def test_it_owes_a_review_in_three_days_and_does_not_close_without() -> None:
    see()
    change = judge(62).change
    ends = {"outcome": "successful", "note": "It went well."}

    (duty,) = owed.of_change(change)
    assert (str(duty.owes), duty.due_at) == ("review", at(62) + timedelta(hours=72))
    with pytest.raises(Refused) as refused:
        say("close", change, minutes=70, **ends)
    assert refused.value.decision.codes == ("review_required",)
    with pytest.raises(Refused) as refused:
        say("review", change, by="stranger", minutes=70, text="Nothing to see.")
    assert refused.value.decision.codes == ("not_permitted",)

    say("review", change, by="owner", minutes=80, text="A script deployed it; it asks now.")
    say("close", change, minutes=90, **ends)

    assert fresh(change).state == State.CLOSED
    assert owed.of_change(fresh(change)) == []
    assert verbs_of(change.ref)[-2:] == ["change.reviewed", "change.closed"]


def test_while_the_review_is_late_the_service_waits() -> None:
    see()
    found_out = judge(62).change
    other = change_at(State.SCHEDULED)

    late = at(62) + timedelta(hours=72, seconds=1)
    known = gathered.of_change(change_id=other.pk, actor=person("engineer"), now=late)

    assert [(one.ref, one.owes) for one in known.overdue_reviews] == [(found_out.ref, "review")]


def test_two_who_tell_of_one_deployment_make_one_change() -> None:
    DoorMapping.objects.create(
        vendor="argo-cd", project="refunds", service=service(), environment=environment()
    )
    see()
    see(62, vendor="argo-cd", project="refunds", revision="4f1c2d9", by="")
    judge(63)
    again = see(64, status="success")
    judge(70)

    (seen,) = SeenDeployment.objects.all()
    assert again == seen
    assert [one["vendor"] for one in seen.told] == ["github", "argo-cd", "github"]
    assert len(found()) == 1


def test_the_tools_own_number_tells_a_deployment_however_long_it_takes() -> None:
    see(external_id="acme/refunds#7")
    see(61 + 300, status="success", external_id="acme/refunds#7")
    see(61 + 301, external_id="acme/refunds#8")

    assert [len(one.told) for one in SeenDeployment.objects.order_by("id")] == [2, 1]


@pytest.mark.parametrize(
    ("revision", "minutes", "count"),
    [(SHA, 90, 1), (SHA, 122, 2), ("5" + SHA[1:], 62, 2), ("4f1c2", 62, 2), ("", 62, 2)],
)
def test_another_revision_or_another_hour_is_another_deployment(revision, minutes, count) -> None:
    see()
    see(minutes, revision=revision)

    assert SeenDeployment.objects.count() == count


def test_the_rule_may_demand_a_permit_or_only_count() -> None:
    DetectionRule.objects.update(implementing_counts=False, is_active=False, grace=timedelta())
    change_at(State.IMPLEMENTING)
    see(70)

    seen = judge(70)

    assert (seen.state, seen.change, found()) == ("unauthorised", None, [])


def test_what_nobody_mapped_is_kept_until_somebody_does() -> None:
    for minutes in (61, 62):
        see(minutes, project="acme/unknown")
    judge(70)
    (seen,) = SeenDeployment.objects.all()
    assert (seen.state, seen.service, len(seen.told)) == ("unmapped", None, 2)

    assert sightings.map_anew(now=at(70), limit=9) == 0
    DoorMapping.objects.create(
        vendor="github", project="ACME/Unknown", service=service(), environment=environment()
    )
    assert sightings.map_anew(now=at(71), limit=9) == 1

    assert judge(71).state == "unauthorised"
    assert found()[0].started_at == at(61)


def test_a_cleared_or_unauthorised_change_is_no_leave_for_another() -> None:
    see(61)
    judge(62)
    see(62, revision="5" + SHA[1:])

    assert judge(64).state == "unauthorised"
    assert len(found()) == 2


def test_an_incident_changes_nothing_of_it() -> None:
    incident(1)
    see()

    assert judge(62).change.state == State.VALIDATING
