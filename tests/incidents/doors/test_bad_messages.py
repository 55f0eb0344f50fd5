"""What is malformed, cut short or strange is refused in words; nothing is invented."""

import pytest

from incidents.doors import datadog, grafana, sentry, splunk, splunk_observability, zendesk
from ledger.inbox import Unreadable
from tests.incidents.doors.said import (
    DATADOG,
    GRAFANA,
    OBSERVABILITY,
    RECEIVED_AT,
    SENTRY_METRIC,
    SPLUNK,
    ZENDESK,
    body,
    changed,
)

DOORS = [
    (grafana, GRAFANA, {}),
    (datadog, DATADOG, {}),
    (splunk, SPLUNK, {}),
    (splunk_observability, OBSERVABILITY, {}),
    (zendesk, ZENDESK, {}),
    (sentry, SENTRY_METRIC, {sentry.RESOURCE: "metric_alert"}),
]
DOOR = pytest.mark.parametrize(("door", "told", "headers"), DOORS)
BAD = [b"", b"null", b"[]", b"{}", b'"x"', b"{", b'{"a": NaN}', b"\xff", b'{"a":"\\u0000"}']


@DOOR
@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_message_of_the_tool_is_refused_in_words(door, told, headers, bad):
    with pytest.raises(Unreadable) as why:
        door.parse(bad, headers, RECEIVED_AT)
    assert str(why.value).endswith(".")


@DOOR
def test_a_message_cut_short_anywhere_is_never_read(door, told, headers):
    whole = body(told)
    for end in range(0, len(whole) - 1, 37):
        with pytest.raises(Unreadable):
            door.parse(whole[:end], headers, RECEIVED_AT)


@DOOR
def test_no_field_of_another_kind_breaks_a_reader(door, told, headers):
    """What is missed is refused in words, or left unsaid; nothing else is ever raised."""
    for strange in (7, True, "", [], {}, [[]], "x" * 100_000, {"a": {"a": []}}, None):
        for name in told:
            try:
                signals = door.parse(body({**told, name: strange}), headers, RECEIVED_AT)
            except Unreadable:
                continue
            for signal in signals:
                assert signal.key
                assert 0 < len(signal.title) <= 300
                assert max(map(len, [signal.body, *signal.labels.values(), ""])) <= 10_000


def test_one_bad_alert_among_good_ones_is_not_passed_over():
    group = changed(GRAFANA, alerts=[*GRAFANA["alerts"], {"status": "firing"}])

    with pytest.raises(Unreadable, match="no labels"):
        grafana.parse(body(group), {}, RECEIVED_AT)


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_that_is_a_year_off_is_told_as_it_is(years):
    """Whether it is believed is decided where alerts are kept."""
    began = f"{2026 + years}-11-20T22:10:00Z"
    alert = changed(GRAFANA["alerts"][0], startsAt=began)

    signal, _ = grafana.parse(body(changed(GRAFANA, alerts=[alert])), {}, RECEIVED_AT)
    assert signal.started_at.year == 2026 + years
