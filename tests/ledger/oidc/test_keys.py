"""Keys of issuers: read by workers, kept sealed and for a day, never mixed."""

from datetime import timedelta

import pytest
from django.db import connection

from catalog.models import IssuerKeys
from ledger.oidc import keys
from ledger.oidc.refused import SubjectRefused
from tests.ledger.oidc.issuing import LocalIssuer, rsa_key

MINUTE = timedelta(minutes=1)


def refused(issuer, kid, now) -> SubjectRefused:
    with pytest.raises(SubjectRefused) as refusal:
        keys.find(issuer=issuer, kid=kid, now=now)
    return refusal.value


def test_keys_that_were_not_read_yet_are_asked_for(forge, now):
    issuer = forge.trusted(now)

    said = refused(issuer, forge.kid, now)

    assert (said.code, said.retry_after) == ("issuer_keys_pending", timedelta(seconds=5))
    assert keys.read_due(now=now, limit=5) == 1
    assert keys.find(issuer=issuer, kid=forge.kid, now=now)["kid"] == forge.kid


def test_a_key_is_found_in_one_statement(trusted, forge, now, django_assert_num_queries):
    with django_assert_num_queries(1):
        keys.find(issuer=trusted, kid=forge.kid, now=now)


def test_rotated_keys_are_read_at_the_first_token_and_once_a_minute_at_most(trusted, forge, now):
    forge.keys["rotated"] = rsa_key("second")
    forge.publish()
    assert refused(trusted, "rotated", now).code == "key_unknown"
    later = now + MINUTE

    assert refused(trusted, "rotated", later).code == "issuer_keys_pending"
    assert keys.read_due(now=later, limit=5) == 1
    assert keys.find(issuer=trusted, kid="rotated", now=later)["kid"] == "rotated"
    for seconds in (0, 30, 59):
        at = later + timedelta(seconds=seconds)
        assert refused(trusted, "none such", at).code == "key_unknown"
        assert keys.read_due(now=at, limit=5) == 0
    assert forge.asked() == 2


def test_keys_are_read_anew_every_ten_minutes_and_a_withdrawn_one_is_forgotten(trusted, forge, now):
    withdrawn = forge.kid
    forge.keys = {"rotated": rsa_key("second")}
    forge.publish()
    assert keys.read_due(now=now + 9 * MINUTE, limit=5) == 0

    assert keys.read_due(now=now + 10 * MINUTE, limit=5) == 1

    assert refused(trusted, withdrawn, now + 10 * MINUTE).code == "key_unknown"


def test_keys_of_an_issuer_that_is_away_count_for_a_day(trusted, forge, now):
    forge.answer("/.well-known/openid-configuration", b"", status=503)
    keys.read_due(now=now + 10 * MINUTE, limit=5)

    last = now + timedelta(days=1)

    assert IssuerKeys.objects.get().problem == "The server answered 503 SERVICE UNAVAILABLE."
    assert keys.find(issuer=trusted, kid=forge.kid, now=last)
    keys.read_due(now=last, limit=5)
    said = refused(trusted, forge.kid, last + timedelta(seconds=1))
    assert (said.code, said.retry_after) == ("issuer_not_reached", MINUTE)


def test_a_key_of_another_issuer_is_not_found(trusted, forge, httpserver, now):
    other = LocalIssuer(httpserver, "/other")
    keys_of_other = other.trusted(now)
    assert keys.read_due(now=now, limit=5) == 1

    assert refused(trusted, other.kid, now).code == "key_unknown"
    assert refused(keys_of_other, forge.kid, now).code == "key_unknown"


def test_keys_that_were_moved_or_written_in_the_database_count_for_nothing(
    trusted, forge, httpserver, now
):
    other = LocalIssuer(httpserver, "/other")
    other.trusted(now)
    keys.read_due(now=now, limit=5)
    (sealed,) = IssuerKeys.objects.filter(issuer__url=other.url).values_list(
        "sealed_keys", flat=True
    )

    for value in (sealed, b'{"keys": []}'):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE catalog_issuerkeys SET sealed_keys = %s WHERE issuer_id = %s",
                [bytes(value), trusted.pk],
            )
        assert refused(trusted, other.kid, now).code == "issuer_not_reached"


def test_an_issuer_that_is_trusted_no_more_is_not_asked(trusted, now):
    trusted.is_active = False
    trusted.save()

    assert keys.read_due(now=now + 10 * MINUTE, limit=5) == 0
