"""Issuers and rules of trust in the admin: recorded, and refused where strangers would get in."""

import json

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_httpserver import HTTPServer

from catalog.models import ApiToken, Issuer, IssuerKeys, SpentSubject, TrustRule, User
from ledger.models import Event
from ledger.oidc import keys
from tests.ledger.oidc.issuing import NEAR, LocalIssuer, rule

pytestmark = pytest.mark.django_db
ISSUER = {"name": "GitHub", "url": "https://token.actions.githubusercontent.com", "audience": "us"}
RULE = {
    "name": "deploy",
    "conditions": json.dumps({"repository": "acme/shop"}),
    "scopes": ["gate"],
    "minutes": 15,
    "is_active": "on",
}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer.objects.create(**ISSUER)


@pytest.fixture
def robot() -> User:
    return User.objects.create(username="ci", is_robot=True)


def test_an_issuer_is_recorded_and_its_keys_are_asked_for(admin_client):
    admin_client.post("/admin/catalog/issuer/add/", {**ISSUER, "is_active": "on"})
    issuer = Issuer.objects.get()
    IssuerKeys.objects.update(wanted_at=None)
    changed = {**ISSUER, "audience": "https://tidegate.example.com", "is_active": "on"}
    admin_client.post(f"/admin/catalog/issuer/{issuer.pk}/change/", changed)

    created, edited = Event.objects.filter(subject=f"issuer:{issuer.pk}").order_by("position")
    assert (created.verb, created.actor, created.data["says"]["audience"]) == (
        *("issuer.created", "admin", "us"),
    )
    assert edited.data["diff"] == {"audience": ["us", "https://tidegate.example.com"]}
    assert IssuerKeys.objects.get().wanted_at is None  # its address stayed
    page = admin_client.get(f"/admin/catalog/issuer/{issuer.pk}/change/").content.decode()
    assert "not read yet" in page
    assert "Try a token" in page


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"url": "token.actions.githubusercontent.com"}, "begins with https://"),
        ({"url": "https://a:b@example.com"}, "begins with https://"),
        ({"url": "https://example.com/?x=1"}, "Leave out what follows"),
        ({"audience": ""}, "This field is required."),
    ],
)
def test_a_wrong_issuer_is_refused(admin_client, given, told):
    answer = admin_client.post("/admin/catalog/issuer/add/", {**ISSUER, **given})

    assert told in answer.content.decode()
    assert Issuer.objects.count() == Event.objects.count() == 0


def test_a_rule_is_recorded_and_stays(admin_client, issuer, robot):
    given = {**RULE, "issuer": issuer.pk, "acts_as": robot.pk}

    admin_client.post("/admin/catalog/trustrule/add/", given)
    rule = TrustRule.objects.get()
    admin_client.post(f"/admin/catalog/trustrule/{rule.pk}/delete/", {"post": "yes"})

    event = Event.objects.get(subject=f"trustrule:{rule.pk}")
    assert (event.verb, event.data["says"]["acts_as"]) == ("trustrule.created", "ci")
    assert TrustRule.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"conditions": '{"ref": "refs/heads/main"}'}, "Name whose pipeline it is"),
        ({"conditions": '{"repository": "*"}'}, "write the owner out"),
        ({"services": "nil"}, "There is no service “nil”."),
        ({"environments": "nil"}, "There is no environment “nil”."),
        ({"minutes": 16}, "less than or equal to 15"),
        ({"scopes": []}, "This field is required."),
    ],
)
def test_a_rule_that_lets_strangers_in_is_refused(admin_client, issuer, robot, given, told):
    whole = {**RULE, "issuer": issuer.pk, "acts_as": robot.pk, **given}

    answer = admin_client.post("/admin/catalog/trustrule/add/", whole)

    assert told in answer.content.decode()
    assert TrustRule.objects.count() == Event.objects.count() == 0


def test_a_pipeline_never_acts_as_a_person(issuer, admin_client):
    person = User.objects.create_user("engineer")
    whole = {**RULE, "issuer": issuer.pk, "acts_as": person.pk}

    admin_client.post("/admin/catalog/trustrule/add/", whole)

    assert TrustRule.objects.count() == 0


def test_only_an_administrator_writes_rules(issuer, robot):
    manager = User.objects.create_user("manager", is_staff=True)
    manager.groups.add(Group.objects.get_or_create(name="Change managers")[0])
    stranger = User.objects.create_user("stranger", is_staff=True)
    given = {**RULE, "issuer": issuer.pk, "acts_as": robot.pk}

    for who, sees in ((manager, 200), (stranger, 403)):
        browser = Client()
        browser.force_login(who, "django.contrib.auth.backends.ModelBackend")
        assert browser.get("/admin/catalog/trustrule/").status_code == sees
        assert browser.get("/admin/catalog/issuer/try/").status_code == sees
        assert browser.post("/admin/catalog/trustrule/add/", given).status_code == 403
    assert TrustRule.objects.count() == 0


def test_a_token_is_tried_and_every_rule_explained(admin_client, httpserver: HTTPServer, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = NEAR
    forge, now = LocalIssuer(httpserver, "/forge"), timezone.now()
    issuer = forge.trusted(now)
    keys.read_due(now=now, limit=1)
    rule(issuer)
    rule(issuer, "elsewhere", conditions={"repository": "acme/other"})

    def tried(text: str) -> str:
        page = admin_client.post("/admin/catalog/issuer/try/", {"token": text})
        return page.content.decode()

    good, wrong = tried(forge.token(now)), tried(forge.token(now, ref="refs/heads/x"))

    assert "The rule “deploy” lets it in as ci" in good
    assert "repository is “acme/shop”, and must be “acme/other”" in good
    assert "<strong>claim_mismatch</strong>" in wrong
    assert "ref is “refs/heads/x”, and must be “refs/heads/main”" in wrong
    assert "<strong>token_malformed</strong>" in tried("garbage")
    assert (ApiToken.objects.count(), SpentSubject.objects.count()) == (0, 0)
