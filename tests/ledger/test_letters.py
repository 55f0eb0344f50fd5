"""Letters: one person told by e-mail, at least once, and nobody who has left."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog.models import User
from ledger import letters, outbox, timeline
from ledger.models import Delivery, Letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", email="ada@example.org")


def written(to: User, record, now, heading: str = "Your vote on CHG-1") -> Delivery:
    record()
    with transaction.atomic():
        draft = letters.Draft(to, heading, "Please read what changed.")
        letters.send([draft], subject="CHG-1", at=now)
    return Delivery.objects.get()


def test_a_letter_is_mailed_in_its_own_words(ada, record, now, mailoutbox):
    delivery = written(ada, record, now)

    assert outbox.sweep(now=now, limit=10) == 1

    (mail,) = mailoutbox
    assert (mail.subject, mail.body, mail.to) == (
        "Your vote on CHG-1",
        "Please read what changed.",
        ["ada@example.org"],
    )
    delivery.refresh_from_db()
    assert (delivery.status, str(delivery.event), delivery.receiver) == (
        "sent",
        "CHG-1 #1 change.approved",
        "letter to ada",
    )


def test_a_letter_goes_to_the_address_of_the_day(ada, record, now, mailoutbox):
    written(ada, record, now)
    User.objects.update(email="lovelace@example.org")

    outbox.sweep(now=now, limit=10)

    assert mailoutbox[0].to == ["lovelace@example.org"]


def test_who_has_left_is_told_nothing_and_the_timeline_says_so(ada, record, now, mailoutbox):
    written(ada, record, now)
    User.objects.update(is_active=False)

    outbox.sweep(now=now, limit=10)

    failed = timeline.events_of(subject="CHG-1").last()
    assert mailoutbox == []
    assert (failed.verb, failed.data["subscription"], failed.data["error"]) == (
        "delivery.failed",
        "letter to ada",
        "ada is no longer active.",
    )


def test_a_heading_of_two_lines_is_one_line(ada, record, now, mailoutbox):
    written(ada, record, now, heading="Your vote\r\nBcc: everybody@example.org")

    outbox.sweep(now=now, limit=10)

    assert mailoutbox[0].subject == "Your vote Bcc: everybody@example.org"


def test_one_reads_of_one_subject_in_order_while_the_mail_server_is_away(
    ada, record, now, mailoutbox, settings
):
    bob = User.objects.create_user("bob", email="bob@example.org")
    for subject, to, heading in (
        ("CHG-1", ada, "Your vote"),
        ("CHG-1", ada, "Your vote is late"),
        ("CHG-1", bob, "Your vote"),
        ("CHG-2", ada, "Your vote"),
    ):
        record(subject)
        with transaction.atomic():
            letters.send([letters.Draft(to, heading, "Please.")], subject=subject, at=now)
    there = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    outbox.sweep(now=now, limit=10)
    settings.EMAIL_BACKEND = there

    first, second, *others = Delivery.objects.order_by("id")
    assert [one.attempts for one in (first, second, *others)] == [1, 0, 1, 1]
    assert second.next_attempt_at == first.next_attempt_at > now
    assert not outbox.deliver(delivery_id=second.pk, now=now)
    assert outbox.sweep(now=now + timedelta(seconds=12), limit=10) == 4
    told = [mail.subject for mail in mailoutbox if mail.to == ["ada@example.org"]]
    assert told.index("Your vote") < told.index("Your vote is late")
    assert sorted(told) == ["Your vote", "Your vote", "Your vote is late"]
    assert first.pk == Delivery.objects.order_by("sent_at", "id")[0].pk


def test_after_a_letter_is_given_up_the_next_is_tried_at_once(ada, record, now, mailoutbox):
    first = written(ada, record, now)
    record()
    with transaction.atomic():
        letters.send([letters.Draft(ada, "It is late", "Now.")], subject="CHG-1", at=now)
    Delivery.objects.exclude(pk=first.pk).update(next_attempt_at=now + timedelta(hours=1))
    Delivery.objects.filter(pk=first.pk).update(attempts=outbox.MOST_ATTEMPTS)

    assert outbox.sweep(now=now, limit=10) == 2

    assert [mail.subject for mail in mailoutbox] == ["It is late"]


def test_who_has_no_address_has_left_or_is_a_robot_is_not_reachable(ada):
    User.objects.create_user("bob")
    User.objects.create_user("eve", email="eve@example.org", is_active=False)
    User.objects.create_user("ci", email="ci@example.org", is_robot=True)

    assert letters.reachable(["eve", "ci", "bob", "ada"]) == [ada]
    assert letters.reachable([]) == []


def test_no_draft_writes_nothing(now, django_assert_num_queries):
    with django_assert_num_queries(0):
        letters.send([], subject="CHG-1", at=now)

    assert Letter.objects.count() == 0


def test_a_delivery_goes_to_a_person_or_elsewhere_not_both(ada, record, subscribe, now):
    subscription = subscribe()
    record()
    delivery = Delivery.objects.get()
    letter = Letter.objects.create(to=ada, heading="A", words="B", created_at=now)

    with pytest.raises(IntegrityError, match="delivery_has_one_receiver"):
        Delivery.objects.filter(pk=delivery.pk, subscription=subscription).update(letter=letter)
