import logging
from datetime import timedelta
from hashlib import sha256

import pytest

from catalog import tokens
from catalog.models import ApiToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(robot, now):
    return tokens.issue(user=robot, name="deploys", scopes=["gate"], now=now)


def refusal(secret, now) -> tokens.TokenRefused:
    with pytest.raises(tokens.TokenRefused) as refused:
        tokens.identify(secret=secret, now=now)
    return refused.value


def test_only_the_digest_of_a_secret_is_kept(issued):
    token, secret = issued

    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret.startswith("tg_")
    assert len(secret) == 46
    assert bytes(row["digest"]) == sha256(secret.encode()).digest()
    assert row["prefix"] == secret[:10]
    assert secret not in {str(value) for value in row.values()}


def test_no_two_secrets_are_the_same(robot, now):
    secrets = {
        tokens.issue(user=robot, name="deploys", scopes=["gate"], now=now)[1] for _ in range(20)
    }
    assert len(secrets) == 20


def test_a_secret_is_identified_in_one_query(issued, robot, now, django_assert_num_queries):
    token, secret = issued
    tokens.identify(secret=secret, now=now)

    with django_assert_num_queries(1):
        known = tokens.identify(secret=secret, now=now)
        assert (known, known.user.username) == (token, "ci")


def test_use_is_noted_at_most_once_a_minute(issued, now, django_assert_num_queries):
    token, secret = issued
    uses = [(0, 0), (59, 0), (60, 60), (61, 60)]

    for after, noted in uses:
        tokens.identify(secret=secret, now=now + timedelta(seconds=after))
        token.refresh_from_db()
        assert token.last_used_at == now + timedelta(seconds=noted)


@pytest.mark.parametrize(
    "secret", ["", "tg_", "tg_unknown", "other", "tg_" + "x" * 5000, "tg_☂", "tg_\x00"]
)
def test_an_unknown_secret_is_refused(issued, now, secret):
    refused = refusal(secret, now)
    assert (refused.code, refused.remedy[:5]) == ("token_unknown", "Check")


def test_part_of_a_secret_is_refused(issued, now):
    assert refusal(issued[1][:-1], now).code == "token_unknown"


def test_an_expired_token_is_refused(robot, now):
    _, secret = tokens.issue(
        user=robot, name="deploys", scopes=["gate"], now=now, expires_at=now + timedelta(days=1)
    )

    assert tokens.identify(secret=secret, now=now + timedelta(hours=23)).name == "deploys"
    assert refusal(secret, now + timedelta(days=1)).code == "token_expired"


def test_a_revoked_token_is_refused_and_keeps_its_date(issued, now):
    token, secret = issued

    tokens.revoke(token=token, now=now)
    tokens.revoke(token=token, now=now + timedelta(days=1))

    refused = refusal(secret, now)
    assert (refused.code, token.revoked_at) == ("token_revoked", now)
    assert str(refused) == (
        "The API token “deploys” was revoked at 2026-11-20 16:00 UTC. Ask for a new token."
    )


def test_the_token_of_an_inactive_user_is_refused(issued, robot, now):
    robot.is_active = False
    robot.save()

    assert refusal(issued[1], now).code == "user_inactive"


@pytest.mark.parametrize("scopes", [["gate", "everything"], []])
def test_a_token_needs_known_scopes(robot, now, scopes):
    with pytest.raises(tokens.UnknownScope, match="gate, changes:read, changes:write"):
        tokens.issue(user=robot, name="deploys", scopes=scopes, now=now)
    assert ApiToken.objects.count() == 0


def test_scopes_are_kept_once_in_a_fixed_order(robot, now):
    token, _ = tokens.issue(
        user=robot, name="deploys", scopes=["changes:write", "gate", "gate"], now=now
    )
    assert token.scopes == ["gate", "changes:write"]


def test_no_secret_is_logged(issued, now, caplog):
    with caplog.at_level(logging.DEBUG):
        tokens.identify(secret=issued[1], now=now)
        refusal(issued[1] + "x", now)
    assert issued[1] not in caplog.text
