"""What a backtest came to, in sentences. Pure."""

from dataclasses import dataclass

from changes.models import Backtest

#: Effect or level → what it would have done to a change.
DID = {
    "deny": "refused",
    "warn": "warned of",
    "require": "asked approval for",
    "freeze": "refused",
}


@dataclass(frozen=True, slots=True)
class Told:
    """`did` is the verb of the rule; `percent` how far it came, None before it began."""

    did: str
    percent: int | None
    share: str
    good: int
    missed: int
    tabs: tuple[tuple[str, str], ...] = (
        ("all", "All"),
        ("wrong", "Failed or rolled back"),
        ("good", "The others"),
    )


def told(job: Backtest) -> Told:
    """The counts of a run as a page tells them."""
    tried = job.tried["fields"]
    did = DID["warn"] if tried.get("level") == "warn" else DID[tried["effect"]]
    percent = None if job.total is None else 100 * job.seen // job.total if job.total else 100
    share = f"{100 * job.met_wrong / job.met:.0f} %" if job.met else ""
    return Told(did, percent, share, job.met - job.met_wrong, job.went_wrong - job.met_wrong)
