"""Who could take away what is in the way of a deployment."""

from collections.abc import Iterable

from catalog.models import User
from catalog.roles import CAB, CHANGE_MANAGERS, ON_CALL
from changes.policies import Facts, filling
from changes.queries.evidence import could_fill
from changes.queries.refs import by_ref
from ledger.decision import Reason

BY_GROUP = {
    "freeze_active": (CHANGE_MANAGERS,),
    "outside_maintenance_window": (CHANGE_MANAGERS,),
    "template_not_published": (CHANGE_MANAGERS,),
    "template_suspended": (CHANGE_MANAGERS,),
    "incident_open": (ON_CALL,),
    "incident_required": (ON_CALL,),
    "review_overdue": (CAB, ON_CALL),
}


def unblockers(facts: Facts, reasons: Iterable[Reason]) -> dict[str, list[str]]:
    """Usernames by the code of what they could take away; codes that nobody can are left out.

    One statement; where approvals are missing one more, and one for each authority.
    """
    codes = {reason.code for reason in reasons}
    people = _people(group for code in codes for group in BY_GROUP.get(code, ()))
    found = {
        code: sorted({name for group in BY_GROUP[code] for name in people.get(group, ())})
        for code in codes & BY_GROUP.keys()
    }
    if "approvals_missing" in codes:
        found["approvals_missing"] = _voters(facts)
    if facts.hold is not None:
        found["on_hold"] = [facts.hold.by]
    return {code: names for code, names in found.items() if names}


def _people(groups: Iterable[str]) -> dict[str, list[str]]:
    names = sorted(set(groups))
    if not names:
        return {}
    rows = User.objects.filter(groups__name__in=names, is_active=True, is_robot=False)
    found: dict[str, list[str]] = {}
    for group, username in rows.order_by("username").values_list("groups__name", "username"):
        found.setdefault(group, []).append(username)
    return found


def _voters(facts: Facts) -> list[str]:
    """Who could still give an approval that is missing."""
    could = could_fill(facts, change=by_ref(ref=facts.ref))
    missing = filling.missing(facts.needs, filling.approvals(facts))
    return sorted({name for need, _ in missing for name in could[str(need.authority)]})
