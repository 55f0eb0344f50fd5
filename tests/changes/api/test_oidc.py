"""A pipeline comes with its issuer's token alone, and asks the gate."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import ApiToken
from config import recorded_rows
from ledger import catalogue, taking_up, verify
from ledger.oidc import keys
from tests.changes.api.world import Caller, user, written
from tests.config.recorded import faults, sql
from tests.ledger.oidc.issuing import NEAR, LocalIssuer, rsa_key, rule

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}


@pytest.fixture
def forge(httpserver, settings, organisation) -> LocalIssuer:
    """A trusted issuer whose pipelines of acme/shop may deploy payments to production."""
    settings.WEBHOOK_ALLOWED_NETWORKS = NEAR
    made = LocalIssuer(httpserver, "/forge")
    issuer = made.trusted(timezone.now())
    keys.read_due(now=timezone.now(), limit=5)
    limits = {"services": ["payments-api"], "environments": ["production"]}
    rule(issuer, acts_as=user("ci"), **limits)
    return made


def exchanged(text, **more):
    return Caller().post("/oidc/token", {"subject_token": text, **more})


def test_a_pipeline_asks_the_gate_with_what_it_was_given(forge):
    answer = exchanged(forge.token(timezone.now()), scope="gate")

    told = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert (told["token_type"], told["acts_as"], told["scope"]) == ("Bearer", "ci", "gate")
    assert 290 <= told["expires_in"] <= 300
    pipeline = Caller(told["access_token"])
    assert pipeline.post("/gate", QUESTION).json()["decision"] == "deny"
    elsewhere = [{**QUESTION, "environment": "staging"}, {**QUESTION, "service": "refunds"}]
    assert [pipeline.post("/gate", one).status_code for one in elsewhere] == [403, 403]
    rotated = pipeline.post("/tokens/rotate", {})
    assert (rotated.status_code, rotated.json()["code"]) == (409, "token_short_lived")


def test_every_refusal_says_why_and_writes_nothing(forge):
    now, before = timezone.now(), written()
    spent = forge.token(now, jti="spent")
    asked = {
        "token_malformed": "garbage",
        "signature_wrong": forge.token(now, key=rsa_key("thief")),
        "audience_wrong": forge.token(now, aud="https://other.example"),
        "subject_expired": forge.token(now - timedelta(hours=1)),
        "key_unknown": forge.token(now, kid="none such"),
        "no_rule": forge.token(now, repository="evil/shop"),
        "claim_mismatch": forge.token(now, ref="refs/heads/x"),
    }

    answers = {code: exchanged(text) for code, text in asked.items()}

    assert {code: one.json()["code"] for code, one in answers.items()} == {
        code: code for code in asked
    }
    assert [one.status_code for one in answers.values()] == [401] * 5 + [403] * 2
    assert answers["token_malformed"]["WWW-Authenticate"] == 'Bearer realm="tidegate"'
    assert all(one.json()["reasons"][0]["remedy"] for one in answers.values())
    assert (written(), ApiToken.objects.count()) == (before, 0)
    assert exchanged(spent).status_code == 200
    assert exchanged(spent).json()["code"] == "token_replayed"


def test_who_comes_before_the_keys_is_asked_to_come_again(forge, httpserver):
    other = LocalIssuer(httpserver, "/other")
    rule(other.trusted(timezone.now()), acts_as=user("ci"))
    text = other.token(timezone.now())

    first = exchanged(text)
    keys.read_due(now=timezone.now(), limit=5)

    assert (first.status_code, first["Retry-After"]) == (503, "5")
    assert first.json()["code"] == "issuer_keys_pending"
    assert exchanged(text).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "subject_token"),
        ({"subject_token": 7}, "subject_token"),
        ({"subject_token": "x" * 16_001}, "subject_token"),
        ({"subject_token": "x", "grant_type": "password"}, "grant_type"),
        ({"subject_token": "x", "audience": "y"}, "audience"),
        ({"subject_token": "x", "rule": None}, "rule"),
    ],
)
def test_a_wrong_field_is_named(forge, body, field):
    answer = Caller().post("/oidc/token", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_a_rule_that_was_widened_behind_the_ledger_is_named(forge):
    taking_up.take_up(rows=recorded_rows.KEPT, now=timezone.now())
    exchanged(forge.token(timezone.now()))
    assert faults() == []
    known = dict(catalogue.trust_digests())

    sql("UPDATE catalog_trustrule SET services = '{}'")
    sql("UPDATE catalog_issuer SET audience = 'x'")

    assert [one.split(" ")[0] for one in faults()] == sorted(known)
    assert "trusted issuers" in verify.taken_up()
