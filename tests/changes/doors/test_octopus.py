"""ServiceNow's change API as Octopus Deploy calls it: it goes at Implement, and waits before."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from catalog.models import ApiToken
from changes import approvals, lifecycle
from changes.doors.servicenow.sys_ids import TEMPLATE, sys_id
from changes.models import Change, GateAnswer, Window
from tests.changes.api import world
from tests.changes.doors.knocking import PLAN, Tool, mapping, template, token, written

pytestmark = pytest.mark.usefixtures("organisation")

TITLE = 'Octopus: Deploy "Web Site" version 1.0.1 to "Production"'
CHANGES = "/api/sn_chg_rest/change"


def signed_in(secret: str = "", *, root: str = "") -> Tool:
    """Octopus with an access token, from the password grant."""
    answer = Client().post(
        "/oauth_token.do",
        {
            "grant_type": "password",
            "client_id": "octopus",
            "client_secret": "unused",
            "username": "ci",
            "password": secret or token(),
        },
    )
    assert answer.status_code == 200, answer.content
    return Tool(f"Bearer {answer.json()['access_token']}", root=root)


def found(octopus: Tool, **query: str):
    """The changes that are found, as (number, state)."""
    answer = octopus.get(CHANGES, **query)
    assert answer.status_code == 200, answer.content
    return [
        (one["number"]["value"], one["state"]["display_value"]) for one in answer.json()["result"]
    ]


def by_title(octopus: Tool, title: str = TITLE):
    return found(octopus, sysparm_query=f"short_description={title}")


def created(octopus: Tool, **more: str) -> str:
    answer = octopus.send("POST", f"{CHANGES}/normal", {**PLAN, "short_description": TITLE, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()["result"]["number"]["value"]


def approve(ref: str) -> None:
    for name in ("peer", "owner"):
        if Change.objects.get().state == "awaiting_approval":
            approvals.vote(
                ref=ref,
                decision="approve",
                comment="",
                actor=world.user(name),
                now=datetime.now(UTC),
            )


def test_a_deployment_waits_for_its_change_and_goes_once_the_gate_would_let_it():
    mapping("octopus", "Web Site", "Production")
    octopus = signed_in()

    assert by_title(octopus) == []
    ref = created(octopus)
    assert by_title(octopus) == [(ref, "Assess")]
    assert not GateAnswer.objects.exists()
    approve(ref)
    assert by_title(octopus) == [(ref, "Implement")]
    assert [(one.decision, one.run_id) for one in GateAnswer.objects.all()] == [("allow", "1.0.1")]


def test_a_freeze_shows_an_approved_change_as_scheduled_with_the_reason():
    mapping("octopus", "Web Site", "Production")
    octopus = signed_in()
    ref = created(octopus)
    approve(ref)
    now = datetime.now(UTC)
    Window.objects.create(name="Sale", starts_at=now, ends_at=now + timedelta(hours=1))

    (record,) = octopus.get(CHANGES, sysparm_query=f"number={ref}").json()["result"]

    assert record["state"] == {"value": "-2", "display_value": "Scheduled"}
    assert "Sale" in record["u_tidegate_reasons"]["value"]


def test_a_change_is_shown_with_pairs_of_values_and_what_was_not_read():
    mapping("octopus", "Web Site", "Production")

    answer = signed_in(root="/compat/servicenow").send(
        "POST",
        f"{CHANGES}/normal",
        {
            **PLAN,
            "short_description": TITLE,
            "start_date": "2030-01-07 09:00:00",
            "end_date": "2030-01-07 11:00:00",
            "risk": "2",
            "cmdb_ci": "x",
        },
    )

    record = answer.json()["result"]
    assert record["short_description"] == {"value": TITLE, "display_value": TITLE}
    assert (record["start_date"]["value"], record["end_date"]["value"]) == (
        "2030-01-07 09:00:00",
        "2030-01-07 11:00:00",
    )
    assert record["type"] == {"value": "normal", "display_value": "Normal"}
    assert record["sys_id"]["value"] == "7469646567617465" + f"{Change.objects.get().pk:016x}"
    assert record["__meta"] == {"ignoredFields": ["risk", "cmdb_ci"]}


def test_a_standard_change_is_moved_on_by_automatic_transition():
    mapping("octopus", "Web Site", "Production", template=template())
    octopus = signed_in()
    (shown,) = octopus.get(
        f"{CHANGES}/standard/template", sysparm_query="sys_name=Restart^active=true"
    ).json()["result"]

    made = octopus.send(
        "POST", f"{CHANGES}/standard/{shown['sys_id']['value']}", {"short_description": TITLE}
    ).json()["result"]
    at = f"{CHANGES}/{made['sys_id']['value']}"
    began = octopus.send("PATCH", at, {"state": "-1"}).json()["result"]
    noted = octopus.send("PATCH", at, {"work_notes": "Deployed by task 7."}).json()["result"]
    ended = octopus.send("PATCH", at, {"state": "Review"}).json()["result"]

    states = [one["state"]["display_value"] for one in (made, began, noted, ended)]
    assert states == ["Implement", "Implement", "Implement", "Review"]
    ref = made["number"]["value"]
    verbs = [verb for verb in world.said(ref) if verb.split(".")[0] in ("run", "deployment")]
    assert verbs == ["run.asked", "deployment.started", "run.noted", "deployment.succeeded"]
    assert Change.objects.get().state == "validating"


def test_another_template_than_the_mapped_one_or_none_is_refused():
    mapping("octopus", "Web Site", "Production", template=template())
    mapping("octopus", "Web Site", "Staging")
    octopus, body = signed_in(), {"short_description": TITLE}
    staging = {"short_description": TITLE.replace("Production", "Staging")}
    before = written()

    answers = [
        octopus.send("POST", f"{CHANGES}/normal", body),
        octopus.send("POST", f"{CHANGES}/standard/{sys_id(TEMPLATE, template().pk)}", staging),
        octopus.send("POST", f"{CHANGES}/standard/{sys_id(TEMPLATE, 99999)}", body),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 404]
    assert "mapped to the template Restart" in answers[0].json()["error"]["message"]
    assert written() == before


def test_a_change_that_is_over_is_found_by_number_and_another_is_opened_for_the_title():
    mapping("octopus", "Web Site", "Production")
    octopus = signed_in()
    ref = created(octopus)
    lifecycle.cancel(
        ref=ref, reason="Not now.", actor=world.user("engineer"), now=datetime.now(UTC)
    )

    assert (by_title(octopus), found(octopus, number=ref)) == ([], [(ref, "Canceled")])
    assert created(octopus) != ref


def test_a_change_somebody_filed_under_the_title_is_found_and_bound_to_its_version():
    ref = world.scheduled(title=TITLE, service="refunds", revision="")
    other = TITLE.replace("1.0.1", "1.0.2")
    world.scheduled(title=other, service="refunds", revision="1.0.1", environment="staging")
    mapping("octopus", "Web Site", "Production")
    octopus = signed_in()

    assert by_title(octopus) == [(ref, "Implement")]
    assert by_title(octopus, other) == []


def test_a_title_that_was_edited_to_another_version_does_not_go():
    mapping("octopus", "Web Site", "Production")
    octopus = signed_in()
    ref = created(octopus)
    approve(ref)
    other = TITLE.replace("1.0.1", "2.0.0")
    lifecycle.edit(
        ref=ref, fields={"title": other}, actor=world.user("engineer"), now=datetime.now(UTC)
    )

    assert by_title(octopus, other) == [(ref, "Scheduled")]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"sysparm_query": "numberLIKE1"}, "“numberLIKE1” is not read here."),
        ({"sysparm_query": "number=CHG-1^ORcategory=x"}, "“ORcategory=x” is not read here."),
        ({"category": "x"}, "“category=x” is not read here."),
    ],
)
def test_a_query_that_is_not_read_is_a_400_that_says_what_is(query, why: str):
    answer = signed_in().get(CHANGES, **query)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(why)
    assert "short_description" in answer.json()["error"]["message"]


def test_without_a_change_named_the_newest_are_shown_and_none_as_implement():
    world.scheduled(service="refunds")

    assert [state for _, state in found(signed_in(), sysparm_limit="1")] == ["Scheduled"]


def test_states_to_come_conflicts_and_votes():
    mapping("octopus", "Web Site", "Production")
    octopus = signed_in()
    ref = created(octopus)

    following = octopus.get(f"{CHANGES}/{ref}/nextstates").json()["result"]
    conflict = octopus.get(f"{CHANGES}/{ref}/conflict").json()["result"]
    vote = octopus.send("PATCH", f"{CHANGES}/{ref}/approvals", {"state": "approved"})

    assert following["available_states"] == ["-4", "4"]
    assert following["state_label"] == {"-4": "Assess", "4": "Canceled"}
    assert (conflict["conflict_status"]["value"], conflict["conflicts"]) == ("No Conflict", [])
    assert (vote.status_code, vote.json()["error"]["message"]) == (
        403,
        f"No tool votes on {ref}: its approvers do, in Tidegate.",
    )
    assert Change.objects.get().state == "awaiting_approval"


@pytest.mark.parametrize("limits", [{"services": ("search",)}, {"environments": ("staging",)}])
def test_a_strangers_token_finds_nothing_and_writes_nothing(limits):
    mapping("octopus", "Web Site", "Production")
    ref = created(signed_in())
    stranger = signed_in(token(**limits))
    before = written()

    assert (by_title(stranger), found(stranger, number=ref), found(stranger)) == ([], [], [])
    codes = [
        stranger.get(f"{CHANGES}/{ref}").status_code,
        stranger.send("PATCH", f"{CHANGES}/{ref}", {"state": "4", "close_notes": "x"}).status_code,
        stranger.send("POST", f"{CHANGES}/normal", {"short_description": TITLE}).status_code,
    ]
    assert codes == [404, 404, 404]
    assert written() == before


def test_a_guess_is_refused_and_after_ten_even_the_right_secret_for_a_while():
    secret = token()
    guess = {"grant_type": "client_credentials", "client_id": "ci", "client_secret": "tg_guess"}

    codes = [Client().post("/oauth_token.do", guess).json()["error"] for _ in range(11)]
    right = Client().post("/oauth_token.do", {**guess, "client_secret": secret})

    assert codes == ["invalid_grant"] * 10 + ["access_denied"]
    assert right.status_code == 401
    assert "Too many wrong secrets" in right.json()["error_description"]


@pytest.mark.parametrize(
    ("given", "code", "error"),
    [
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "engineer"}, 401, "invalid_grant"),
        ({"grant_type": "password", "username": ""}, 401, "invalid_grant"),
    ],
)
def test_whose_token_it_is_has_to_be_named(given, code, error):
    answer = Client().post("/oauth_token.do", {"password": token(), **given})

    assert (answer.status_code, answer.json()["error"]) == (code, error)


def test_an_access_token_ends_with_the_token_it_is_for_and_opens_nothing_else():
    octopus = signed_in()
    other = Tool(octopus._headers["Authorization"], root="/api/v1")
    assert other.get("/changes").status_code == 401

    ApiToken.objects.update(revoked_at=datetime.now(UTC))

    assert octopus.get(CHANGES).status_code == 401
    assert Tool("Bearer tga_forged:x", root="").get(CHANGES).status_code == 401
