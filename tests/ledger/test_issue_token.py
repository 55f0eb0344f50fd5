from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog import tokens
from catalog.models import ApiToken, Service, Team, User
from ledger import timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkout(db: None) -> Service:
    payments = Team.objects.create(slug="payments", name="Payments")
    return Service.objects.create(slug="checkout", name="Checkout", owner_team=payments)


def issue_token(*words: str) -> str:
    out = StringIO()
    call_command("issue_token", *words, stdout=out)
    return out.getvalue()


def test_the_secret_stands_alone_on_standard_output():
    printed = issue_token("ci", "--scope", "gate", "--scope", "changes:write")

    secret = printed.rstrip("\n")
    assert printed == secret + "\n"
    token = tokens.identify(secret=secret, now=timezone.now())
    assert (token.user.username, token.name) == ("ci", "ci")
    assert token.scopes == ["gate", "changes:write"]
    assert token.expires_at == token.created_at + timedelta(days=90)
    event = timeline.events_of(subject=f"token:{token.pk}").get()
    assert (event.verb, event.actor, event.about) == ("token.issued", "tidegate", ["user:ci"])
    assert secret not in str(event.data)


def test_a_robot_is_made_where_there_is_no_such_user():
    issue_token("ci", "--scope", "gate")

    robot = User.objects.get()
    assert (robot.username, robot.is_robot, robot.has_usable_password()) == ("ci", True, False)


def test_a_person_may_have_a_token():
    person = User.objects.create_user("engineer")

    issue_token("engineer", "--scope", "gate")

    assert ApiToken.objects.get().user == person
    person.refresh_from_db()
    assert not person.is_robot


def test_limits_and_expiry_are_kept(checkout):
    issue_token(
        "ci", "--scope", "gate", "--service", "checkout", "--team", "payments", "--days", "90"
    )

    token = ApiToken.objects.get()
    assert (token.services, token.teams) == (["checkout"], ["payments"])
    assert token.expires_at - token.created_at == timedelta(days=90)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--scope", "everything"], "There is no scope “everything”. Choose from: gate, changes"),
        ([], "A token needs at least one scope. Choose from: gate, changes:read"),
        (["--scope", "gate", "--service", "nil"], "There is no service “nil”. Make it first"),
        (["--scope", "gate", "--team", "nil"], "There is no team “nil”. Make it first"),
        (["--scope", "gate", "--environment", "nil"], "There is no environment “nil”. Make it"),
        (["--scope", "gate", "--days", "0"], "give a number of days from 1 to 3650"),
        (["--scope", "gate", "--expires", "soon"], "“soon” is no date, instant or “never”"),
        (["--scope", "gate", "--expires", "2020-01-01"], "--expires: name an instant to come"),
        (["--scope", "gate", "--overlap", "3"], "--overlap goes with --rotate"),
        (["--rotate", "tg_x"], "Of ci no valid token begins with “tg_x”"),
        (["--rotate", "tg_x", "--scope", "gate"], "--scopes: the new token is good for what"),
        (["--rotate", "tg_x", "--overlap", "169"], "give a number of hours from 0 to 168"),
    ],
)
def test_a_wrong_word_is_refused_and_makes_nothing(words, told):
    with pytest.raises(CommandError, match=told.split(".")[0]) as refused:
        issue_token("ci", *words)

    assert told in str(refused.value)
    assert (User.objects.count(), ApiToken.objects.count()) == (0, 0)


def test_a_name_that_cannot_be_one_is_refused_in_one_line():
    with pytest.raises(CommandError) as refused:
        issue_token("no name", "--scope", "gate")

    assert str(refused.value).startswith("“no name”: Enter a valid username.")
    assert "\n" not in str(refused.value)
    assert (User.objects.count(), ApiToken.objects.count()) == (0, 0)


def test_an_inactive_user_gets_no_token():
    User.objects.create_user("ci", is_active=False)

    with pytest.raises(CommandError, match="The user ci is not active"):
        issue_token("ci", "--scope", "gate")
    assert ApiToken.objects.count() == 0


def test_an_end_is_chosen_and_none_is_told_as_a_risk():
    noted = StringIO()

    call_command(
        "issue_token", "ci", "--scope=gate", "--expires=never", stdout=StringIO(), stderr=noted
    )
    issue_token("other", "--scope", "gate", "--expires", "2030-03-31T18:00:00+01:00")

    ends = dict(ApiToken.objects.values_list("name", "expires_at"))
    assert ends == {"ci": None, "other": datetime(2030, 3, 31, 17, tzinfo=UTC)}
    assert noted.getvalue().splitlines() == [
        "Note: this token never ends.",
        "Note: this token deploys any service.",
    ]


def test_a_token_is_rotated_by_its_first_characters():
    secret = issue_token("ci", "--scope", "gate").strip()

    new = issue_token("ci", "--rotate", secret[:8], "--overlap", "2").strip()

    old, replaced = (tokens.identify(secret=one, now=timezone.now()) for one in (secret, new))
    assert replaced.replaces == old
    assert timedelta(minutes=119) < old.expires_at - timezone.now() <= timedelta(hours=2)
