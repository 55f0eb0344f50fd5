"""Saying what a change has to do with an incident, and what follows from it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from changes import incident_links, standards, track_records
from changes.incident_links import Said
from changes.models import Change, IncidentLink, Template, TrackRecord
from changes.queries import incident_links as rows
from changes.states import State
from config.recorded_rows import ROWS
from incidents import lifecycle as incidents
from incidents.models import Incident
from ledger import verify
from ledger.decision import Refused
from tests.changes.standards.earned import SLUG, published, used
from tests.living import at, change_at, events_of, incident, person, service

pytestmark = pytest.mark.usefixtures("settled")
WEEK = 7 * 24 * 60


def say(
    change: Change,
    broken: Incident,
    relation: str = "caused",
    *,
    by: str = "oncall",
    note: str = "Errors began with it.",
    certainty: str = "",
    minutes: float = 300,
) -> IncidentLink:
    said = Said(change.ref, broken.ref, relation, certainty, note)
    return incident_links.link(said, actor=person(by), now=at(minutes))


def followed(*, minutes: float) -> dict[str, int]:
    """How many changes of each subject an incident is held against."""
    track_records.count(now=at(minutes))
    return dict(TrackRecord.objects.values_list("subject", "followed"))


def test_a_suspicion_becomes_a_cause_and_both_stay_on_the_timelines():
    change = change_at(State.IMPLEMENTING)
    broken = incident(2, minutes=100)

    say(change, broken, "suspect", note="", minutes=110)
    row = say(change, broken, minutes=120)

    assert IncidentLink.objects.count() == 1
    assert (row.relation, row.certainty, row.decider, row.decided_at) == (
        "caused",
        "certain",
        "oncall",
        at(120),
    )
    said = [one.data for one in events_of(broken.ref) if one.verb == "incident.linked"]
    assert [(one["before"], one["relation"], one["certainty"]) for one in said] == [
        (None, "suspect", "possible"),
        ("suspect", "caused", "certain"),
    ]
    assert all(change.ref in one.about for one in events_of(broken.ref)[1:])
    assert list(verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))) == []


def test_saying_it_again_writes_nothing():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)
    say(change, broken)
    before = len(events_of(broken.ref))

    say(change, broken, minutes=400)

    assert len(events_of(broken.ref)) == before


def test_a_change_may_have_caused_an_incident_and_mend_it():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)

    say(change, broken)
    say(change, broken, "mitigated_by", note="")

    assert [one.relation for one in rows.of_incident(broken.pk)] == ["caused", "mitigated_by"]
    assert {one.relation for one in rows.of_change(change.pk)} == {"caused", "mitigated_by"}


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"relation": "broke"}, "relation"),
        ({"certainty": "sure"}, "certainty"),
        ({"note": " "}, "note"),
        ({"relation": "dismissed", "note": ""}, "note"),
    ],
)
def test_wrong_words_are_named_and_nothing_is_written(words, field):
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)

    with pytest.raises(ValidationError) as wrong:
        say(change, broken, **words)

    assert list(wrong.value.message_dict) == [field]
    assert IncidentLink.objects.count() == 0


def test_a_change_that_started_later_is_refused_with_both_times():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=59)

    with pytest.raises(Refused) as refused:
        say(change, broken)

    assert [one.message for one in refused.value.decision.reasons] == [
        f"{change.ref} started Wed 18 Nov 10:00 UTC, after {broken.ref} began "
        "(Wed 18 Nov 09:59 UTC): it cannot have caused it."
    ]


def test_the_database_lets_nobody_but_a_person_name_a_cause():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)
    row = say(change, broken)

    with pytest.raises(IntegrityError, match="person_decides"), transaction.atomic():
        IncidentLink.objects.filter(pk=row.pk).update(decided_by=None)


def test_a_row_changed_behind_our_back_is_named():
    row = say(change_at(State.IMPLEMENTING), incident(2, minutes=100))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE changes_incidentlink SET relation = 'dismissed'")

    assert [
        one.ref for one in verify.faults(rows=ROWS, seen=verify.Seen(lambda progress: None))
    ] == [row.ref]


def test_what_is_dismissed_no_longer_counts_against_a_change():
    change, broken = change_at(State.CLOSED), incident(2, minutes=100)
    assert followed(minutes=300)["organisation"] == 1

    say(change, broken, "dismissed", note="The network was down.", minutes=310)

    assert followed(minutes=320)["organisation"] == 0


def test_what_started_after_it_began_does_not_count_though_it_was_declared_later():
    change_at(State.CLOSED)
    incidents.declare(
        title="Refunds fail",
        service=service(),
        severity=2,
        actor=person("oncall"),
        now=at(100),
        onset_at=at(59),
    )

    assert followed(minutes=300)["organisation"] == 0


def test_once_a_cause_is_named_it_counts_alone_and_at_any_distance():
    near = change_at(State.CLOSED)
    far = change_at(State.CLOSED, service=service("payments-api"))
    broken = incident(2, minutes=WEEK)
    after = WEEK + 200

    assert followed(minutes=after)["organisation"] == 0
    say(far, broken, minutes=after)

    counted = followed(minutes=after + 10)
    assert (counted[f"service:{far.service_id}"], counted[f"service:{near.service_id}"]) == (1, 0)
    track_records.rebuild(now=at(after + 20))
    assert dict(TrackRecord.objects.values_list("subject", "followed")) == counted


def test_a_template_is_suspended_at_once_when_a_use_is_named_the_cause():
    use = used(published(), "successful")
    broken = incident(1, minutes=WEEK)
    assert standards.judge_all(now=at(WEEK + 10), limit=10) == 0

    say(use, broken, minutes=WEEK + 20)

    row = Template.objects.get(slug=SLUG)
    assert (row.state, row.suspension) == (
        "suspended",
        f"{use.ref} caused SEV-1 {broken.ref}.",
    )


def test_a_template_stays_where_the_cause_was_another_change():
    other = change_at(State.IMPLEMENTING)
    used(published(), "successful")
    broken = incident(1, minutes=200)
    say(other, broken, minutes=210)

    assert standards.judge_all(now=at(220), limit=10) == 0
    assert Template.objects.get(slug=SLUG).state == "published"


def test_what_was_said_of_a_merged_incident_is_read_with_the_other():
    change = change_at(State.IMPLEMENTING)
    one, other = incident(minutes=80), incident(minutes=80)
    said = Said(change=change.ref, incident=other.ref, relation="suspect")
    row = incident_links.link(said, actor=person("oncall"), now=at(81))

    incidents.merge(ref=other.ref, into=one.ref, actor=person("oncall"), now=at(82))

    assert rows.of_incident(one.pk) == [row]
