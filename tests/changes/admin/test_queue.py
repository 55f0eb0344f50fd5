"""The queue: what waits for whose vote, and that nothing of a change can be edited here."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import User
from changes import lifecycle
from changes.models import Change
from incidents.models import Incident
from ledger.models import Event

REASONS = "Ask for a reason with every refund"
QUEUE = reverse("admin:changes_change_changelist")


def titles(browser: Client, **query: str) -> list[str]:
    """The titles the list shows, in its order."""
    answer = browser.get(QUEUE, query)
    assert answer.status_code == 200, answer.headers
    return [row.title for row in answer.context["cl"].result_list]


def test_a_cab_member_arrives_at_what_waits_for_their_vote_soonest_first(signed_in):
    assert titles(signed_in("cab-1")) == [
        "Run the stuck settlement report again",
        "Serve search from yesterday's index",
        "Settle payments through the new ledger interface",
        "Partition the postings table by month",
    ]


def test_a_change_one_has_voted_on_waits_for_others_only(signed_in):
    assert "Rotate the keys that sign sign-in tokens" not in titles(signed_in("cab-1"))
    assert "Rotate the keys that sign sign-in tokens" in titles(signed_in("cab-2"))


def test_who_is_not_of_the_cab_arrives_at_what_waits_for_the_cab(signed_in):
    assert set(titles(signed_in("manager"))) == {
        *titles(signed_in("cab-1")),
        "Rotate the keys that sign sign-in tokens",
    }


def test_the_owner_of_a_team_sees_what_waits_for_them(signed_in):
    _let_in("owner")

    assert titles(signed_in("owner"), vote="mine") == [REASONS]


def _let_in(name: str, *groups: str) -> None:
    user = User.objects.get(username=name)
    user.is_staff = True
    user.save()
    user.user_permissions.add(Permission.objects.get(codename="view_change"))
    user.groups.add(*Group.objects.filter(name__in=groups))


def test_nobody_is_asked_to_vote_on_what_they_wrote(signed_in):
    _let_in("engineer", "CAB")

    assert titles(signed_in("engineer"), vote="mine") == ["Serve search from yesterday's index"]


def test_on_call_and_the_commander_are_asked_about_emergencies(signed_in, change):
    _let_in("oncall")
    _let_in("peer")
    stuck = change("Run the stuck")
    Incident.objects.filter(pk=stuck.incident_id).update(
        commander=User.objects.get(username="peer")
    )

    assert stuck.title in titles(signed_in("oncall"), vote="mine")
    assert stuck.title in titles(signed_in("peer"), vote="mine")


def test_a_held_change_asks_nobody_until_it_is_resumed(signed_in, change):
    row, manager = change("Settle payments"), User.objects.get(username="manager")
    lifecycle.hold(ref=row.ref, reason="Wait.", actor=manager, now=timezone.now())

    assert row.title not in titles(signed_in("cab-1"))
    assert row.title in titles(signed_in("cab-1"), vote="cab")


def test_any_vote_shows_all_that_waits_and_all_shows_everything_newest_first(signed_in):
    browser = signed_in("cab-1")

    assert len(titles(browser, vote="any")) == 6
    everything = titles(browser, vote="all")
    assert len(everything) == Change.objects.count()
    assert everything[0] == Change.objects.latest("id").title


@pytest.mark.parametrize("role", ["auditor", "manager"])
def test_nobody_without_an_authority_is_asked(signed_in, role: str):
    assert titles(signed_in(role), vote="mine") == []


def test_a_ref_finds_its_change_whatever_its_state(signed_in, change: Callable[[str], Change]):
    closed = change("Store card tokens")

    assert titles(signed_in("cab-1"), q=closed.ref.lower()) == [closed.title]


def test_words_find_changes_by_what_is_written_in_them(signed_in):
    assert titles(signed_in("cab-1"), q="postings partition") == [
        "Partition the postings table by month"
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            {"state__exact": "cancelled"},
            [
                "Shorten the key of a posting from 40 to 26 characters",
                "Move the help centre to the second region",
            ],
        ),
        ({"vote": "any", "service": "identity"}, ["Rotate the keys that sign sign-in tokens"]),
        ({"vote": "any", "risk_level__exact": "medium", "service": "refunds"}, [REASONS]),
    ],
)
def test_filters_narrow_the_list(signed_in, query: dict[str, str], expected: list[str]):
    assert titles(signed_in("cab-1"), **query) == expected


def test_a_row_says_whose_approvals_are_missing(signed_in):
    page = signed_in("cab-1").get(QUEUE, {"vote": "any"}).content.decode()

    assert page.count('<span class="missing-word">CAB ×2</span>') == 2
    assert page.count('<span class="missing-word">CAB</span>') == 1
    assert page.count('<span class="missing-word">Emergency CAB</span>') == 2
    assert page.count('<span class="missing-word">Service owner</span>') == 1


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({"vote": "any", "kind__exact": "normal", "service": "identity"}, 1),
        ({"vote": "any", "kind__exact": "normal", "risk_level__exact": "high"}, 3),
    ],
)
def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(
    signed_in,
    django_assert_num_queries: DjangoAssertNumQueries,
    query: dict[str, str],
    rows: int,
):
    browser = signed_in("cab-1")

    with django_assert_num_queries(12):
        answer = browser.get(QUEUE, query)

    assert len(answer.context["cl"].result_list) == rows


def test_nothing_of_a_change_is_added_edited_or_deleted_here(signed_in, change):
    browser, row = signed_in("admin"), change("Settle payments")
    before, events = Change.objects.filter(pk=row.pk).values().get(), Event.objects.count()
    page = reverse("admin:changes_change_change", args=[row.pk])

    assert browser.get(reverse("admin:changes_change_add")).status_code == 403
    assert browser.post(reverse("admin:changes_change_add"), {"title": "x"}).status_code == 403
    delete = reverse("admin:changes_change_delete", args=[row.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403
    assert browser.post(page, {"state": "closed", "title": "Mine"}).status_code == 422
    chosen = {"action": "delete_selected", "index": "0", "_selected_action": [row.pk]}
    browser.post(f"{QUEUE}?vote=all", {**chosen, "post": "yes"})

    assert Change.objects.filter(pk=row.pk).values().get() == before
    assert Event.objects.count() == events


def test_an_empty_queue_says_what_will_stand_there(signed_in):
    page = signed_in("auditor").get(QUEUE, {"vote": "mine"}).content.decode()

    assert "Changes stand here from the moment they are submitted" in page


def test_an_action_leads_to_the_page_with_the_evidence(signed_in, change):
    row = change("Settle payments")

    answer = signed_in("cab-1").post(
        QUEUE, {"action": "approve", "index": "0", "_selected_action": [row.pk]}
    )

    assert answer.status_code == 302
    assert answer.url == f"{reverse('admin:changes_change_vote')}?decision=approve&change={row.pk}"


def test_too_many_at_once_are_not_voted_on(signed_in):
    browser = signed_in("cab-1")
    everything = list(Change.objects.values_list("pk", flat=True))

    answer = browser.post(
        f"{QUEUE}?vote=all",
        {"action": "approve", "index": "0", "_selected_action": everything},
        follow=True,
    )

    assert "Choose at most 20 changes" in answer.content.decode()


def test_who_is_no_staff_is_asked_to_sign_in(signed_in):
    answer = signed_in("peer").get(QUEUE)

    assert answer.status_code == 302
    assert "next=/admin/changes/change/" in answer.url


def test_staff_without_the_right_to_view_changes_sees_none(signed_in):
    User.objects.create(username="clerk", is_staff=True)

    assert signed_in("clerk").get(QUEUE).status_code == 403


@pytest.mark.parametrize(
    "query",
    [{"vote": "nobody"}, {"service": "x"}, {"q": "CHG-0"}, {"o": "999"}, {"p": "-3"}, {"q": '"'}],
)
def test_a_strange_query_is_no_crash(signed_in, query: dict[str, str]):
    assert signed_in("cab-1").get(QUEUE, query).status_code in (200, 302)
