import pytest

from ledger.models import Event
from ledger.seals import making, merkle, proofs
from tests.ledger.seals.acts import behind_the_ledger

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_event_is_shown_to_be_in_its_seal(story, seal, record, django_assert_num_queries):
    (first,) = seal()
    later = record("CHG-2", "change.started")
    (second,) = seal()
    waiting = record("CHG-2", "change.finished")

    with django_assert_num_queries(2):
        found = proofs.inclusions(events=[story[2], later, waiting])

    assert {key: (one.seal, one.index, one.holds) for key, one in found.items()} == {
        story[2].id: (first, 2, True),
        later.id: (second, 1, True),
    }
    one = found[story[2].id]
    assert one.leaf == merkle.leaf(number=story[2].id, digest=story[2].digest)
    assert merkle.followed(one.leaf, one.path).hex() == first.root


def test_each_of_many_events_stands_in_the_seal_that_covers_it(story, seal, monkeypatch):
    monkeypatch.setattr(making, "AT_ONCE", 2)
    seal()

    found = proofs.inclusions(events=Event.objects.all())

    assert [found[one.id].seal.number for one in story] == [1, 1, 2, 2, 3, 3]
    assert [found[one.id].index for one in story] == [0, 1, 0, 1, 0, 1]
    assert all(one.holds for one in found.values())


def test_nothing_is_shown_where_nothing_is_sealed(story, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert proofs.inclusions(events=story) == {}


def test_a_proof_does_not_hold_once_an_event_was_changed(story, seal):
    seal()
    with behind_the_ledger() as cursor:
        cursor.execute(
            "UPDATE ledger_event SET digest = repeat('b', 64) WHERE id = %s", [story[0].id]
        )

    assert [one.holds for one in proofs.inclusions(events=story[2:3]).values()] == [False]
