from datetime import UTC, datetime
from smtplib import SMTPRecipientsRefused

import pytest
from django.core.mail.backends.base import BaseEmailBackend

from ledger.channels import sending
from ledger.channels.failures import NotSent
from ledger.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(subscribe, record, settings) -> Delivery:
    settings.TIDEGATE_URL = "https://tidegate.example.org"
    subscribe(target="team@example.org")
    record(
        "CHG-12",
        "change.approved",
        at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
        data={"title": "Raise the limit", "reasons": [1], "row_digest": "ab"},
    )
    return Delivery.objects.select_related("event", "subscription").get()


def test_a_mail_names_ref_verb_and_link(delivery, mailoutbox):
    sending.send(delivery, now=delivery.event.at)

    (mail,) = mailoutbox
    assert (mail.subject, mail.to) == ("CHG-12: change approved", ["team@example.org"])
    assert mail.body.splitlines() == [
        "CHG-12 change.approved",
        "by engineer at 2026-11-20T16:00:00Z",
        "",
        "title: Raise the limit",
        "",
        "https://tidegate.example.org/changes/CHG-12",
    ]
    assert mail.extra_headers["Message-ID"] == (f"<delivery-{delivery.pk}@tidegate.example.org>")


class Refusing(BaseEmailBackend):
    """A mail server that knows no such mailbox."""

    code = 550

    def send_messages(self, messages):
        raise SMTPRecipientsRefused({"team@example.org": (self.code, b"no such mailbox")})


class Busy(Refusing):
    """A mail server that would rather be asked later."""

    code = 451


class Unreachable(BaseEmailBackend):
    """A mail server that is down."""

    def send_messages(self, messages):
        raise ConnectionRefusedError(111, "Connection refused")


@pytest.mark.parametrize(
    ("server", "permanent"), [("Refusing", True), ("Busy", False), ("Unreachable", False)]
)
def test_only_an_unknown_mailbox_is_final(delivery, settings, server, permanent):
    settings.EMAIL_BACKEND = f"{__name__}.{server}"

    with pytest.raises(NotSent) as failure:
        sending.send(delivery, now=delivery.event.at)

    assert failure.value.permanent is permanent


def test_an_address_that_is_none_is_final(delivery):
    delivery.subscription.target = "nobody"

    with pytest.raises(NotSent, match="not an e-mail address") as failure:
        sending.send(delivery, now=delivery.event.at)

    assert failure.value.permanent
