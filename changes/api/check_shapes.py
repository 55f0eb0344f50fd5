"""Checks that Tidegate runs itself, on the wire."""

from typing import Any

from rest_framework import serializers

from catalog.wire import Link, Strict, Text, Truth
from changes.api.shape_parts import instant, word
from changes.api.written import LONG
from changes.policies import Facts
from changes.policies.work_facts import CheckRunFacts
from ledger.decision import rfc3339


class CheckRunShown(serializers.Serializer):
    """A check that is looked at until it has held for its soak time."""

    name = word()
    soak_seconds = serializers.IntegerField(min_value=0)
    holding_since = instant("Null while it does not hold.")


class CheckReport(Strict):
    """A check that somebody else ran."""

    name = Text(max_length=80)
    passed = Truth()
    detail = Text(required=False, allow_blank=True, default="", max_length=LONG)
    url = Link(required=False, allow_blank=True, default="", max_length=200)
    evidence = serializers.DictField(
        required=False,
        default=dict,
        help_text="What was seen, as an object of up to 64 kB; kept with the check and shown.",
    )


class CheckNamed(Strict):
    name = Text(max_length=80, help_text="Of a check that Tidegate runs.")


def shown(facts: Facts) -> list[dict[str, Any]]:
    """`CheckRunShown` for each run of a change that goes on."""
    return [one(run) for run in facts.check_runs]


def one(run: CheckRunFacts) -> dict[str, Any]:
    """`CheckRunShown`."""
    return {
        "name": run.name,
        "soak_seconds": round(run.soak.total_seconds()),
        "holding_since": rfc3339(run.holding_since),
    }
