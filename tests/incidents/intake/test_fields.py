"""Any JSON is read by paths, and what is not found is named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.intake import fields
from incidents.models import SignalMapping
from incidents.signals import Link, Said, Signal
from ledger.inbox import Unreadable

AT = datetime(2026, 11, 20, 22, 10, tzinfo=UTC)
TOLD = {
    "alert": {"id": 7, "name": "Queue is full", "tags": {"team": "pay", "n": 3}},
    "state": "Boom",
    "level": "loud",
    "places": [{"svc": "checkout"}, {"svc": "refunds"}],
    "began": "2026-11-20T22:00:00Z",
    "a/b": {"m~n": "x"},
    "url": "https://tool.example/7",
}


def mapping(**given: Any) -> SignalMapping:
    return SignalMapping(**({"key": "alert.id", "title": "alert.name"} | given))


def read(told: Any = TOLD, **given: Any) -> fields.Read:
    return fields.read(mapping(**given), told, received_at=AT)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("alert.id", 7),
        ("$.alert.id", 7),
        ("/alert/id", 7),
        ("places.1.svc", "refunds"),
        ("/places/0/svc", "checkout"),
        ("/a~1b/m~0n", "x"),
        ("=always this", "always this"),
        ("$", TOLD),
        ("places.2.svc", None),
        ("places.-1.svc", None),
        ("places.9999999999.svc", None),
        ("places.²", None),
        ("alert.id.more", None),
        ("nothing", None),
    ],
)
def test_a_path_leads_to_what_is_there_or_nowhere(path, found):
    assert fields.find(TOLD, path) == found


def test_each_field_is_read_from_its_path():
    found = read(
        status="state",
        severity="level",
        severity_words="loud = 2\nquiet = 4",
        service="places.0.svc",
        environment="=production",
        group="/a~1b/m~0n",
        started_at="began",
        link="url",
        labels="alert.tags",
        body="alert.name",
    )

    assert (found.missed, found.signals) == (
        [],
        [
            Signal(
                key="7",
                said=Said.FIRING,
                title="Queue is full",
                started_at=AT - timedelta(minutes=10),
                severity=2,
                severity_word="loud",
                body="Queue is full",
                service="checkout",
                environment="production",
                group="x",
                labels={"team": "pay", "n": "3"},
                links=(Link("https://tool.example/7", "link"),),
            )
        ],
    )


def test_without_a_status_each_message_tells_of_something_once():
    assert read().signals[0].said is Said.STATELESS


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Resolved", Said.RESOLVED),
        ("OK", Said.RESOLVED),
        ("acknowledged", Said.ACKNOWLEDGED),
        ("anything", Said.FIRING),
        (True, Said.FIRING),
        (1, Said.FIRING),
    ],
)
def test_words_of_the_status_say_what_it_is(word, said):
    signal = read({**TOLD, "state": word}, status="state").signals[0]

    assert signal.said is said
    assert signal.ended_at == (AT if said is Said.RESOLVED else None)


def test_a_list_of_alerts_is_read_one_by_one():
    told = {"alerts": [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}]}
    listed = read(told, each="alerts", key="id", title="n").signals
    whole = read(told["alerts"], key="id", title="n").signals

    assert [one.key for one in listed] == [one.key for one in whole] == ["1", "2"]


@pytest.mark.parametrize(
    ("given", "because"),
    [
        ({"key": "alert.uid"}, "“key” is read from alert.uid, where nothing is."),
        (
            {"title": "alert.tags"},
            "“title” is read from alert.tags, where no text and no number is.",
        ),
        ({"status": "status"}, "“status” is read from status, where nothing is."),
        (
            {"status": "state", "firing_words": "bang, crash"},
            "“status” is read from state, where “boom” is: no list of words holds it.",
        ),
        ({"each": "alert"}, "“List of alerts” is read from alert, where no list is."),
    ],
)
def test_what_must_be_there_and_is_not_is_named(given, because):
    with pytest.raises(Unreadable) as why:
        read(**given)
    assert str(why.value) == because


def test_what_may_be_missing_is_named_and_left_out():
    found = read(service="svc", started_at="alert.name", severity="level")

    assert found.missed == [
        "“started_at” is read from alert.name, where no time is.",
        "“service” is read from svc, where nothing is.",
    ]
    signal = found.signals[0]
    assert (signal.service, signal.started_at, signal.severity) == ("", AT, None)
    assert signal.severity_word == "loud"


def test_what_is_ignored_is_no_signal():
    assert read(is_ignored=True).signals == []


def test_more_than_a_thousand_alerts_are_too_many_at_once():
    with pytest.raises(Unreadable, match="more than 1,000"):
        read([{"id": number} for number in range(1_001)], key="id", title="id")


@pytest.mark.parametrize("lines", ["boom", "boom = 5", "= 1", "boom = one"])
def test_words_of_severity_are_checked(lines):
    with pytest.raises(ValueError, match="boom = 1"):
        fields.severities(lines)
