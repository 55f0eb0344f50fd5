"""Alarms of one metric, of metrics that are computed with, and of other alarms."""

import json
from typing import Any

from incidents.doors import cloudwatch
from incidents.signals import Signal
from ledger.inbox import Unreadable
from tests.incidents.doors.aws import ALARM
from tests.incidents.doors.said import RECEIVED_AT


def parsed(**given: Any) -> Signal:
    (signal,) = cloudwatch.parse(json.dumps({**ALARM, **given}), RECEIVED_AT)
    return signal


def test_alarms_that_compute_and_alarms_of_alarms_are_read_too():
    metrics = [
        {"Id": "e1", "Expression": "m1 / m2", "Label": "ratio"},
        {
            "Id": "m1",
            "MetricStat": {
                "Metric": {
                    "MetricName": "Errors",
                    "Namespace": "AWS/Lambda",
                    "Dimensions": [{"name": "FunctionName", "value": "checkout"}],
                }
            },
        },
    ]
    computed = parsed(Trigger={"Metrics": metrics, "Threshold": 1})
    composite = parsed(Trigger=None, AlarmRule='ALARM("a") OR ALARM("b")', AlarmDescription=None)

    assert computed.labels["FunctionName"] == "checkout"
    assert computed.labels["metric"] == "Errors"
    assert composite.labels["rule"] == 'ALARM("a") OR ALARM("b")'
    assert (composite.severity, composite.service) == (None, "")
    assert (
        cloudwatch.parse('{"AlarmArn": "a", "NewStateValue": "INSUFFICIENT_DATA"}', RECEIVED_AT)
        == []
    )


def test_no_field_of_another_kind_breaks_the_reader():
    for strange in (7, True, "", [], {}, [[]], [7], "x" * 100_000, None):
        for name in ALARM:
            told = {**ALARM, name: strange}
            try:
                signals = cloudwatch.parse(json.dumps(told), RECEIVED_AT)
            except Unreadable:
                continue
            assert all(one.key and one.title for one in signals)
        assert parsed(Trigger={"Metrics": strange, "Dimensions": strange}).key
