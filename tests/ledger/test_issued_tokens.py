"""API tokens are issued and revoked on the record."""

from datetime import timedelta

import pytest
from django.test import Client

from catalog.models import ApiToken, User
from ledger import issued_tokens, timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def robot(db: None) -> User:
    return User.objects.create(username="ci", is_robot=True)


def told(token: ApiToken) -> list[tuple[str, str]]:
    events = timeline.events_of(subject=f"token:{token.pk}")
    return [(event.verb, event.actor) for event in events]


def test_who_issued_and_who_revoked_is_recorded_and_the_secret_is_not(robot, now):
    token, secret = issued_tokens.issue(
        actor="admin", user=robot, name="deploys", scopes=["gate"], now=now
    )
    issued_tokens.revoke(actor="manager", token=token, now=now + timedelta(hours=1))

    assert told(token) == [("token.issued", "admin"), ("token.revoked", "manager")]
    event = timeline.events_of(subject=f"token:{token.pk}").first()
    assert (event.data["user"], event.data["scopes"]) == ("ci", ["gate"])
    assert secret not in str(event.data)
    assert token.revoked_at == now + timedelta(hours=1)


def test_a_token_that_is_revoked_already_is_not_revoked_again(robot, now):
    token, _ = issued_tokens.issue(
        actor="admin", user=robot, name="deploys", scopes=["gate"], now=now
    )
    for hours in (1, 2):
        issued_tokens.revoke(actor="admin", token=token, now=now + timedelta(hours=hours))

    assert told(token) == [("token.issued", "admin"), ("token.revoked", "admin")]
    assert ApiToken.objects.get().revoked_at == now + timedelta(hours=1)


def test_the_admin_records_who_did_it(robot):
    User.objects.create_superuser("admin")
    browser = Client()
    browser.force_login(
        User.objects.get(username="admin"), backend="django.contrib.auth.backends.ModelBackend"
    )

    given = {"user": robot.pk, "name": "deploys", "scopes": ["gate"]}
    browser.post("/admin/catalog/apitoken/add/", given)
    token = ApiToken.objects.get()
    ended = {"action": "revoke", "_selected_action": [token.pk]}
    browser.post("/admin/catalog/apitoken/", ended)

    assert told(token) == [("token.issued", "admin"), ("token.revoked", "admin")]
