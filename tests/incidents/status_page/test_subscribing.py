"""Subscribers: heard of nothing before they confirm, gone by one click, told public words alone."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from incidents import tasks
from incidents.models import Subscriber
from incidents.status_page import mailing, subscribing
from ledger import claiming, outbox
from ledger.decision import Refused
from ledger.models import Delivery, Event
from tests.incidents.status_page.conftest import INSIDE, publish
from tests.living import at

pytestmark = pytest.mark.django_db
ADA = "ada@example.org"


def ask(email=ADA):
    return Client(enforce_csrf_checks=True).post("/status/subscribe", {"email": email})


def subscribe(mailoutbox, email=ADA):
    """Ask and confirm as a person does; answers the token of the mail."""
    subscribing.ask(email=email, now=at(0))
    mailing.confirm_due(now=at(0), limit=5)
    token = re.search(r"/status/confirm/(\S+)", mailoutbox[-1].body).group(1)
    mailoutbox.clear()
    assert subscribing.confirm(token=token, now=at(1))
    return token


def tell(broken, mailoutbox):
    publish(broken())
    mailing.fan_out(now=at(6))
    outbox.sweep(now=at(6), limit=9)
    return mailoutbox


def test_an_address_is_confirmed_by_whoever_reads_its_mail(page, mailoutbox):
    answer = ask("Ada@Example.org")
    tasks.tell_subscribers()

    (mail,) = mailoutbox
    token = re.search(r"/status/confirm/(\S+)", mail.body).group(1)
    row = Subscriber.objects.get()
    assert (answer.status_code, mail.to) == (200, [ADA])
    assert token not in row.confirm_digest
    assert (row.confirmed_at, row.next_attempt_at) == (None, None)
    link = f"/status/confirm/{token}"
    assert "Subscribe</button>" in Client().get(link).content.decode()
    assert Subscriber.objects.get().confirmed_at is None
    assert Client(enforce_csrf_checks=True).post(link).status_code == 200
    assert Subscriber.objects.get().confirmed_at is not None
    assert Client().post(link).status_code == 410


def test_the_answer_does_not_say_who_has_subscribed(page, mailoutbox):
    subscribe(mailoutbox)

    known, unknown = ask(), ask("grace@example.org")

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    mailing.confirm_due(now=at(9_999_999), limit=5)
    assert [mail.to for mail in mailoutbox] == [["grace@example.org"]]


def test_a_mail_is_asked_for_once_an_hour_at_most(page, mailoutbox):
    for minutes in (0, 1, 59, 61):
        subscribing.ask(email=ADA, now=at(minutes))
        mailing.confirm_due(now=at(minutes), limit=5)

    assert len(mailoutbox) == 2


def test_who_gives_hundreds_of_addresses_is_refused(page):
    Subscriber.objects.bulk_create(
        Subscriber(email=f"{number}@example.org", asked_at=at(0))
        for number in range(subscribing.ASKED_AT_MOST)
    )

    with pytest.raises(Refused):
        subscribing.ask(email=ADA, now=at(5))
    subscribing.ask(email=ADA, now=at(11))


def test_what_is_no_address_is_refused(page):
    assert ask("nobody").status_code == 422
    assert Subscriber.objects.count() == 0


def test_a_public_update_is_mailed_in_public_words_with_one_click_to_end_it(
    page, broken, mailoutbox
):
    subscribe(mailoutbox)
    subscribing.ask(email="unconfirmed@example.org", now=at(2))

    (mail,) = tell(broken, mailoutbox)

    assert (mail.to, mail.subject) == ([ADA], "Problem with Cards: Identified")
    assert "A rollback runs." in mail.body
    assert [word for word in INSIDE if word in mail.body + mail.subject] == []
    headers = mail.extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.fullmatch(r"<https://tidegate\.example\.org(.+)>", headers["List-Unsubscribe"])
    click = Client(enforce_csrf_checks=True).post(link.group(1), {"List-Unsubscribe": "One-Click"})
    assert click.status_code == 200
    assert not Subscriber.objects.filter(email=ADA).exists()
    assert ADA not in str(list(Event.objects.values_list("data", flat=True)))


def test_a_subscriber_reads_updates_in_the_order_in_which_they_were_published(
    page, broken, mailoutbox
):
    subscribe(mailoutbox, "grace@example.org")
    subscribe(mailoutbox)
    incident = broken()
    publish(incident, message="First.")
    publish(incident, message="Then.")
    while mailing.fan_out(now=at(6)):
        pass
    held = claiming.claim(claiming.due(at(6)), now=at(6))  # by a worker that is lost

    outbox.sweep(now=at(6), limit=9)
    assert [("Then." in mail.body, mail.to) for mail in mailoutbox] == [
        (False, [ADA]),
        (True, [ADA]),
    ]
    outbox.sweep(now=held.claimed_until, limit=9)

    assert ["Then." in mail.body for mail in mailoutbox] == [False, True, False, True]


def test_each_subscriber_is_mailed_once(page, broken, mailoutbox):
    subscribe(mailoutbox)
    tell(broken, mailoutbox)

    assert mailing.fan_out(now=at(7)) == 0
    outbox.sweep(now=at(7), limit=9)

    assert len(mailoutbox) == 1
    assert Delivery.objects.get().lane == "subscribers"


def test_who_unsubscribed_meanwhile_hears_nothing(page, broken, mailoutbox):
    subscribe(mailoutbox)
    publish(broken())
    mailing.fan_out(now=at(6))
    token = subscribing.ending_token(Subscriber.objects.get())
    assert subscribing.end(token=token)

    outbox.sweep(now=at(6), limit=9)

    assert mailoutbox == []
    assert Delivery.objects.get().status == "dropped"


@pytest.mark.parametrize("token", ["1", "1:forged", "x" * 500])
def test_a_forged_token_ends_nothing(page, mailoutbox, token):
    subscribe(mailoutbox)

    answer = Client().post(f"/status/unsubscribe/{token}")

    assert answer.status_code == 410
    assert Subscriber.objects.count() == 1


def test_what_nobody_confirms_is_forgotten_after_a_week(page, mailoutbox):
    subscribe(mailoutbox, "kept@example.org")
    subscribing.ask(email=ADA, now=at(0))

    subscribing.forget_unconfirmed(now=at(0) + timedelta(days=7))

    assert [row.email for row in Subscriber.objects.all()] == ["kept@example.org"]
