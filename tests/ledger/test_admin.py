import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import Service, Team, User
from catalog.roles import AUDITORS, CHANGE_MANAGERS
from ledger import outbox, sealing, timeline
from ledger.models import Delivery, Event, Subscription

pytestmark = pytest.mark.django_db
ADD = "/admin/ledger/subscription/add/"


@pytest.fixture
def signed_in(client: Client):
    """A browser signed in as somebody of a role."""

    def sign_in(role: str) -> Client:
        user = User.objects.create_user("somebody", is_staff=True)
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


def test_an_event_is_read_and_never_written(administrator, record):
    event = record("CHG-1", data={"title": "Raise <the> limit"})
    page = f"/admin/ledger/event/{event.pk}"

    shown = administrator.get(f"{page}/change/").content.decode()
    assert "Raise &lt;the&gt; limit" in shown
    assert event.digest in shown
    assert administrator.post(f"{page}/change/", {"verb": "x"}).status_code == 403
    assert administrator.get(f"{page}/delete/").status_code == 403
    assert administrator.get("/admin/ledger/event/add/").status_code == 403
    assert Event.objects.get().digest == event.digest


@pytest.mark.parametrize(
    ("asked", "verbs"),
    [
        ("CHG-1", {"change.approved"}),
        ("service:checkout", {"change.approved", "change.closed"}),
        ("CHG", set()),
        ("", {"change.approved", "change.closed", "change.started"}),
    ],
)
def test_events_are_searched_by_ref(administrator, record, asked, verbs):
    record("CHG-1", "change.approved", about=["service:checkout"])
    record("CHG-2", "change.closed", about=["service:checkout"])
    record("CHG-3", "change.started")

    page = administrator.get("/admin/ledger/event/", {"q": asked})

    assert {event.verb for event in page.context["cl"].result_list} == verbs


def test_a_webhooks_secret_is_shown_once(administrator):
    given = {"name": "chat", "channel": "webhook", "target": "https://chat.example.org/hook"}
    shown = administrator.post(
        ADD, given | {"verbs": "change.*,incident.declared", "is_active": "on"}, follow=True
    ).content.decode()

    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/]+=", shown)
    subscription = Subscription.objects.get(is_active=True)
    assert subscription.verbs == ["change.*", "incident.declared"]
    assert sealing.unseal(bytes(subscription.sealed_secret)).decode() == secret
    for path in ("", f"{subscription.pk}/change/"):
        assert (
            "whsec_" not in administrator.get(f"/admin/ledger/subscription/{path}").content.decode()
        )

    selected = {"action": "renew_secret", "_selected_action": [subscription.pk]}
    again = administrator.post("/admin/ledger/subscription/", selected, follow=True)
    assert len(set(re.findall(r"whsec_[A-Za-z0-9+/]+=", again.content.decode())) - {secret}) == 1


def test_what_a_tool_gave_is_sealed_and_never_shown(administrator):
    address = "https://hooks.slack.com/services/T0/B0/hush"
    given = {"name": "chat", "channel": "slack", "target": "#incidents", "verbs": "incident.*"}
    shown = administrator.post(ADD, given | {"secret": address, "is_active": "on"}, follow=True)

    subscription = Subscription.objects.get(is_active=True)
    change = f"/admin/ledger/subscription/{subscription.pk}/change/"
    pages = [shown, administrator.get(change)]
    kept = administrator.post(change, given | {"secret": "", "is_active": "on", "lane": "paging"})
    pages.append(kept)
    subscription.refresh_from_db()
    assert sealing.unseal(bytes(subscription.sealed_secret)).decode() == address
    assert (subscription.channel, subscription.lane) == ("slack", "paging")
    assert all("hush" not in page.content.decode() for page in pages)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"target": "nobody"}, "Write an e-mail address."),
        ({"channel": "slack", "secret": "hush"}, "Give the address that Slack gave"),
        ({"channel": "pagerduty", "secret": ""}, "Give the integration"),
        ({"channel": "slack", "secret": "https://a.b/c", "target": "https://a.b/c"}, "as the sec"),
        ({"components": "[1]"}, "Write which component each service is"),
        ({"base_url": "api.example.org"}, "Write an address such as https://api"),
        ({"channel": "webhook", "target": "ftp://example.org"}, "Write an address such as https"),
        ({"channel": "webhook", "target": "team@example.org"}, "Write an address such as https"),
        ({"verbs": "change.approved!"}, "Write a verb such as change.approved"),
        ({"services": "nil"}, "There is no “nil”. Write its slug."),
    ],
)
def test_a_wrong_subscription_is_refused(administrator, given, told):
    right = {"name": "mail", "channel": "email", "target": "team@example.org"}

    assert told in str(administrator.post(ADD, right | given).context["errors"])
    assert not Subscription.objects.filter(is_active=True).exists()


def test_a_subscription_is_narrowed_to_a_service(administrator):
    Service.objects.create(
        slug="checkout", name="Checkout", owner_team=Team.objects.create(slug="payments")
    )
    right = {"name": "mail", "channel": "email", "target": "team@example.org"}

    administrator.post(ADD, right | {"services": "checkout"})

    assert Subscription.objects.get(name="mail").services == ["checkout"]


def test_the_executives_are_mailed_once_somebody_says_where(administrator):
    row = Subscription.objects.get(name="Executives: every SEV-1")
    change = f"/admin/ledger/subscription/{row.pk}/change/"
    given = {"name": row.name, "verbs": ",".join(row.verbs), "severity_at_most": "1"}
    assert (row.is_active, row.target, row.severity_at_most) == (False, "", 1)

    unsaid = administrator.post(change, given | {"is_active": "on"})
    kept = administrator.post(change, given)
    administrator.post(change, given | {"is_active": "on", "target": "board@example.org"})

    assert "Write an e-mail address." in str(unsaid.context["errors"])
    assert kept.status_code == 302
    row.refresh_from_db()
    assert (row.is_active, row.target, row.lane) == (True, "board@example.org", "mail")


@pytest.fixture
def given_up(record, subscribe, now) -> Delivery:
    """A message that was given up because its address is none."""
    subscription = subscribe(verbs=["change.*"])
    Subscription.objects.filter(pk=subscription.pk).update(target="nobody")
    record("CHG-1")
    outbox.sweep(now=now, limit=1)
    return Delivery.objects.get()


RETRY = "/admin/ledger/delivery/"


def test_a_change_manager_sends_again_what_was_given_up(given_up, signed_in, mailoutbox):
    Subscription.objects.update(target="team@example.org")
    browser = signed_in(CHANGE_MANAGERS)

    browser.post(RETRY, {"action": "retry", "_selected_action": [given_up.pk]})

    given_up.refresh_from_db()
    assert (given_up.status, given_up.attempts) == ("pending", 0)
    told = timeline.events_of(subject="CHG-1").last()
    assert (told.verb, told.actor) == ("delivery.retried", "somebody")


def test_an_auditor_cannot_send_again(given_up, signed_in):
    browser = signed_in(AUDITORS)

    assert browser.get(RETRY).status_code == 200
    browser.post(RETRY, {"action": "retry", "_selected_action": [given_up.pk]})

    given_up.refresh_from_db()
    assert given_up.status == "failed"


def test_a_message_that_waits_is_not_sent_again(given_up, signed_in):
    browser = signed_in(CHANGE_MANAGERS)
    chosen = {"action": "retry", "_selected_action": [given_up.pk]}

    browser.post(RETRY, chosen)
    shown = browser.post(RETRY, chosen, follow=True).content.decode()

    assert "This message was not given up. Wait for its next attempt." in shown
