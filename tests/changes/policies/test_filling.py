"""Who fills which requirement: distinct people, as many places as possible."""

from collections.abc import Mapping, Sequence
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from changes.policies import filling
from changes.policies.facts import Authority, Need
from changes.states import State
from tests.changes.policies.given import CAB, PEER, cast, facts

OWNER = Need(Authority.SERVICE_OWNER, 1, "Service owner")

OFFICES = [one for one in Authority if one not in (Authority.GROUP, Authority.PEOPLE)]
NEEDS = st.lists(
    st.builds(
        Need,
        st.sampled_from(OFFICES),
        st.integers(1, 2),
        st.just("rule"),
        stage=st.integers(1, 2),
    ),
    max_size=3,
)
PEOPLE = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d", "e"]),
    st.frozensets(st.sampled_from([str(authority) for authority in OFFICES])),
    max_size=5,
)


def most_places(needs: Sequence[Need], people: Mapping[str, frozenset[str]]) -> int:
    """By brute force: the most places that distinct people can take, tried in every order."""
    places = [need.authority for need in needs for _ in range(need.count)]
    seats = [*people, *[None] * len(places)]
    return max(
        sum(
            person is not None and authority in people[person]
            for person, authority in zip(order, places, strict=False)
        )
        for order in set(permutations(seats, len(places)))
    )


@given(needs=NEEDS, people=PEOPLE)
def test_as_many_places_are_filled_as_any_arrangement_could(
    needs: list[Need], people: dict[str, frozenset[str]]
) -> None:
    filled = filling.fill(needs, people)
    names = [name for seated in filled for name in seated]

    assert len(names) == most_places(needs, people)


@given(needs=NEEDS, people=PEOPLE)
def test_nobody_stands_twice_nor_where_they_may_not(
    needs: list[Need], people: dict[str, frozenset[str]]
) -> None:
    filled = filling.fill(needs, people)
    names = [name for seated in filled for name in seated]

    assert sorted(names) == sorted(set(names))
    assert [
        (need, name)
        for need, seated in zip(needs, filled, strict=True)
        for name in seated
        if need.authority not in people[name]
    ] == []
    assert all(len(names) <= need.count for need, names in zip(needs, filled, strict=True))


@given(needs=NEEDS, people=PEOPLE)
def test_what_is_missing_is_what_is_not_filled(
    needs: list[Need], people: dict[str, frozenset[str]]
) -> None:
    filled = filling.fill(needs, people)
    lacking = sum(short for _, short in filling.missing(needs, filled))

    assert lacking + sum(len(names) for names in filled) == sum(need.count for need in needs)


@given(needs=NEEDS, people=PEOPLE, names=st.randoms(use_true_random=False))
def test_who_is_named_does_not_depend_on_the_order_of_votes(
    needs: list[Need], people: dict[str, frozenset[str]], names: object
) -> None:
    shuffled = list(people.items())
    names.shuffle(shuffled)  # type: ignore[attr-defined]

    assert filling.fill(needs, dict(shuffled)) == filling.fill(needs, people)


@given(needs=NEEDS, people=PEOPLE)
def test_no_place_of_an_earlier_stage_stays_empty_for_a_later_one(
    needs: list[Need], people: dict[str, frozenset[str]]
) -> None:
    first = [need for need in needs if need.stage == 1]
    filled = filling.fill(needs, people)

    seated = sum(len(names) for need, names in zip(needs, filled, strict=True) if need.stage == 1)
    assert seated == sum(len(names) for names in filling.fill(first, people))


def test_a_thousand_people_are_seated_at_once() -> None:
    everybody = {f"p{number:04}": frozenset({"peer", "cab"}) for number in range(999)}
    needs = [Need(Authority.PEER, 600, "half"), Need(Authority.CAB, 600, "half", stage=2)]

    filled = filling.fill(needs, everybody)

    assert [len(names) for names in filled] == [600, 399]


def test_those_of_a_later_stage_are_asked_when_the_earlier_ones_have_agreed() -> None:
    later = Need(Authority.CAB, 1, "CAB", stage=2)

    assert filling.asked([PEER, later], [[], []]) == [PEER]
    assert filling.asked([PEER, later], [["peer"], []]) == [PEER, later]
    assert filling.asked([PEER, later], [["peer"], ["cab-1"]]) == [PEER, later]


def test_a_person_gives_way_where_somebody_else_can_only_stand_there() -> None:
    people = {"lead": frozenset({"peer", "service_owner"}), "member": frozenset({"peer"})}

    assert filling.fill([PEER, OWNER], people) == [["member"], ["lead"]]


def test_two_places_of_the_cab_need_two_people() -> None:
    people = {"cab-1": frozenset({"cab", "peer"})}

    assert filling.missing([CAB], filling.fill([CAB], people)) == [(CAB, 1)]


def test_only_approvals_of_this_plan_by_people_who_are_not_involved_fill() -> None:
    votes = (
        cast("cab-1", "cab"),
        cast("cab-2", "cab", decision="reject"),
        cast("cab-3", "cab", decision="abstain"),
        cast("cab-4", "cab", plan_digest="e" * 64),
        cast("cab-5", "cab"),
    )
    asked = facts(
        State.AWAITING_APPROVAL,
        needs=(CAB,),
        votes=votes,
        excluded_voters=frozenset({"cab-5"}),
    )

    assert filling.approvals(asked) == [["cab-1"]]


def test_gaps_leave_out_the_excluded() -> None:
    candidates = {"peer": ["engineer", "peer"], "cab": ["cab-1", "cab-2"]}

    gaps = filling.gaps([PEER, CAB], candidates, frozenset({"peer", "engineer"}))

    assert gaps == [(PEER, 1)]
