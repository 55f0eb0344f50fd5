"""What clients do without the gate, over REST: set, read, and kept as a signed answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from catalog.models import Environment, User
from changes import outage, permits
from changes.models import FailMode, Window
from ledger import keys, rows
from ledger.models import Event
from tests.changes.api.world import caller, user
from tests.config.recorded import CHANGED, faults, sql

pytestmark = pytest.mark.usefixtures("organisation")
PATH = "/environments/staging/fail-mode"
SUBJECT = "environment:staging"


def soon(**length: float) -> str:
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(**length)).isoformat()


def asked(by: str = "ci", service: str = "refunds", environment: str = "staging", **token: Any):
    return caller(by, "gate", **token).get("/gate/policy", service=service, environment=environment)


def claims(answer: Any) -> dict[str, Any]:
    """What the signed policy says, checked with the key it names."""
    text = answer.json()["policy"]
    head = jwt.get_unverified_header(text)
    assert (head["typ"], head["alg"]) == (outage.KIND, "EdDSA")
    key = keys.public_key(kid=head["kid"], purpose=permits.PURPOSE)
    return jwt.decode(text, key, algorithms=["EdDSA"], audience=outage.AUDIENCE)


def allowed(path: str = PATH, **more: object) -> Any:
    return caller("manager").patch(path, {"mode": "allow", "reason": "No harm there.", **more})


def test_without_a_row_a_client_is_told_to_deny():
    answer = asked()

    told = claims(answer)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, max-age=300"
    assert (told["service"], told["environment"], told["mode"]) == ("refunds", "staging", "deny")
    assert told["reason"] == "Nothing is deployed to staging without the gate's word."
    assert told["exp"] - told["iat"] == 12 * 3600
    assert {name: answer.json()[name] for name in ("mode", "reason")} == {
        "mode": told["mode"],
        "reason": told["reason"],
    }


def test_what_a_change_manager_sets_is_recorded_and_signed():
    answer = allowed(lasts_minutes=60)

    row = FailMode.objects.get()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "environment": "staging",
            "mode": "allow",
            "reason": "No harm there.",
            "allow_until": None,
            "lasts_minutes": 60,
        },
    )
    event = Event.objects.get(subject=SUBJECT)
    assert (event.verb, event.actor) == ("environment.fail_mode_set", "manager")
    assert event.data == {
        "mode": "allow",
        "reason": "No harm there.",
        "says": {"mode": "allow", "reason": "No harm there.", "lasts": "P0DT01H00M00S"},
        "rows": {row.ref: rows.digest(row)},
    }
    told = claims(asked())
    assert (told["mode"], told["reason"], told["exp"] - told["iat"]) == (
        "allow",
        "No harm there.",
        3600,
    )


def test_an_edit_says_what_changed_and_saying_the_same_records_nothing():
    allowed()

    caller("manager").patch(PATH, {"mode": "deny"})
    caller("manager").patch(PATH, {"mode": "deny"})

    _, event = Event.objects.filter(subject=SUBJECT).order_by("position")
    assert event.data["diff"] == {"mode": ["allow", "deny"]}
    assert caller("engineer").get(PATH).json()["mode"] == "deny"


def test_nobody_is_told_to_allow_while_a_freeze_holds_nor_into_the_next():
    allowed()
    Window.objects.create(
        name="Quarter end",
        environments=["staging"],
        starts_at=datetime.now(UTC) + timedelta(minutes=30),
        ends_at=datetime.now(UTC) + timedelta(hours=30),
        reason="Books are closed.",
    )

    before = claims(asked())
    Window.objects.filter(name="Quarter end").update(starts_at=datetime.now(UTC))
    during = claims(asked())

    assert (before["mode"], 1700 <= before["exp"] - before["iat"] <= 1800) == ("allow", True)
    assert (during["mode"], during["reason"]) == ("deny", "A freeze holds: Quarter end.")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "allow"}, "reason"),
        ({"mode": "allow", "reason": "  "}, "reason"),
        ({"mode": "perhaps"}, "mode"),
        ({"mode": "allow", "reason": "x", "allow_until": "2001-01-01T00:00:00Z"}, "allow_until"),
        ({"lasts_minutes": 4}, "lasts_minutes"),
        ({"lasts_minutes": 1441}, "lasts_minutes"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_words_are_named_and_nothing_is_kept(body: dict[str, object], field: str):
    answer = caller("manager").patch(PATH, body)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert (FailMode.objects.count(), Event.objects.filter(subject=SUBJECT).count()) == (0, 0)


def test_production_says_until_when_and_not_for_ever():
    path = PATH.replace("staging", "production")

    answers = [
        allowed(path, **more)
        for more in ({}, {"allow_until": soon(days=31)}, {"allow_until": soon(days=29)})
    ]

    assert [one.status_code for one in answers] == [422, 422, 200]
    assert "Say until when" in answers[0].json()["errors"]["allow_until"][0]
    assert claims(asked(environment="production"))["mode"] == "allow"
    assert claims(asked(service="payments-api", environment="production"))["mode"] == "deny"


@pytest.mark.parametrize("username", ["engineer", "owner", "stranger", "auditor"])
def test_nobody_else_sets_it(username: str):
    answer = caller(username).patch(PATH, {"mode": "allow", "reason": "Trust me."})

    assert (answer.status_code, FailMode.objects.count()) == (403, 0)


def test_a_token_reads_only_what_it_reaches():
    assert asked(services=("refunds",)).status_code == 200
    assert asked(services=("search",)).status_code == 403
    assert asked(environments=("staging",)).status_code == 200
    assert asked(environments=("production",)).status_code == 403
    assert caller("ci", "changes:read").get(
        "/gate/policy", service="refunds", environment="staging"
    ).status_code == (403)
    wrong = asked(service="refund")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["service"])


def test_a_policy_is_no_permit():
    with pytest.raises(permits.PermitRefused) as refused:
        permits.read(asked().json()["policy"], now=datetime.now(UTC))

    assert refused.value.code == "permit_invalid"


def test_one_that_was_changed_behind_the_ledger_is_named():
    allowed()
    ref = FailMode.objects.get().ref
    before = [one for one in faults() if one.startswith(ref)]

    sql("UPDATE changes_failmode SET lasts = '1 day'")

    (found,) = (one for one in faults() if one.startswith(ref))
    assert (before, CHANGED in found) == ([], True)


@pytest.mark.parametrize(
    ("given", "broken"),
    [
        ({"mode": "allow"}, "fail_mode_that_allows_says_why"),
        ({"mode": "never"}, "fail_mode_is_to_deny_or_to_allow"),
        ({"lasts": timedelta(days=2)}, "fail_mode_lasts_a_day_at_most"),
        ({"allow_until": datetime(2030, 1, 1, tzinfo=UTC)}, "fail_mode_that_denies_has_no_end"),
    ],
)
def test_the_database_keeps_no_other(given: dict[str, Any], broken: str):
    place = Environment.objects.get(slug="staging")
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        FailMode.objects.create(environment=place, **given)


def test_change_managers_set_it_in_the_admin(client):
    page = reverse("admin:changes_failmode_add")
    place = Environment.objects.get(slug="production").pk
    fields = {"environment": place, "mode": "allow", "lasts": "01:00:00"}
    User.objects.filter(username__in=("manager", "owner")).update(is_staff=True)
    client.force_login(user("manager"), backend="django.contrib.auth.backends.ModelBackend")

    wrong = client.post(page, fields)
    kept = client.post(page, fields | {"mode": "deny", "reason": "Ask the people on call."})

    assert list(wrong.context["adminform"].form.errors) == ["reason", "allow_until"]
    assert (kept.status_code, FailMode.objects.get().lasts) == (302, timedelta(hours=1))
    row = client.get(reverse("admin:changes_failmode_change", args=[FailMode.objects.get().pk]))
    assert b"Ask the people on call." in row.content
    client.force_login(user("owner"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(page, fields).status_code == 403


def test_the_page_of_an_environment_says_it(client):
    allowed()
    client.force_login(user("manager"), backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(reverse("environment", args=["staging"])).content.decode()

    assert "Pipelines go on, unless a freeze holds: No harm there." in page
    assert "set what pipelines do without the gate" in page
