"""The rule on who sits there: some environments ask an approver again who they are."""

from collections.abc import Iterator

from ledger.decision import Reason

CODE = "reauthentication_required"
CONFIRMED = frozenset({"password", "second_factor"})


def approver_is_confirmed(
    *, ref: str, environment: str, demanded: bool, decision: str, authenticated_by: str
) -> Iterator[Reason]:
    """Where the environment demands it, whoever approves has just confirmed who they are.

    `authenticated_by` says how: session, token, password or second_factor; "" is unknown. Rejecting
    and abstaining let nothing through, so they are asked nothing.
    """
    if not demanded or decision != "approve" or authenticated_by in CONFIRMED:
        return
    if authenticated_by == "token":
        yield Reason(
            CODE,
            f"{environment} asks approvers to give their password again; a token confirms nobody.",
            f"Open {ref} in a browser, and approve it there.",
            source=f"environment {environment}",
        )
    else:
        yield Reason(
            CODE,
            f"{environment} asks approvers to give their password again.",
            f"Confirm who you are, then approve {ref}; it holds for five minutes.",
            source=f"environment {environment}",
        )
