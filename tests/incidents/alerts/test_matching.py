"""Matchers as Alertmanager reads them; what it would refuse is refused in words."""

import time

import pytest

from incidents.alerts.matching import NotMatchers, matchers_of, matches

LABELS = {"alertname": "HighErrorRate", "severity": "critical", "team": "a,b", "path": 'C:\\"x"'}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", True),
        ("{}", True),
        ('severity="critical"', True),
        ("severity=critical", True),
        ('severity="warning"', False),
        ('severity!="warning"', True),
        ('{severity=~"crit.*|page", alertname=HighErrorRate}', True),
        ('severity=~"crit"', False),
        ('severity=~"ritical"', False),
        ('severity!~"crit"', True),
        ('severity!~"crit.*"', False),
        ('absent=""', True),
        ('absent!=""', False),
        ('absent=~".*"', True),
        ('absent=~".+"', False),
        ('absent!~"x"', True),
        ('team="a,b"', True),
        ('path="C:\\\\\\"x\\""', True),
        ('severity="critical"\nalertname=~"High.+"\n', True),
        ('severity="critical",', True),
    ],
)
def test_matchers_hold_as_in_alertmanager(text, wanted):
    assert matches(matchers_of(text), LABELS) is wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("severity", "is no matcher"),
        ('=~"x"', "is no matcher"),
        ('severity="crit', "A quote is not closed"),
        ('severity=a"b"', "put the whole value in quotes"),
        ('severity="a"b""', "write it as"),
        ('severity=~"(a"', "no regular expression of RE2"),
        (r'severity=~"(a)\1"', "no regular expression of RE2"),
        ('{severity="a"', "A brace is missing"),
        (f'severity=~"{"a" * 501}"', "over 500 characters"),
        (f'severity="{"a" * 4000}"', "over 4,000 characters"),
        ('severity=~"(((a{1,100}){1,100}){1,100}){1,100}"', "no regular expression of RE2"),
    ],
)
def test_what_is_no_matcher_is_refused_in_words(text, says):
    with pytest.raises(NotMatchers, match=says):
        matchers_of(text)


def test_no_expression_takes_long():
    hostile = matchers_of('severity=~"(a+)+$"')
    began = time.perf_counter()

    assert not matches(hostile, {"severity": "a" * 100_000 + "!"})

    assert time.perf_counter() - began < 0.1
