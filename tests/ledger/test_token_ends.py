"""Tokens near their end, and after it."""

from datetime import timedelta

import pytest

from catalog.models import ApiToken, User
from config import recorded_rows
from ledger import issued_tokens, taking_up, timeline, token_ends
from ledger.models import Letter
from tests.config.recorded import faults

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def issue(now):
    """Issues a used token that ends after so many days."""
    people = {
        "ci": User.objects.create(username="ci", is_robot=True),
        "ada": User.objects.create_user("ada", "ada@example.org"),
        "admin": User.objects.create_superuser("admin", "admin@example.org"),
    }

    def made(whose="ada", days=90, used=True, **given) -> ApiToken:
        token, _ = issued_tokens.issue(
            actor="admin",
            user=people[whose],
            name=f"{whose}'s",
            scopes=["gate"],
            now=now,
            expires_at=now + days * DAY,
            **given,
        )
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now if used else None)
        return token

    return made


def reminded(now) -> list[tuple[str, str]]:
    """Who is told of which end in the ticks of a day, by two workers."""
    before = set(Letter.objects.values_list("pk", flat=True))
    for _ in range(2):
        token_ends.remind(now=now, limit=10)
    found = Letter.objects.exclude(pk__in=before).order_by("pk")
    return [(letter.to.username, letter.heading) for letter in found]


def test_its_user_is_told_twice_before_a_token_ends(issue, now):
    token = issue(days=90)

    told = {days: len(reminded(now + days * DAY)) for days in (75, 76, 77, 86, 87, 88, 90, 91)}

    assert told == {75: 0, 76: 1, 77: 0, 86: 0, 87: 1, 88: 0, 90: 0, 91: 0}
    events = timeline.events_of(subject=f"token:{token.pk}")
    verbs = [event.verb for event in events]
    assert verbs == ["token.issued", "token.expires_soon", "token.expires_soon"]
    letter = Letter.objects.first()
    assert letter.to.username == "ada"
    assert f"({token.prefix}…) of ada is in use, and ends at 2027-02-18 16:00 UTC" in letter.words
    assert "/account/tokens" in letter.words


def test_of_a_robots_token_the_administrators_are_told(issue, now):
    issue("ci", days=20)

    assert reminded(now + 10 * DAY) == [("admin", "The API token “ci's” ends on 2026-12-10")]


def test_who_was_away_for_long_is_told_once(issue, now):
    issue(days=90)

    assert len(reminded(now + 88 * DAY)) == 1
    assert reminded(now + 89 * DAY) == []


def test_nobody_is_told_of_what_nobody_needs(issue, now):
    issue(used=False)
    revoked, rotated = issue(), issue()
    issued_tokens.revoke(actor="ada", token=revoked, now=now)
    issued_tokens.rotate(actor="ada", token=rotated, now=now + 80 * DAY, overlap=7 * DAY)
    issue(days=2)
    issue("ci", days=90, origin={"rule": "deploy"})

    assert [reminded(now + days * DAY) for days in (1, 77, 87)] == [[], [], []]


def test_what_was_exchanged_is_forgotten_a_month_later_on_the_record(issue, now):
    taking_up.take_up(rows=recorded_rows.KEPT, now=now)
    exchanged, kept = issue("ci", days=1, origin={"rule": "deploy"}), issue("ada", days=1)
    assert token_ends.forget_exchanged(now=now + 31 * DAY, limit=10) == 0

    assert token_ends.forget_exchanged(now=now + 32 * DAY, limit=10) == 1

    assert list(ApiToken.objects.all()) == [kept]
    event = timeline.events_of(subject=f"token:{exchanged.pk}").last()
    assert (event.verb, event.data["origin"]) == ("token.forgotten", {"rule": "deploy"})
    assert faults() == []
