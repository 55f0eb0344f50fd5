"""The gate's page: a grid of words, and the log of what it answered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Environment, Service, Team
from changes import gate, overrides
from changes.models import GateAnswer, Window
from changes.overrides import Asked
from changes.queries.places import places
from changes.states import Kind, State
from changes.web.gate_grid import cell
from incidents import lifecycle as incidents
from incidents import queries as incident_rows
from tests import living
from tests.changes.overrides import staged
from tests.living import at, change_at, person, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
Browser = Callable[[str], Client]
HOUR = timedelta(hours=1)


def asked(*, minutes: float = 100, by: str = "ci", **given: str) -> gate.Answer:
    question = gate.Question(**({"service": "refunds", "environment": "production"} | given))
    return gate.ask(question, actor=person(by), now=at(minutes))


def freeze(name: str = "Audit", **given: Any) -> Window:
    now = timezone.now()
    period = {"starts_at": now - HOUR, "ends_at": now + HOUR}
    return Window.objects.create(**({"name": name} | period | given))


def words(client: Client) -> dict[tuple[str, str], str]:
    """(service, environment) → the word and the message of each cell."""
    grid = client.get("/gate/").context["grid"]
    return {
        (row["service"].slug, one.environment): f"{one.label}: {one.message}"
        for row in grid
        for one in row["cells"]
    }


def test_every_service_has_a_word_for_every_environment(signed_in: Browser):
    freeze(environments=["production"], tiers=[1])
    living.incident(1)

    assert words(signed_in("stranger")) == {
        ("payments-api", "Production"): "Frozen: Audit",
        ("payments-api", "Staging"): "Open: ",
        ("refunds", "Production"): "Held: INC-1 is open".replace("INC-1", _ref()),
        ("refunds", "Staging"): "Held: INC-1 is open".replace("INC-1", _ref()),
    }


def _ref() -> str:
    return incident_rows.shown()[0].ref


def test_a_closed_environment_waits_for_its_maintenance(signed_in: Browser):
    Environment.objects.filter(slug="staging").update(default="closed")
    now = timezone.now()
    freeze("Night", effect="maintenance", starts_at=now + HOUR, ends_at=now + 2 * HOUR)

    assert words(signed_in("stranger"))["refunds", "Staging"] == "Closed: no maintenance window"


def test_a_freeze_that_only_warns_is_told_and_shuts_nothing(signed_in: Browser):
    freeze(level="warn")

    assert words(signed_in("stranger"))["refunds", "Production"] == "Open: Audit"


def test_an_overdue_vote_holds_the_service(signed_in: Browser, monkeypatch: pytest.MonkeyPatch):
    change = change_at(State.AWAITING_APPROVAL, kind=Kind.EMERGENCY, incident=living.incident(2))
    say("break_glass", change, by="oncall", minutes=30, reason="Refunds are down.")
    incidents.close(
        ref=change.incident.ref, note="Queue drained.", actor=person("oncall"), now=at(40)
    )
    later = at(30) + timedelta(hours=25)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)

    found = words(signed_in("stranger"))["refunds", "Production"]

    assert found == f"Held: {change.ref} owes its votes"


@pytest.fixture
def mixed(today: None) -> None:
    """Windows of every scope, an incident and a closed environment."""
    web = Team.objects.create(slug="web", name="Web", time_zone="America/New_York")
    Service.objects.create(slug="shop", name="Shop", tier=2, owner_team=web)
    Environment.objects.create(slug="lab", name="Lab", default="closed")
    Window.objects.filter(name="Weekend freeze").update(is_active=True)
    freeze("Team", teams=["payments"])
    freeze("Service", services=["refunds"], level="warn")
    freeze("Tier", tiers=[2])
    freeze("Environment", environments=["staging"])
    freeze("Kind", kinds=["standard"])
    freeze("Category", categories=["database"])
    freeze("Normal", kinds=["normal"], teams=["web"])
    freeze("Put away", is_active=False)
    now = timezone.now()
    freeze("Opening", effect="maintenance", environments=["lab"])
    freeze("Past", starts_at=now - 3 * HOUR, ends_at=now - HOUR)
    living.incident(2, on="payments-api")
    living.incident(3, on="refunds")
    staged.managers()
    given = Asked(
        service="refunds",
        environment="production",
        reason=staged.REASON,
        expires_at=now + 50 * HOUR,
    )
    row = overrides.request(given, actor=person("manager"), now=now)
    overrides.confirm(ref=row.ref, actor=person("manager-2"), now=now)


@pytest.mark.usefixtures("mixed")
def test_the_grid_says_what_the_gate_explains():
    reader = person("engineer")
    begun = timezone.now()
    for instant in (begun, begun + 2 * HOUR, begun + timedelta(days=2), begun + timedelta(days=4)):
        found = places(reader=reader, now=instant, limit=10)
        for service, row in found.rows:
            for environment, facts in zip(found.environments, row, strict=True):
                shown = cell(service, environment, facts, now=instant)
                question = gate.Question(service=service.slug, environment=environment.slug)
                answer = gate.examine(
                    question, at=instant, now=instant, kind="normal", reader=reader
                ).answer
                assert shown.decision == answer.decision
                if answer.reasons:
                    assert shown.until == answer.next_allowed_at


def test_my_services_come_first_and_the_rest_is_counted(settled_web: None):
    found = places(reader=person("engineer"), now=timezone.now(), limit=2)

    assert [service.slug for service, _ in found.rows] == ["payments-api", "refunds"]
    assert found.more == 1
    narrowed = places(reader=person("engineer"), now=timezone.now(), limit=2, service="shop")
    assert [service.slug for service, _ in narrowed.rows] == ["shop"]


@pytest.fixture
def settled_web(today: None) -> None:
    web = Team.objects.create(slug="web", name="Web")
    Service.objects.create(slug="shop", name="Shop", tier=1, owner_team=web)


def test_the_log_tells_every_answer_with_its_reasons(signed_in: Browser):
    change = change_at(State.IMPLEMENTING)
    asked(change=change.ref)
    denied = asked(revision="unknown", minutes=101)

    response = signed_in("auditor").get("/gate/")

    rows = response.context["answers"]
    assert [(row.decision, row.change) for row in rows] == [("deny", ""), ("allow", change.ref)]
    html = response.content.decode()
    assert denied.reasons[0].message in html
    assert f'id="answer-{denied.id}"' in html


@pytest.mark.parametrize(
    ("narrowed", "revisions"),
    [
        ({"decision": "deny"}, ["b", "a"]),
        ({"decision": "allow"}, []),
        ({"service": "refunds"}, ["a"]),
        ({"environment": "staging"}, ["b"]),
        ({"asked_by": "ci"}, ["b", "a"]),
        ({"asked_by": "somebody"}, []),
        ({"change": "chg-999"}, []),
    ],
)
def test_filters_narrow_the_log(narrowed: dict[str, str], revisions: list[str], signed_in: Browser):
    asked(revision="a")
    asked(revision="b", service="payments-api", environment="staging", minutes=101)

    response = signed_in("stranger").get("/gate/", narrowed)

    assert [row.revision for row in response.context["answers"]] == revisions
    assert response.context["filtered"] is True


def test_days_narrow_the_log_in_the_readers_zone(signed_in: Browser):
    asked(revision="a")
    day = timezone.localtime(at(100)).date()
    client = signed_in("stranger")

    def found(**days: Any) -> int:
        return len(client.get("/gate/", days).context["answers"])

    assert found(since=day, until=day) == 1
    assert found(since=day + timedelta(days=1)) == 0
    assert found(until=day - timedelta(days=1)) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": "perhaps"},
        {"change": "INC-1"},
        {"environment": "moon"},
        {"since": "soon"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"service": "no service"},
    ],
)
def test_a_mistyped_filter_is_told_beside_it(wrong: dict[str, str], signed_in: Browser):
    response = signed_in("stranger").get("/gate/", wrong)

    assert response.status_code == 422
    assert list(response.context["filter_form"].errors) == list(wrong)


@pytest.mark.parametrize("cursor", ["x", "é", "bm93", "a" * 500, "bjIwMjYtMTEtMTh-YQ"])
def test_an_unknown_cursor_is_a_sentence_and_no_crash(cursor: str, signed_in: Browser):
    response = signed_in("stranger").get("/gate/", {"cursor": cursor})

    assert response.status_code == 422
    assert "Start from the newest." in response.content.decode()


def test_pages_of_the_log_meet_without_gap_or_overlap(signed_in: Browser):
    GateAnswer.objects.bulk_create(
        GateAnswer(
            at=at(100 + number // 4),
            asked_by="ci",
            service="refunds",
            environment="production",
            revision=str(number),
            decision="deny",
        )
        for number in range(60)
    )
    client = signed_in("stranger")

    def walk(link: str) -> list[list[str]]:
        pages, url = [], "/gate/?service=refunds"
        while url:
            context = client.get(url).context
            pages.append([str(row.pk) for row in context["answers"]])
            url = context["pager"][link]
        return pages

    older = walk("older_url")
    assert [len(page) for page in older] == [25, 25, 10]
    assert [key for page in older for key in page] == [
        str(key) for key in GateAnswer.objects.order_by("-at", "-id").values_list("pk", flat=True)
    ]
    back = client.get(client.get("/gate/?service=refunds").context["pager"]["older_url"]).context
    newest = client.get(back["pager"]["newer_url"]).context
    assert [str(row.pk) for row in newest["answers"]] == older[0]
    assert newest["pager"]["newer_url"] == ""


def test_an_empty_catalog_says_how_to_begin(client: Client, signed_in: Browser):
    Environment.objects.all().delete()

    html = signed_in("stranger").get("/gate/").content.decode()

    assert "once the catalog names one" in html
    assert "No pipeline has asked yet." in html


def test_who_has_not_signed_in_is_sent_to_the_door(client: Client):
    assert client.get("/gate/")["Location"] == "/sign-in?next=/gate/"


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_fifteen_statements_however_many_services_and_answers(
    rows: int, signed_in: Browser, django_assert_num_queries: Any
):
    team = Team.objects.get(slug="payments")
    for number in range(rows):
        Service.objects.create(slug=f"extra-{number}", name="Extra", owner_team=team)
        asked(revision=str(number))
    living.incident(1)
    client = signed_in("stranger")

    with django_assert_num_queries(15):
        client.get("/gate/")
