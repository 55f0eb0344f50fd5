"""Updates: drafted from how an incident stands, published for the house or for everybody."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from catalog.models import User
from config import recorded_rows
from incidents import lifecycle, updates
from incidents.models import Component, Incident, Notice, Update
from ledger import timeline, verify
from ledger.decision import Refused
from ledger.models import Event
from tests import living
from tests.living import at, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident() -> Incident:
    living.settle()
    cards = Component.objects.create(slug="cards", name="Card payments")
    cards.services.add(living.service("refunds"))
    Component.objects.create(slug="hidden", name="Hidden", is_shown=False)
    return living.incident(2, minutes=0)


def publish(incident, *, minutes=5, by="oncall", **given):
    words = {"status": "investigating", "message": "We are on it."}
    return updates.publish(ref=incident.ref, actor=person(by), now=at(minutes), **(words | given))


def test_a_draft_is_prefilled_from_how_the_incident_stands(incident):
    draft = updates.draft(incident, now=at(5))

    assert draft.status == "investigating"
    assert draft.message == (
        "We are looking into a problem with Card payments. Next update by 10:05 UTC."
    )
    assert (draft.title, draft.components) == ("Problem with Card payments", ("cards",))
    assert draft.next_update_at == at(65)


@pytest.mark.parametrize(
    ("verb", "status", "promised"),
    [("mitigate", "monitoring", True), ("resolve", "resolved", False)],
)
def test_the_draft_follows_the_state(incident, verb, status, promised):
    getattr(lifecycle, verb)(ref=incident.ref, actor=person("oncall"), now=at(5))

    draft = updates.draft(Incident.objects.get(), now=at(6))

    assert (draft.status, draft.next_update_at is not None) == (status, promised)


def test_what_was_identified_is_not_taken_back(incident):
    publish(incident, status="identified")

    assert updates.draft(incident, now=at(6)).status == "identified"


def test_an_update_for_the_house_stays_inside(incident):
    update = publish(incident, next_update_at=at(65))

    told = timeline.events_of(subject=incident.ref).last()
    assert (told.verb, told.actor) == ("incident.update_published", "oncall")
    assert (told.data["status"], told.data["public"]) == ("investigating", False)
    assert "title" not in told.data
    assert update.ref in told.data["rows"]
    assert Notice.objects.count() == 0


def test_a_public_update_has_a_title_of_its_own(incident):
    publish(incident, public=True, message="Cards fail.")

    notice = Notice.objects.get()
    assert (notice.title, notice.health) == ("Problem with Card payments", "partial_outage")
    assert [one.slug for one in notice.components.all()] == ["cards"]
    told = timeline.events_of(subject=incident.ref).last()
    assert told.data["title"] == "Problem with Card payments"
    assert incident.title not in str(told.data)


def test_the_last_public_update_resolves_the_notice(incident):
    publish(incident, public=True)
    publish(incident, minutes=9, public=True, status="resolved", next_update_at=at(70))

    assert Notice.objects.get().resolved_at == at(9)
    assert Update.objects.latest("id").next_update_at is None


def test_the_next_update_is_due_as_promised_or_by_severity(incident):
    assert updates.due_at(incident) == at(60)
    publish(incident)
    assert updates.due_at(incident) == at(65)
    publish(incident, minutes=6, next_update_at=at(20))
    assert updates.due_at(incident) == at(20)
    lifecycle.resolve(ref=incident.ref, actor=person("oncall"), now=at(30))
    assert updates.due_at(Incident.objects.get()) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"status": "fixed"}, "status"),
        ({"message": "  "}, "message"),
        ({"next_update_at": at(5)}, "next_update_at"),
        ({"public": True, "components": ["hidden"]}, "components"),
        ({"public": True, "title": "x" * 201}, "title"),
    ],
)
def test_a_wrong_update_leaves_nothing(incident, given, field):
    before = Event.objects.count()

    with pytest.raises(ValidationError) as wrong:
        publish(incident, **given)

    assert field in wrong.value.message_dict
    assert (Event.objects.count(), Update.objects.count(), Notice.objects.count()) == (before, 0, 0)


@pytest.mark.parametrize("who", ["stranger", "auditor", "ci"])
def test_only_who_answers_the_incident_publishes(incident, who):
    before = Event.objects.count()

    with pytest.raises(Refused) as refused:
        publish(incident, by=who)

    assert refused.value.decision.codes == ("not_permitted",)
    assert (Event.objects.count(), Update.objects.count()) == (before, 0)
    assert User.objects.filter(username=who).exists()


def test_an_update_that_was_edited_in_sql_is_named(incident):
    update = publish(incident, public=True)
    mine = [one for one in recorded_rows.KEPT if one.kind == "updates of incidents"]

    def faults():
        seen = verify.Seen(lambda seen: None)
        named = [fault.ref for fault in verify.faults(rows=mine, seen=seen)]
        return [ref for ref in named if "update" in ref or "notice" in ref]

    Update.objects.update(subscribers_told_at=at(9))
    assert faults() == []
    Update.objects.update(message="All is well.")
    Notice.objects.get().components.clear()

    assert sorted(faults()) == [f"{incident.ref} notice", update.ref]
    assert update.published_at + timedelta(minutes=4) == at(9)
