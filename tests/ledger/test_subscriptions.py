import pytest
from django.core.exceptions import ValidationError

from ledger import sealing
from ledger.models import Subscription

pytestmark = pytest.mark.django_db


def test_a_webhook_has_a_secret_that_the_database_holds_sealed(subscribe):
    subscription = subscribe(channel="webhook", target="https://chat.example.org/hook")

    kept = bytes(Subscription.objects.get(is_active=True).sealed_secret)
    assert subscription.secret.startswith("whsec_")
    assert subscription.secret.encode() not in kept
    assert sealing.unseal(kept).decode() == subscription.secret


def test_an_address_needs_no_secret(subscribe):
    assert subscribe().secret == ""
    assert bytes(Subscription.objects.get(is_active=True).sealed_secret) == b""


@pytest.mark.parametrize("target", ["https://ada:pw@example.org/hook", "https://ada@example.org/"])
def test_credentials_in_an_address_are_refused(subscribe, target):
    with pytest.raises(ValidationError) as refused:
        subscribe(channel="webhook", target=target)

    assert refused.value.message_dict == {
        "target": [
            "Leave the user name and password out of the address: everybody who sees it would read "
            "them. Each message is signed with the key instead."
        ]
    }
    assert not Subscription.objects.filter(is_active=True).exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"target": "nobody"}, "target"),
        ({"channel": "webhook", "target": "chat.example.org"}, "target"),
        ({"verbs": ["change.approved", "no verb"]}, "verbs"),
        ({"services": ["no slug"]}, "services"),
        ({"channel": "pigeon", "target": "https://example.org"}, "channel"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_subscription_is_refused(subscribe, given, field):
    with pytest.raises(ValidationError) as refused:
        subscribe(**given)

    assert field in refused.value.message_dict
    assert not Subscription.objects.filter(is_active=True).exists()
