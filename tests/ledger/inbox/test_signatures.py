"""Signatures as vendors write them; what a stranger, a late or an early message shows is none."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.inbox.signatures import base64_signature, hex_signature, timed_signature
from tests.ledger.inbox.conftest import headers

SECRET, BODY, STAMP = b"s3cr3t", b'{"event":{"id":"01A"}}', "1763676604"
MADE_AT = datetime.fromtimestamp(int(STAMP), UTC)
PLAIN = "032de9f1d1be70b0eca052c535b1bf44d75a6c018980957835100b4b4a0887c6"
GRAFANA = "808122398b7f0fce3076e24aa20706c1bbd4ba25b8594892b1d3332236d5dbbe"
ZENDESK = "j0qAz9KkG21fq68vuaF2ptW8g14rnA6UFY8G28VLs3Y="
SIGNALFX = "Ay3p8dG+cLDsoFLFNbG/RNdabAGJgJV4NRALS0oIh8Y="

in_hex = hex_signature(header="X-S")
after_v1 = hex_signature(header="X-S", prefix="v1=")
in_base64 = base64_signature(header="X-S")
grafana = timed_signature(header="X-S", timestamp="X-T", between=b":", as_hex=True, demanded=False)
zendesk = timed_signature(header="X-S", timestamp="X-T", between=b"", as_hex=False)


@pytest.mark.parametrize(
    ("signed", "shown"),
    [
        (in_hex, {"x_s": PLAIN}),
        (after_v1, {"x_s": f"v1={PLAIN}"}),
        (grafana, {"x_s": PLAIN}),
        (grafana, {"x_s": GRAFANA, "x_t": STAMP}),
        (zendesk, {"x_s": ZENDESK, "x_t": STAMP}),
        (in_base64, {"x_s": SIGNALFX}),
    ],
)
def test_what_the_vendor_signs_is_known_and_nothing_else(signed, shown):
    assert signed(SECRET, headers(**shown), BODY, MADE_AT)

    assert not signed(b"another", headers(**shown), BODY, MADE_AT)
    assert not signed(SECRET, headers(**shown), BODY + b" ", MADE_AT)
    assert not signed(SECRET, headers(**shown | {"x_s": shown["x_s"][:-1]}), BODY, MADE_AT)
    assert not signed(SECRET, headers(**shown | {"x_s": "ö"}), BODY, MADE_AT)
    assert not signed(SECRET, headers(x_s=""), BODY, MADE_AT)
    assert not signed(SECRET, headers(), BODY, MADE_AT)


@pytest.mark.parametrize(("signed", "shown"), [(grafana, GRAFANA), (zendesk, ZENDESK)])
def test_a_message_counts_five_minutes_before_and_after_it_was_signed(signed, shown):
    told = headers(x_s=shown, x_t=STAMP)
    for away in (timedelta(minutes=5), timedelta(days=365)):
        for at in (MADE_AT + away, MADE_AT - away):
            assert signed(SECRET, told, BODY, at) is (away == timedelta(minutes=5))
            later = timedelta(seconds=1) if at > MADE_AT else -timedelta(seconds=1)
            assert not signed(SECRET, told, BODY, at + later)


@pytest.mark.parametrize("stamp", ["", "soon", "9" * 30, "9" * 99, "²", "2025-11-20", "-1"])
def test_without_a_time_that_is_one_nothing_timed_is_signed(stamp):
    assert not zendesk(SECRET, headers(x_s=ZENDESK, x_t=stamp), BODY, MADE_AT)
    assert not grafana(SECRET, headers(x_s=GRAFANA, x_t=stamp), BODY, MADE_AT)


def test_a_time_may_be_iso_8601():
    known = timed_signature(header="X-S", timestamp="X-T", between=b"", as_hex=True)
    shown = headers(
        x_s="d0b905ad13f8cc933adf5dc19f0850e36c1699baf5d2a8fbc7eccdea132ff010",
        x_t="2025-11-20T22:10:04Z",
    )

    assert known(SECRET, shown, BODY, MADE_AT)
