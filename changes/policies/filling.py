"""Who fills which requirement: one person one place, as many places as possible. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from changes.policies.facts import Facts, Need

People = Mapping[str, frozenset[str]]


def fill(needs: Sequence[Need], people: People) -> list[list[str]]:
    """For each need the people who fill it: a maximum matching, so nobody stands twice.

    `people` maps a username to the authorities held. Source: augmenting paths (Kuhn 1955).
    """
    places = [index for index, need in enumerate(needs) for _ in range(need.count)]
    holder: dict[int, str] = {}

    def seat(person: str, tried: set[int]) -> bool:
        for place, index in enumerate(places):
            if place in tried or needs[index].authority not in people[person]:
                continue
            tried.add(place)
            if place not in holder or seat(holder[place], tried):
                holder[place] = person
                return True
        return False

    for person in sorted(people):
        seat(person, set())
    filled: list[list[str]] = [[] for _ in needs]
    for place in sorted(holder):
        filled[places[place]].append(holder[place])
    return filled


def approvals(facts: Facts) -> list[list[str]]:
    """For each of the change's needs, who has approved this very plan."""
    people = {
        vote.voter: vote.authorities
        for vote in facts.votes
        if vote.decision == "approve"
        and vote.plan_digest == facts.plan_digest
        and vote.voter not in facts.excluded_voters
    }
    return fill(facts.needs, people)


def missing(needs: Sequence[Need], filled: Sequence[Sequence[str]]) -> list[tuple[Need, int]]:
    """The needs that are not full, with how many people each still lacks."""
    return [
        (need, need.count - len(names))
        for need, names in zip(needs, filled, strict=True)
        if len(names) < need.count
    ]


def gaps(
    needs: Sequence[Need], candidates: Mapping[str, Iterable[str]], excluded: frozenset[str]
) -> list[tuple[Need, int]]:
    """The needs that no distinct `candidates` outside `excluded` could fill, with the shortfall."""
    people: dict[str, frozenset[str]] = {}
    for authority, names in candidates.items():
        for name in names:
            if name not in excluded:
                people[name] = people.get(name, frozenset()) | {authority}
    return missing(needs, fill(needs, people))
