"""What was worked out for the very same facts is told again, and never longer than it holds."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import tokens
from changes import gate, permits
from changes.gate import rulings
from changes.gate.words import Question
from changes.policies.facts import Facts
from changes.policies.reach import EVERYWHERE
from changes.queries import facts_by_bearer
from changes.queries.facts_by_bearer import Asked
from changes.states import State
from changes.windows import Effect, InFlight, Interval, Level
from ledger import timeline
from tests.changes.policies import given as known_facts
from tests.changes.policies.given import NOW
from tests.changes.rulebook.given import always
from tests.living import at, change_at, person, service, settle, window

QUESTION = Question("refunds", "production", revision="4f1c2d9")
ASKED = {"service": "refunds", "environment": "production", "change": None, "revision": "4f1c2d9"}


def gather(secret: str, *, minutes: float) -> Asked:
    asked = facts_by_bearer.question(
        digest=tokens.digest_of(secret), now=at(minutes), key_purpose=permits.PURPOSE, **ASKED
    )
    return facts_by_bearer.gathered(asked)


@pytest.fixture
def secret(transactional_db: Any) -> str:
    """Of a pipeline that has asked, so that its facts are remembered."""
    settle()
    service()
    _, told = tokens.issue(user=person("ci"), name="x", scopes=["gate"], now=at(0))
    return told


def ask(secret: str, *, minutes: float) -> dict[str, Any]:
    """As the web does: by memory, where the record says that it holds."""
    told = partial(
        gate.decide_as_bearer,
        QUESTION,
        secret=secret,
        reach_of=lambda _: EVERYWHERE,
        now=at(minutes),
    )
    decided = told()
    try:
        if decided.record is not None:
            timeline.write(decided.record)
    except timeline.NoLongerSo:
        decided = told(by_memory=False)
    said = decided.unsigned.as_json()
    return {name: said[name] for name in ("decision", "reasons", "next_allowed_at", "change")}


def codes(said: dict[str, Any]) -> list[str]:
    return [one["code"] for one in said["reasons"]]


def test_the_rules_are_asked_once_of_the_very_same_facts(secret: str) -> None:
    change_at(State.SCHEDULED)
    gather(secret, minutes=60)
    first, again = gather(secret, minutes=60), gather(secret, minutes=61)
    assert again.noted is first.noted is not None

    told = rulings.recalled(QUESTION, first.facts, first.noted, now=at(60))
    later = rulings.recalled(QUESTION, again.facts, again.noted, now=at(61))

    assert len(first.noted) == 1
    assert later.said == replace(told.said, next_allowed_at=at(61))
    assert later.shut_at == told.shut_at


def test_another_artifact_is_another_question(secret: str) -> None:
    change_at(State.SCHEDULED, artifact="sha256:abc")
    gather(secret, minutes=60)
    found = gather(secret, minutes=60)

    words = [
        rulings.recalled(replace(QUESTION, artifact=one), found.facts, found.noted, now=at(60))
        for one in ("sha256:abc", "sha256:def", "sha256:abc")
    ]

    assert [one.said.word for one in words] == ["allow", "deny", "allow"]


def test_a_freeze_that_begins_and_ends_is_told_to_the_second(secret: str) -> None:
    change_at(State.SCHEDULED)
    window("Sale", starts=62, ends=63)

    told = [ask(secret, minutes=minute) for minute in (60, 61, 61.99, 62, 62.5, 62.99, 63, 64)]

    assert [one["decision"] for one in told] == [*["allow"] * 3, *["wait"] * 3, *["allow"] * 2]
    assert {one["next_allowed_at"] for one in told[3:6]} == {told[6]["next_allowed_at"]}


def test_what_is_written_meanwhile_counts_at_once(secret: str) -> None:
    change = change_at(State.SCHEDULED)
    before = [ask(secret, minutes=60), ask(secret, minutes=60.1), ask(secret, minutes=60.2)]
    type(change).objects.filter(pk=change.pk).update(rollback_plan=" ")
    after = [ask(secret, minutes=60.3), ask(secret, minutes=60.4)]

    assert [one["decision"] for one in before] == ["allow"] * 3
    assert [codes(one) for one in after] == [["no_rollback_plan"]] * 2


def test_a_rule_that_looks_at_the_clock_is_asked_each_time(secret: str) -> None:
    change_at(State.SCHEDULED)
    always(
        name="No evenings",
        message="Evenings are for rest.",
        conditions={"all": [{"field": "time", "operator": "after", "value": "18:00"}]},
    )
    for _ in range(2):
        gather(secret, minutes=60)
    found = gather(secret, minutes=60)

    rulings.recalled(QUESTION, found.facts, found.noted, now=at(60))

    assert found.noted == {}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Facts, list[timedelta]]:
    """Facts with windows near now, and instants at which they are asked about, in order."""
    seconds = st.integers(-400, 900).map(lambda one: timedelta(seconds=one))
    spans = st.tuples(
        st.sampled_from(Effect), st.sampled_from(Level), st.sampled_from(InFlight), seconds, seconds
    )
    windows = tuple(
        known_facts.window(
            effect,
            name=f"W{number}",
            level=level,
            in_flight=in_flight,
            starts_in=start,
            lasts=abs(length) + timedelta(seconds=1),
        )
        for number, (effect, level, in_flight, start, length) in enumerate(
            draw(st.lists(spans, max_size=3))
        )
    )
    start = draw(seconds)
    states = (State.SCHEDULED, State.AWAITING_APPROVAL, State.IMPLEMENTING)
    known = known_facts.facts(
        draw(st.sampled_from(states)),
        windows=windows,
        planned=Interval(NOW + start, NOW + start + abs(draw(seconds)) + timedelta(seconds=1)),
        environment_is_open=draw(st.booleans()),
        started_at=None,
    )
    return known, sorted(abs(one) for one in draw(st.lists(seconds, min_size=2, max_size=6)))


@given(worlds())
def test_what_is_recalled_is_what_the_rules_say_at_any_instant(
    world: tuple[Facts, list[timedelta]],
) -> None:
    known, instants = world
    noted: dict[Any, Any] = {}
    question = Question(known.service, known.environment, revision=known.revision)

    for later in instants:
        now: datetime = NOW + later
        recalled = rulings.recalled(question, known, noted, now=now)
        fresh = rulings.ruling(question, known, now=now)

        assert recalled.said == fresh.said
        assert _kept_until(recalled, now) == _kept_until(fresh, now)


def _kept_until(ruling: rulings.Ruling, now: datetime) -> datetime | None:
    """Until when a permit may last, as `answering` reckons."""
    longest = now + permits.LONGEST + rulings.CLOCKS_DIFFER_BY
    return None if ruling.shut_at is None else min(longest, ruling.shut_at)
