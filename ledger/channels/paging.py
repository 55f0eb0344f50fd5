"""What paging tools are told: an incident began, is being looked at, or is over. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ledger.channels.failures import NotNeeded
from ledger.channels.wording import Telling
from ledger.standings import Standing


class Act(StrEnum):
    """What a paging tool can be told."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


OF_VERB: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "incident.declared": Act.TRIGGER,
        "incident.reopened": Act.TRIGGER,
        "incident.escalated": Act.TRIGGER,
        "incident.severity_set": Act.TRIGGER,
        "incident.severity_changed": Act.TRIGGER,
        "incident.acknowledged": Act.ACKNOWLEDGE,
        "incident.resolved": Act.RESOLVE,
        "incident.closed": Act.RESOLVE,
        "incident.merged": Act.RESOLVE,
        "incident.marked_duplicate": Act.RESOLVE,
    }
)


def act_of(telling: Telling, *, tool: str) -> tuple[Act, Standing]:
    """What the tool is told, and of what; raises `NotNeeded`.

    Nobody is paged for what is over by now: that is said on the timeline.
    """
    event, standing = telling.event, telling.standing
    act = OF_VERB.get(event.verb)
    if act is None or standing is None:
        raise NotNeeded(f"{tool} has no word for {event.verb} of {event.subject}.")
    if act is not Act.RESOLVE and standing.over:
        raise NotNeeded(
            f"{event.subject} was {standing.state.lower()} before this was sent.",
            told=act is Act.TRIGGER,
        )
    return act, standing


def key(ref: str) -> str:
    """By what the tool knows the incident again: the same for every message about it."""
    return f"tidegate-{ref}"
