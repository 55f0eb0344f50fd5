"""The lifecycle once more, as a plain dictionary: what the real one is compared with."""

from typing import Any

TEAM = frozenset({"engineer", "peer", "peer-2", "owner"})
STEWARDS = TEAM | {"manager"}
IMPLEMENTERS = TEAM | {"ci"}
RESPONDERS = TEAM | {"oncall", "cab-1"}
EVERYBODY = sorted(STEWARDS | IMPLEMENTERS | RESPONDERS | {"stranger", "auditor"})
NOT_STARTED = ("planning", "awaiting_approval", "scheduled")
RUNNING = ("implementing", "validating")
NEEDS = {
    ("standard", "low"): [],
    ("normal", "low"): ["peer"],
    ("normal", "medium"): ["peer", "owner"],
    ("emergency", "low"): ["ecab"],
}
HOLDERS = {"peer": TEAM, "owner": {"owner"}, "ecab": {"oncall", "cab-1"}}

Life = dict[str, Any]


def born(kind: str, risk: str) -> Life:
    return {
        "kind": kind,
        "state": "planning",
        "needs": NEEDS[kind, risk],
        "held": False,
        "editor": "engineer",
        "starter": None,
        "votes": {},
        "glass": False,
        "settled": False,
        "rolled_back": False,
        "reviewed": False,
        "checks": {},
        "told": ["change.created"],
    }


def involved(life: Life) -> set[str]:
    return {"engineer", life["editor"], life["starter"]}


def filled(life: Life) -> bool:
    """Whether distinct people approved for every need; there are two at most."""
    yes = {name for name, word in life["votes"].items() if word == "approve"} - involved(life)
    ways = [yes & HOLDERS[need] for need in life["needs"]]
    if len(ways) < 2:
        return all(ways)
    return any(one != other for one in ways[0] for other in ways[1])


def may(life: Life, verb: str, who: str, word: str) -> bool:
    """Whether `who` may say the verb now; `word` is the vote or the outcome."""
    state, free = life["state"], not life["held"]
    match verb:
        case "submit":
            lead_is_free = "owner" not in life["needs"] or life["editor"] != "owner"
            return state == "planning" and free and who in TEAM and lead_is_free
        case "revise":
            return state in ("awaiting_approval", "scheduled") and free and who in TEAM
        case "title":
            return state not in ("closed", "cancelled") and who in TEAM
        case "plan":
            return who in TEAM and (
                state == "planning" or (free and state in ("awaiting_approval", "scheduled"))
            )
        case "vote":
            return _may_vote(life, who)
        case "start" | "retry":
            ready = state == "scheduled" if verb == "start" else _has_failed(life)
            unbiased = life["votes"].get(who) != "approve"
            able = who in IMPLEMENTERS or (verb == "retry" and who == life["starter"])
            return ready and free and able and unbiased
        case "break_glass":
            emergency = life["kind"] == "emergency" and state == "awaiting_approval"
            return emergency and free and who in RESPONDERS
        case "finish":
            return state == "implementing" and (who in IMPLEMENTERS or who == life["starter"])
        case "roll_back" | "check" | "ended":
            return state in RUNNING and (who in IMPLEMENTERS or who == life["starter"])
        case "review":
            return state in RUNNING and who in STEWARDS
        case "close":
            return state == "validating" and who in TEAM and _may_close(life, word)
        case "cancel":
            return state in NOT_STARTED and who in STEWARDS
        case "hold":
            return state in NOT_STARTED and free and who in STEWARDS
        case "resume":
            return state in NOT_STARTED and life["held"] and who in STEWARDS
    raise KeyError(verb)


def _may_vote(life: Life, who: str) -> bool:
    owed = life["glass"] and not life["settled"] and life["state"] in RUNNING
    wanted = life["state"] == "awaiting_approval" or owed
    entitled = any(who in HOLDERS[need] for need in life["needs"])
    fresh = who not in life["votes"] and who not in involved(life)
    return wanted and not life["held"] and entitled and fresh


def _has_failed(life: Life) -> bool:
    failed = life["checks"].get("ended") == "failed"
    return life["state"] == "validating" and failed and not life["rolled_back"]


def _may_close(life: Life, outcome: str) -> bool:
    success = outcome.startswith("successful")
    if success and (life["rolled_back"] or "failed" in life["checks"].values()):
        return False
    owes_review = life["kind"] == "emergency" or not success
    owes_votes = life["glass"] and not life["settled"]
    return (life["reviewed"] or not owes_review) and not owes_votes


def do(life: Life, verb: str, who: str, word: str) -> None:
    """Let the verb happen."""
    told = life["told"]
    match verb:
        case "submit":
            life.update(state="awaiting_approval", votes={})
            told.append("change.submitted")
            if not life["needs"]:
                _schedule(life)
        case "revise":
            life["state"] = "planning"
            told.append("change.revised")
        case "title":
            told.append("change.edited")
        case "plan":
            told.append("change.edited" if life["state"] == "planning" else "change.revised")
            life.update(state="planning", editor=who)
        case "vote":
            life["votes"][who] = word
            told.append("vote.cast")
            _settle(life, word)
        case "start" | "break_glass":
            life.update(state="implementing", starter=who, glass=verb == "break_glass")
            told.append("change.glass_broken" if life["glass"] else "change.started")
        case "finish":
            life["state"] = "validating"
            told.append("change.finished")
        case "retry":
            life["state"] = "implementing"
            life["checks"] = dict.fromkeys(life["checks"], "failed")
            told.append("change.retried")
        case "roll_back":
            life.update(state="validating", rolled_back=True)
            told.append("change.rolled_back")
        case "check" | "ended":
            life["checks"][verb] = word
            told.append("change.check_reported")
        case "review":
            life["reviewed"] = True
            told.append("change.reviewed")
        case "close":
            life["state"] = "closed"
            told.append("change.closed")
        case "cancel":
            life.update(state="cancelled", held=False)
            told.append("change.cancelled")
        case "hold" | "resume":
            life["held"] = verb == "hold"
            told.append("change.held" if life["held"] else "change.resumed")


def _settle(life: Life, word: str) -> None:
    waiting = life["state"] == "awaiting_approval"
    if word == "reject" and waiting:
        life["state"] = "planning"
        life["told"].append("change.rejected")
    elif word == "approve" and filled(life):
        if waiting:
            _schedule(life)
        else:
            life["settled"] = True
            life["told"].append("change.retroactively_approved")


def _schedule(life: Life) -> None:
    life["state"] = "scheduled"
    life["told"].append("change.approved")
