"""What a change shows of one thing an auditor asks for: yes, no or not asked, and why. Pure."""

from changes.models import Deployment
from changes.shown.pack.claims import Claims
from changes.states import Kind, State

#: True or False where a point is shown or not, None where it asks nothing of this change; and why.
Finding = tuple[bool | None, str]
NOT_ENDED = "it is not over yet"


def approved(claims: Claims) -> Finding:
    """Agreed to by everybody who was asked, whenever that was."""
    return claims.approval.holds, claims.approval.words


def authorised(claims: Claims) -> Finding:
    """Agreed to before it started."""
    if claims.pack.change.broke_glass_at:
        return False, f"it started before its votes were in; {claims.approval.words}"
    return approved(claims)


def reason(claims: Claims) -> Finding:
    """A description of what is done, and why."""
    return _written(claims, {"description": "description", "justification": "justification"})


def security(claims: Claims) -> Finding:
    """What it means for security, said on its own."""
    if claims.says("security_impact"):
        return True, "the plan says what it means for security"
    if claims.says("impact_analysis"):
        return False, "the plan has a risk and impact analysis, and nothing on security by itself"
    return False, "the plan says nothing of security"


def impact(claims: Claims) -> Finding:
    """Its impact, by a written analysis; the score is counted by the machine in any case."""
    change = claims.pack.change
    scored = f"risk {change.risk_level}, {change.risk_score} points, with its addends"
    if claims.says("impact_analysis"):
        return True, f"a risk and impact analysis is written; {scored}"
    return False, f"no risk and impact analysis is written; only {scored}"


def planned(claims: Claims) -> Finding:
    """How it is done, written before it was approved."""
    return _written(
        claims, {"implementation_plan": "implementation plan", "rollback_plan": "rollback plan"}
    )


def failures(claims: Claims) -> Finding:
    """The way back."""
    if not claims.says("rollback_plan"):
        return False, "there is no rollback plan"
    proof = claims.fields.get("rollback_proof")
    tried = f"the way back was {proof}" if proof else "the way back was not tried"
    return True, f"the rollback plan is part of the plan; {tried}"


def tested(claims: Claims) -> Finding:
    """A test plan, and results: checks that passed, or evidence that is linked."""
    if claims.failed or claims.missing:
        named = [f"{name} failed" for name in claims.failed]
        named += [f"{name} was not reported" for name in claims.missing]
        return False, ", ".join(named)
    if not claims.says("test_plan"):
        return False, "there is no test plan"
    if claims.passed:
        return True, f"test plan; passed: {', '.join(claims.passed)}"
    if claims.says("test_evidence_url"):
        return True, "test plan; the results are linked"
    return False, "there is a test plan, and no result of a test"


def implemented(claims: Claims) -> Finding:
    """Started after it was approved, by somebody, and ended with an outcome."""
    change = claims.pack.change
    if change.state == State.CANCELLED:
        return None, "it was cancelled before it started"
    if change.started_at is None:
        return False, "it has not started"
    if not claims.approval.holds:
        return False, f"it started, and {claims.approval.words}"
    if change.state != State.CLOSED:
        return False, NOT_ENDED
    began = f"started by {change.started_by.username}" if change.started_by else "started"
    permits = sum(
        bool(one.permit_id) and one.status == Deployment.Status.STARTED
        for one in claims.pack.deployments
    )
    by_gate = f" with {permits} permit{'s' if permits > 1 else ''} of the gate" if permits else ""
    if change.broke_glass_at:
        return False, f"{began} before it was approved: the glass was broken"
    return True, f"{began}{by_gate}; outcome: {change.get_outcome_display().lower()}"


def emergency(claims: Claims) -> Finding:
    """For an emergency: which incident, and a review after it."""
    change = claims.pack.change
    if change.kind != Kind.EMERGENCY and not change.broke_glass_at:
        return None, "it is no emergency"
    if change.incident is None:
        return False, "it names no incident"
    if change.reviewed_at is None or change.reviewed_by is None:
        return False, f"it answers {change.incident.ref}, and no review is written yet"
    return True, f"it answers {change.incident.ref}; reviewed by {change.reviewed_by.username}"


def communicated(claims: Claims) -> Finding:
    """Messages that left; what was only read on pages leaves no trace."""
    sent = sum(one.count for one in claims.pack.sent if one.status == "sent")
    if sent:
        return True, f"{sent} message{'s' if sent > 1 else ''} sent"
    return False, "no message about it was sent to a subscriber"


def tracked(claims: Claims) -> Finding:
    """Every step is an event, the chain is whole, and the end has been reached."""
    if claims.broken:
        return False, claims.broken[0]
    if claims.pack.change.ended_at is None:
        return False, NOT_ENDED
    return True, f"{len(claims.pack.events)} events in a chain that was computed again"


def recorded(claims: Claims) -> Finding:
    """Every step so far is an event, and the chain is whole."""
    if claims.broken:
        return False, claims.broken[0]
    return True, f"{len(claims.pack.events)} events in a chain that was computed again"


def _written(claims: Claims, wanted: dict[str, str]) -> Finding:
    absent = [words for name, words in wanted.items() if not claims.says(name)]
    if absent:
        return False, f"the plan has no {' and no '.join(absent)}"
    return True, f"{' and '.join(wanted.values())} are part of the plan"
