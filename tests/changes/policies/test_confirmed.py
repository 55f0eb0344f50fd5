"""Who is asked again who they are: environment × decision × how the voter was known."""

import pytest

from changes.policies.confirmed import approver_is_confirmed

WAYS = ("", "session", "token", "password", "second_factor")


@pytest.mark.parametrize("known", WAYS)
@pytest.mark.parametrize("decision", ["approve", "reject", "abstain"])
@pytest.mark.parametrize("demanded", [True, False])
def test_only_an_approval_there_by_nobody_confirmed_is_refused(demanded, decision, known):
    refused = demanded and decision == "approve" and known in ("", "session", "token")

    reasons = list(
        approver_is_confirmed(
            ref="CHG-1",
            environment="production",
            demanded=demanded,
            decision=decision,
            authenticated_by=known,
        )
    )

    assert [one.code for one in reasons] == ["reauthentication_required"] * refused


def test_a_token_is_told_that_it_is_none():
    (reason,) = approver_is_confirmed(
        ref="CHG-1",
        environment="production",
        demanded=True,
        decision="approve",
        authenticated_by="token",
    )

    assert (reason.message, reason.remedy) == (
        "production asks approvers to give their password again; a token confirms nobody.",
        "Open CHG-1 in a browser, and approve it there.",
    )
