"""Scopes in SQL: what the rules say of a place, the database says too."""

import random
from datetime import timedelta

import pytest

from changes.models import Window
from changes.queries import facts, scope_sql
from changes.windows.scope import Place, covers
from tests.living import NINE, person, settle

pytestmark = pytest.mark.django_db

WORDS = {
    "teams": ["payments", "search"],
    "services": ["payments-api", "refunds"],
    "environments": ["production", "staging"],
    "tiers": [1, 3],
    "kinds": ["standard", "normal", "emergency"],
    "categories": ["deployment", "database"],
}


def windows(count: int) -> list[Window]:
    """Windows of random scopes, the same at every run."""
    drawn = random.Random(5)

    def some(words):
        return drawn.sample(words, k=drawn.choice((0, 0, 0, 1, len(words))))

    return Window.objects.bulk_create(
        Window(
            name=f"window {number}",
            starts_at=NINE,
            ends_at=NINE + timedelta(days=1),
            except_standard_up_to_risk=drawn.choice(("", "", "low", "medium", "high")),
            **{many: some(words) for many, words in WORDS.items()},
            **{f"except_{many}": some(words) for many, words in WORDS.items()},
        )
        for number in range(count)
    )


def place(drawn: random.Random, *, whole: bool) -> Place:
    known = {
        "team": drawn.choice(WORDS["teams"]),
        "service": drawn.choice(WORDS["services"]),
        "environment": drawn.choice(WORDS["environments"]),
        "tier": drawn.choice(WORDS["tiers"]),
        "kind": drawn.choice(WORDS["kinds"]),
        "category": drawn.choice(WORDS["categories"]),
        "risk": drawn.choice(("low", "medium", "high")),
    }
    return Place(**{name: one for name, one in known.items() if whole or drawn.random() < 0.6})


def test_sql_covers_what_the_rules_cover():
    rows, drawn = windows(300), random.Random(7)

    for number in range(60):
        asked = place(drawn, whole=number % 2 == 0)
        found = Window.objects.filter(scope_sql.covering(asked), name__startswith="window ")
        expected = [row.pk for row in rows if covers(row, asked)]
        assert sorted(found.values_list("pk", flat=True)) == expected, asked


def test_the_gate_gathers_the_windows_the_rules_cover():
    settle()
    rows = windows(300)

    for kind, category, risk in (
        ("normal", "deployment", "low"),
        ("standard", "database", "medium"),
        ("standard", "", "low"),
    ):
        found = facts.of_place(
            service="refunds",
            environment="production",
            kind=kind,
            category=category,
            risk=risk,
            actor=person("engineer"),
            now=NINE,
        )
        asked = Place(
            team="payments",
            service="refunds",
            environment="production",
            tier=3,
            kind=kind,
            category=category,
            risk=risk,
        )
        assert sorted(one.name for one in found.windows) == sorted(
            row.name for row in rows if covers(row, asked)
        )
