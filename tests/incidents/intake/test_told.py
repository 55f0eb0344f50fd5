"""Texts, instants, labels and links as tools write them."""

from datetime import UTC, datetime

import pytest

from incidents.intake import told
from incidents.signals import Link

AT = datetime(2026, 11, 20, 22, 10, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T22:10:04Z",
        "2026-11-20t22:10:04z",
        "2026-11-20T22:10:04.000000903Z",
        "2026-11-20T22:10:04.000+0000",
        "2026-11-20T23:10:04+01:00",
        "2026-11-20T22:10:04",
        1795212604,
        1795212604.0,
        "1795212604",
        "1795212604000",
        1795212604000,
    ],
)
def test_an_instant_is_read_however_it_is_written(written):
    assert told.moment(written) == AT


@pytest.mark.parametrize(
    "written",
    ["", "soon", "0001-01-01T00:00:00Z", None, True, [], {}, 0, "0", 1e300, "9" * 400, "١٢٣", -5],
)
def test_what_is_no_instant_is_none(written):
    assert told.moment(written) is None


@pytest.mark.parametrize(
    ("word", "level"),
    [
        ("Critical", 1),
        ("P1", 1),
        ("sev-2", 2),
        ("ERROR", 2),
        (" warning ", 3),
        ("P5", 4),
        ("?", None),
    ],
)
def test_words_of_severity(word, level):
    assert told.severity(word) == level


def test_labels_are_texts_and_not_too_many():
    many = {f"n{number}": "x" * 2_000 for number in range(100)}

    assert told.labels(
        {"a": 1, "b": True, "c": None, "d": ["x"], "e": " two\nlines ", "f": ""}
    ) == {
        "a": "1",
        "b": "true",
        "e": "two lines",
    }
    assert len(told.labels(many)) == told.MOST_LABELS
    assert set(map(len, told.labels(many).values())) == {told.LONGEST_LABEL}
    assert told.labels("no labels") == {}


def test_only_addresses_of_the_web_are_links():
    assert told.links(
        run_book="https://wiki.example/5xx",
        script="javascript:alert(1)",
        broken="https://[",
        nowhere="https:",
        long="https://x/" + "y" * 2_000,
        none=None,
    ) == (Link("https://wiki.example/5xx", "run book"),)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sev=P1 service=checkout", {"sev": "P1", "service": "checkout"}),
        ('Errors.\nService: "check out", env=prod;', {"service": "check out", "env": "prod"}),
        ("See https://wiki.example/5xx", {"https": "//wiki.example/5xx"}),
        ("nothing to see", {}),
    ],
)
def test_a_description_may_note_pairs(text, found):
    assert told.pairs(text) == found
