"""Who fills which requirement: one person one place, as many places as possible. Pure."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from changes.policies.facts import Facts, Need

People = Mapping[str, frozenset[str]]


def fill(needs: Sequence[Need], people: People) -> list[list[str]]:
    """For each need the people who fill it: a maximum matching, so nobody stands twice.

    `people` maps a username to the authorities held. Places of an earlier stage come first: none
    of them stays empty for the sake of a later one. Source: augmenting paths (Kuhn 1955); who was
    reached by a search that failed can never help a later one.
    """
    order = sorted(range(len(needs)), key=lambda index: needs[index].stage)
    places = [index for index in order for _ in range(needs[index].count)]
    reachable = sorted(people)
    seats: dict[str, int] = {}
    for place in range(len(places)):
        failed = _seat(place, needs, places, people, reachable, seats)
        reachable = [name for name in reachable if name not in failed]
    filled: list[list[str]] = [[] for _ in needs]
    for name in sorted(seats):
        filled[places[seats[name]]].append(name)
    return filled


def _seat(
    place: int,
    needs: Sequence[Need],
    places: Sequence[int],
    people: People,
    reachable: Sequence[str],
    seats: dict[str, int],
) -> set[str]:
    """Let somebody take the place, others moving up; who was reached in vain where nobody can."""
    came: dict[str, int] = {}
    holders = {taken: name for name, taken in seats.items()}
    waiting = deque([place])
    while waiting:
        at = waiting.popleft()
        keys = needs[places[at]].keys
        for name in reachable:
            if name in came or not keys & people[name]:
                continue
            came[name] = at
            if name not in seats:
                _move_up(name, came, holders, seats, to=place)
                return set()
            waiting.append(seats[name])
    return set(came)


def _move_up(
    name: str,
    came: Mapping[str, int],
    holders: Mapping[int, str],
    seats: dict[str, int],
    *,
    to: int,
) -> None:
    """Along the way that was found everybody takes the place they were reached from."""
    while True:
        taken = came[name]
        seats[name] = taken
        if taken == to:
            return
        name = holders[taken]


def approvals(facts: Facts) -> list[list[str]]:
    """For each of the change's needs, who has approved this very plan."""
    return fill(facts.needs, approvers(facts))


def approvers(facts: Facts) -> dict[str, frozenset[str]]:
    """Whose approvals of this very plan count, and as what they voted."""
    return {
        vote.voter: vote.authorities
        for vote in facts.votes
        if vote.decision == "approve"
        and vote.plan_digest == facts.plan_digest
        and vote.voter not in facts.excluded_voters
    }


def missing(needs: Sequence[Need], filled: Sequence[Sequence[str]]) -> list[tuple[Need, int]]:
    """The needs that are not full, with how many people each still lacks."""
    return [
        (need, need.count - len(names))
        for need, names in zip(needs, filled, strict=True)
        if len(names) < need.count
    ]


def asked(needs: Sequence[Need], filled: Sequence[Sequence[str]]) -> list[Need]:
    """The needs whose turn has come: those of the earliest stage that lacks somebody, and before.

    All of them when nobody is lacking.
    """
    stage = min((need.stage for need, _ in missing(needs, filled)), default=None)
    return [need for need in needs if stage is None or need.stage <= stage]


def gaps(
    needs: Sequence[Need], candidates: Mapping[str, Iterable[str]], excluded: frozenset[str]
) -> list[tuple[Need, int]]:
    """The needs that no distinct `candidates` outside `excluded` could fill, with the shortfall."""
    people: dict[str, frozenset[str]] = {}
    for key, names in candidates.items():
        for name in names:
            if name not in excluded:
                people[name] = people.get(name, frozenset()) | {key}
    return missing(needs, fill(needs, people))
