import pytest

from ledger import outbox, queries
from ledger.models import Subscription

pytestmark = pytest.mark.django_db


def test_an_empty_outbox_has_nothing_to_tell():
    assert (queries.waiting(), queries.oldest_due_at(), queries.given_up()) == (0, None, 0)


def test_the_outbox_tells_what_waits_and_what_was_given_up(record, subscribe, now):
    subscribe(verbs=["change.approved"])
    wrong = subscribe(verbs=["change.started"])
    Subscription.objects.filter(pk=wrong.pk).update(target="nobody")
    record("CHG-1", "change.started")
    outbox.sweep(now=now, limit=1)
    record("CHG-1", "change.approved")

    assert (queries.waiting(), queries.oldest_due_at(), queries.given_up()) == (1, now, 1)

    Subscription.objects.update(is_active=False)
    assert (queries.waiting(), queries.oldest_due_at()) == (0, None)
