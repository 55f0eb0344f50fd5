"""Levels of risk in the admin."""

from typing import Any

from django.urls import reverse

from changes.models import RiskThreshold
from ledger.models import Event


def page_of(level: str) -> str:
    row = RiskThreshold.objects.get(level=level)
    return reverse("admin:changes_riskthreshold_change", args=[row.pk])


def test_a_manager_moves_a_level(signed_in: Any) -> None:
    answer = signed_in("manager").post(page_of("high"), {"from_score": "70"})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert RiskThreshold.objects.get(level="high").from_score == 70
    event = Event.objects.get(subject="risk-level:high")
    assert (event.verb, event.actor) == ("risk_level.edited", "manager")


def test_what_is_refused_stands_beside_the_field(signed_in: Any) -> None:
    answer = signed_in("manager").post(page_of("high"), {"from_score": "30"})

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors == {
        "from_score": [
            "High must begin above medium, which begins at 30: give 31 or more, or lower medium "
            "first."
        ]
    }


def test_levels_are_neither_added_nor_deleted(signed_in: Any) -> None:
    manager = signed_in("manager")
    row = RiskThreshold.objects.get(level="high")
    delete = reverse("admin:changes_riskthreshold_delete", args=[row.pk])

    assert manager.get(reverse("admin:changes_riskthreshold_add")).status_code == 403
    assert manager.post(delete, {"post": "yes"}).status_code == 403


def test_who_votes_cannot_move_them(signed_in: Any) -> None:
    assert signed_in("cab-1").post(page_of("high"), {"from_score": "70"}).status_code == 403
    assert RiskThreshold.objects.get(level="high").from_score == 60
