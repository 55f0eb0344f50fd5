"""Who could deploy what: tokens, rules and people, with why."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import tokens
from catalog.models import Issuer, Service
from changes.audit import access
from changes.queries.access import Narrowed
from ledger.decision import Refused
from tests.changes.api.world import build, caller, user
from tests.ledger.oidc.issuing import rule

pytestmark = pytest.mark.django_db
GATE = ["gate"]


@pytest.fixture(autouse=True)
def organisation(db):
    build()


def issue(whose: str, name: str = "t", scopes: list[str] = GATE, **given):
    now = timezone.now()
    given = {"expires_at": now + timedelta(days=90), **given}
    return tokens.issue(user=user(whose), name=name, scopes=scopes, now=now, **given)[0]


def found(**narrowed) -> dict[str, list[tuple[str, str, tuple[str, ...]]]]:
    """By service: kind, who it acts as, and where."""
    page = access.read(Narrowed(**narrowed), reader=user("auditor"), now=timezone.now())
    return {
        row.service: [(way.kind, way.acts_as, way.environments) for way in row.ways]
        for row in page.rows
    }


BOTH = ("production", "staging")
TEAM = [("person", name, BOTH) for name in ("engineer", "owner", "peer")]


def test_people_of_the_owner_team_could_deploy_its_services():
    assert found() == {
        "payments-api": TEAM,
        "refunds": TEAM,
        "search": [("person", "stranger", BOTH)],
    }


def test_tokens_and_rules_of_robots_reach_what_they_are_limited_to():
    issue("ci", "everywhere")
    issue("ci", "one", services=["search"], environments=["staging"])
    issue("ci", "team", teams=["payments"])
    github = Issuer.objects.create(name="GitHub", url="https://github.example", audience="us")
    rule(github, acts_as=user("ci"), services=["refunds"], environments=["production"])

    ways = {
        service: [way for way in ways if way[0] != "person"] for service, ways in found().items()
    }

    everywhere = ("token", "ci", BOTH)
    assert ways == {
        "payments-api": [everywhere, everywhere],
        "refunds": [everywhere, everywhere, ("rule", "ci", ("production",))],
        "search": [everywhere, ("token", "ci", ("staging",))],
    }


def test_whoever_could_not_start_a_deployment_is_left_out():
    """No scope for the gate, an end, an auditor, a stranger, somebody who left, an exchange."""
    now = timezone.now()
    issue("ci", scopes=["changes:write"])
    issue("ci", expires_at=now)
    tokens.revoke(token=issue("ci"), now=now)
    issue("ci", origin={"rule": "deploy"})
    issue("auditor")
    issue("cab-1")
    type(user("peer")).objects.filter(username="peer").update(is_active=False)
    issue("peer")

    assert found(service="refunds") == {
        "refunds": [one for one in TEAM if one[1] != "peer"],
    }


def test_a_token_of_a_person_deploys_what_the_person_may_start():
    issue("engineer")
    issue("engineer", "all", scopes=["admin"])

    ways = found(person="engineer")

    assert list(ways) == ["payments-api", "refunds"]
    assert [kind for kind, *_ in ways["refunds"]] == ["token", "token", "person"]


def test_the_reverse_tells_what_one_token_or_rule_reaches():
    robots, persons = issue("ci", services=["search", "refunds"]), issue("engineer")
    github = Issuer.objects.create(name="GitHub", url="https://github.example", audience="us")
    trusted = rule(github, acts_as=user("ci"), teams=["platform"])

    assert found(token=robots.pk) == {
        "refunds": [("token", "ci", BOTH)],
        "search": [("token", "ci", BOTH)],
    }
    assert list(found(token=persons.pk)) == ["payments-api", "refunds"]
    assert found(rule=trusted.pk) == {"search": [("rule", "ci", BOTH)]}
    assert found(person="ci", environment="staging")["search"] == [
        *(("token", "ci", ("staging",)), ("rule", "ci", ("staging",))),
    ]
    assert found(token=987_654) == {}


def test_why_and_what_to_look_at_is_told():
    issue("ci", "broad", expires_at=None)
    github = Issuer.objects.create(name="GitHub", url="https://github.example", audience="us")
    rule(github, acts_as=user("ci"), conditions={"repository": "acme/*"})

    page = access.read(Narrowed(service="search"), reader=user("manager"), now=timezone.now())

    token, trusted, person = page.rows[0].ways
    assert token.why == "robot; scope gate; any service, in any environment"
    assert token.flags == ("never ends", "deploys any service", "never used")
    assert trusted.why == (
        "pipelines with repository acme/*; scope gate; any service, in any environment"
    )
    assert trusted.flags == ("deploys any service", "takes more than one repository")
    assert (person.why, person.flags) == ("member of platform", ())


@pytest.mark.parametrize("count", [1, 3])
def test_however_many_there_are_five_statements_find_them(count):
    team = Service.objects.get(slug="search").owner_team
    for number in range(count):
        Service.objects.create(slug=f"x{number}", name="X", owner_team=team)
        issue("ci", services=[f"x{number}"])
    reader, now = user("auditor"), timezone.now()
    access.demand_reader(reader)

    with CaptureQueriesContext(connection) as asked:
        access.read(Narrowed(), reader=reader, now=now)

    assert len(asked) == 5


def test_only_auditors_and_change_managers_read_it():
    for name in ("engineer", "cab-1", "stranger"):
        with pytest.raises(Refused, match="Only auditors and change managers"):
            access.read(Narrowed(), reader=user(name), now=timezone.now())
        browser = signed_in(name)
        assert browser.get("/audit/access").status_code == 403
        assert browser.get("/audit/access.csv").status_code == 403
        assert caller(name).get("/audit/access").status_code == 403
    assert caller("auditor", services=("search",)).get("/audit/access").status_code == 403
    assert caller("auditor", "gate").get("/audit/access").status_code == 403


def signed_in(name: str) -> Client:
    browser = Client()
    browser.force_login(user(name), "django.contrib.auth.backends.ModelBackend")
    return browser


def test_the_page_the_file_and_the_api_tell_the_same():
    token = issue("ci", "=cmd()", services=["search"])

    page = signed_in("auditor").get("/audit/access", {"service": "search"})
    file = signed_in("auditor").get("/audit/access.csv", {"service": "search"})
    told = caller("auditor").get("/audit/access", service="search").json()

    assert page.status_code == 200
    assert f"=cmd() ({token.prefix}…)" in page.content.decode()
    lines = list(csv.DictReader(io.StringIO(file.getvalue().decode())))
    assert [line["acts_as"] for line in lines] == ["ci", "stranger"]
    assert lines[0]["name"].startswith("'=cmd()")
    (row,) = told["results"]
    assert [way["ref"] for way in row["access"]] == [
        f"token:{token.pk}",
        f"user:{user('stranger').pk}",
    ]
    assert (row["access"][0]["environments"], told["next"]) == (list(BOTH), None)


def test_pages_follow_each_other():
    reading = caller("auditor")

    first = reading.get("/audit/access", limit=2).json()
    second = reading.get("/audit/access", limit=2, cursor="refunds").json()

    assert [row["service"] for row in first["results"]] == ["payments-api", "refunds"]
    assert first["next"].endswith("/audit/access?limit=2&cursor=refunds")
    assert [row["service"] for row in second["results"]] == ["search"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"service": "nil"}, "service"),
        ({"environment": "nil"}, "environment"),
        ({"person": "nobody"}, "person"),
        ({"token": "x"}, "token"),
        ({"rule": 2**63}, "rule"),
        ({"limit": 0}, "limit"),
        ({"nil": "x"}, "nil"),
    ],
)
def test_what_cannot_be_asked_about_is_named(query, field):
    answer = caller("auditor").get("/audit/access", **query)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    if field not in ("limit", "nil"):
        assert signed_in("auditor").get("/audit/access", query).status_code == 422
