"""Whoever asks again is answered by memory, and recorded only while that is still so."""

from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import tokens
from changes import gate
from changes.gate import Decided, Question
from changes.models import Change, GateAnswer, QueuePlace
from changes.policies.reach import EVERYWHERE
from changes.queries import kept
from changes.states import State
from ledger import timeline
from tests import living
from tests.changes.gate.asking import SUBJECT
from tests.changes.queries.behind_its_back import AT, WRITES

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 3  # the first makes the key that signs permits, so that the second remembers anew


class Pipeline:
    """Asks about one change, again and again, as the web's short way does."""

    def __init__(self, state: State) -> None:
        living.settle()
        self.change = living.change_at(state)
        _, secret = tokens.issue(user=living.person("ci"), name="x", scopes=["gate"], now=AT)
        question = Question("refunds", "production", change=f"CHG-{self.change.pk}")
        self._ask = partial(
            gate.decide_as_bearer, question, secret=secret, reach_of=lambda _: EVERYWHERE, now=AT
        )

    def decided(self, **how: Any) -> Decided:
        return self._ask(**how)

    def told(self, **how: Any) -> Decided:
        decided = self.decided(**how)
        try:
            if decided.record is not None:
                timeline.write(decided.record)
        except timeline.NoLongerSo:
            return self.told(by_memory=False)
        return decided


def recorded() -> tuple[int, int]:
    return GateAnswer.objects.count(), len(living.verbs_of(SUBJECT))


def test_an_answer_by_memory_is_one_statement_with_its_record():
    pipeline = Pipeline(State.SCHEDULED)
    first = [pipeline.told() for _ in range(TIMES)][-1]

    with CaptureQueriesContext(connection) as queries:
        again = pipeline.told()

    assert len(queries) == 1
    assert again.unsigned.id != first.unsigned.id
    assert again.unsigned.decision == first.unsigned.decision == "allow"
    assert recorded() == (TIMES + 1, TIMES + 1)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nothing_is_recorded_once_anything_it_rests_on_was_written(write, monkeypatch):
    pipeline = Pipeline(State.SCHEDULED)
    for _ in range(TIMES):
        pipeline.told()
    by_memory = pipeline.decided()

    write(Change.objects.get())
    with pytest.raises(timeline.NoLongerSo):
        timeline.write(by_memory.record)
    with pytest.raises(timeline.NoLongerSo):
        timeline.write_while(by_memory.record, lambda: None)
    assert recorded() == (TIMES, TIMES)
    anew = pipeline.told(by_memory=False)
    monkeypatch.setattr(kept, "_memory", kept._Memory(0))
    whole = pipeline.decided()

    assert (anew.unsigned.decision, anew.unsigned.reasons) == (
        whole.unsigned.decision,
        whole.unsigned.reasons,
    )


def test_who_waits_has_a_place_and_so_is_never_answered_by_memory():
    pipeline = Pipeline(State.AWAITING_APPROVAL)

    said = [pipeline.told() for _ in range(TIMES)]

    assert [one.unsigned.decision for one in said] == ["wait"] * TIMES
    assert {one.unsigned.place for one in said} == {said[0].unsigned.place}
    assert QueuePlace.objects.get(left_at=None).change_id == pipeline.change.pk
