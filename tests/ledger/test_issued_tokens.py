"""API tokens are issued and revoked on the record."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from catalog import tokens
from catalog.models import ApiToken, User
from ledger import issued_tokens, timeline
from ledger.decision import Refused

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


LIMITED = {
    "name": "deploys",
    "scopes": ["gate"],
    "services": ["checkout"],
    "teams": ["payments"],
    "environments": ["production"],
    "per_minute": 60,
}
DAY = timedelta(days=1)


@pytest.fixture
def lasting(robot, now) -> ApiToken:
    token, _ = issued_tokens.issue(
        actor="admin", user=robot, now=now, expires_at=now + 30 * DAY, **LIMITED
    )
    return token


def refused(token: ApiToken, now) -> str:
    with pytest.raises(Refused) as refusal:
        issued_tokens.rotate(actor="ci", token=token, now=now)
    return refusal.value.decision.codes[0]


def test_a_rotated_token_is_replaced_by_one_as_good_and_ends_after_the_overlap(lasting, now):
    later = now + 10 * DAY

    new, secret = issued_tokens.rotate(actor="ci", token=lasting, now=later, overlap=2 * DAY)

    assert tokens.identify(secret=secret, now=later) == new
    assert {name: getattr(new, name) for name in LIMITED} == LIMITED
    assert (new.user, new.replaces, new.expires_at) == (lasting.user, lasting, later + 30 * DAY)
    lasting.refresh_from_db()
    assert lasting.expires_at == later + 2 * DAY
    assert told(lasting) == [("token.issued", "admin"), ("token.rotated", "ci")]
    assert told(new) == [("token.issued", "ci")]
    assert timeline.events_of(subject=f"token:{lasting.pk}").last().data["by"] == f"token:{new.pk}"


def test_rotation_never_lengthens_the_old_token_and_ends_one_that_had_no_end(robot, lasting, now):
    eternal, _ = issued_tokens.issue(
        actor="admin", user=robot, name="old", scopes=["gate"], now=now
    )
    late = now + 29 * DAY

    issued_tokens.rotate(actor="ci", token=lasting, now=late, overlap=7 * DAY)
    new, _ = issued_tokens.rotate(actor="ci", token=eternal, now=now)

    for token in (lasting, eternal):
        token.refresh_from_db()
    assert lasting.expires_at == now + 30 * DAY
    assert (eternal.expires_at, new.expires_at) == (now + DAY, now + 90 * DAY)


def test_a_token_is_rotated_once_while_it_counts(robot, lasting, now):
    issued_tokens.rotate(actor="ci", token=lasting, now=now)
    revoked, _ = issued_tokens.issue(
        actor="admin", user=robot, name="gone", scopes=["gate"], now=now
    )
    issued_tokens.revoke(actor="admin", token=revoked, now=now)

    codes = [refused(lasting, now), refused(revoked, now), refused(lasting, now + DAY)]

    assert codes == ["token_rotated", "token_revoked", "token_expired"]
    assert ApiToken.objects.count() == 3


@pytest.mark.parametrize("overlap", [timedelta(days=7, seconds=1), -timedelta(seconds=1)])
def test_an_overlap_is_a_week_at_most(lasting, now, overlap):
    with pytest.raises(ValidationError, match="at most 7 days"):
        issued_tokens.rotate(actor="ci", token=lasting, now=now, overlap=overlap)
    assert ApiToken.objects.count() == 1


def test_an_older_token_keeps_its_digest(lasting, now):
    """What was added since says nothing of a token it does not concern."""
    ApiToken.objects.update(environments=[], per_minute=None)
    lasting.refresh_from_db()

    assert issued_tokens.digest(lasting) == issued_tokens.sha256_hex(
        {
            "user": "ci",
            **{name: getattr(lasting, name) for name in issued_tokens.SAID},
            "digest": bytes(lasting.digest).hex(),
        }
    )


def test_the_admin_rotates_what_can_be_and_says_why_not(admin_client, robot):
    given = {"user": robot, "scopes": ["gate"], "now": timezone.now()}
    lasting, _ = issued_tokens.issue(actor="admin", name="deploys", **given)
    revoked, _ = issued_tokens.issue(actor="admin", name="gone", **given)
    issued_tokens.revoke(actor="admin", token=revoked, now=timezone.now())
    chosen = {"action": "rotate", "_selected_action": [lasting.pk, revoked.pk]}

    page = admin_client.post("/admin/catalog/apitoken/", chosen, follow=True).content.decode()

    new = ApiToken.objects.get(replaces=lasting)
    assert f"Copy the secret of “deploys” now; it is not shown again: {new.prefix}" in page
    assert "The API token “gone” is revoked. Issue a new one." in page
    assert told(lasting)[-1] == ("token.rotated", "admin")
