"""The page of approval rules: who must approve what, and how long they may take."""

from typing import Any

import pytest
from django.test import Client

from changes.models import ApprovalDeadline, ApprovalRule

pytestmark = pytest.mark.usefixtures("today")
OPEN = "/approval-rules/"


def test_everybody_reads_which_rules_and_deadlines_are_in_force(signed_in: Any):
    ApprovalRule.objects.create(
        name="Half the DBA", authority="people", people=["peer", "owner"], percent=50, stage=2
    )
    ApprovalRule.objects.create(name="Not any more", authority="cab", is_active=False)

    page = signed_in("auditor").get(OPEN).content.decode()

    assert "owner or peer" in page
    assert "50 %" in page
    assert "every change" in page
    assert "normal, from high risk" in page
    assert "Not any more" not in page
    assert '<th scope="row">Peer of the owner team</th><td>4 h</td><td>1 d</td>' in page


def test_an_empty_page_says_what_will_stand_there(signed_in: Any):
    ApprovalRule.objects.update(is_active=False)
    ApprovalDeadline.objects.update(is_active=False)

    page = signed_in("peer").get(OPEN).content.decode()

    assert "No rule is in force" in page
    assert "No deadline is set" in page


def test_strangers_to_the_house_see_nothing():
    assert Client().get(OPEN).status_code == 302
