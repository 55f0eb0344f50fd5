"""Lists: what filters find, how pages follow each other, and what a page costs."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Environment, Service, Team, User
from changes import lifecycle
from changes.models import Change
from changes.queries import lists, narrowing
from changes.queries.lists import Filters
from tests.changes.queries.conftest import NOW

pytestmark = pytest.mark.django_db


def refs(filters: Filters) -> list[str]:
    page = lists.page(filters=filters, cursor=None, limit=25)
    return [row.ref for row in page.rows]


def test_a_list_without_filters_shows_every_change_newest_first(file: Callable[..., Change]):
    first, second, third = file(), file(), file()

    page = lists.page(filters=Filters(), cursor=None, limit=25)

    assert [row.ref for row in page.rows] == [third.ref, second.ref, first.ref]
    assert (page.next_cursor, page.previous_cursor, page.count_text) == (None, None, "3")


def test_a_row_says_what_a_list_shows(file: Callable[..., Change], engineer: User):
    change = file(title="Rotate certificates", starts_in=timedelta(hours=2))

    (row,) = lists.page(filters=Filters(), cursor=None, limit=25).rows

    assert (row.ref, row.title, row.service.slug, row.environment.slug, row.team.slug) == (
        change.ref,
        "Rotate certificates",
        "payments-api",
        "production",
        "payments",
    )
    assert (row.kind, row.risk_level, row.state, row.outcome) == ("normal", "high", "planning", "")
    assert (row.planned_start_at, row.planned_end_at) == (
        NOW + timedelta(hours=2),
        NOW + timedelta(hours=3),
    )
    assert (row.author.username, row.author.label) == ("engineer", "Site Engineer")
    assert (row.get_state_display(), row.get_absolute_url()) == (
        "Planning",
        f"/changes/{change.ref}",
    )


@pytest.mark.parametrize("by_plan", [False, True], ids=["by number", "by planned start"])
def test_cursors_lead_through_the_whole_list_and_back(file: Callable[..., Change], by_plan: bool):
    filed = [file(starts_in=timedelta(hours=1)).ref for _ in range(7)]
    filters = Filters(planned_from=NOW) if by_plan else Filters()

    pages = [lists.page(filters=filters, cursor=None, limit=3)]
    while cursor := pages[-1].next_cursor:
        pages.append(lists.page(filters=filters, cursor=cursor, limit=3))
    back = [pages[-1]]
    while cursor := back[-1].previous_cursor:
        back.append(lists.page(filters=filters, cursor=cursor, limit=3))

    forth = [[row.ref for row in page.rows] for page in pages]
    assert forth == [filed[:-4:-1], filed[3:0:-1], filed[:1]]
    assert [[row.ref for row in page.rows] for page in back] == [
        forth[2],
        forth[1],
        forth[0],
    ]
    assert back[-1].next_cursor is not None


def test_a_change_filed_meanwhile_moves_no_row_of_the_next_page(file: Callable[..., Change]):
    oldest, *_ = [file() for _ in range(3)]
    first = lists.page(filters=Filters(), cursor=None, limit=2)
    file()

    second = lists.page(filters=Filters(), cursor=first.next_cursor, limit=2)

    assert [row.ref for row in second.rows] == [oldest.ref]


def test_each_filter_finds_its_own(file: Callable[..., Change], payments: Team):
    platform = Team.objects.create(slug="platform", name="Platform")
    cdn = Service.objects.create(slug="cdn", name="CDN", tier=4, owner_team=platform)
    staging = Environment.objects.create(slug="staging", name="Staging")
    peer = User.objects.create_user("peer")
    mine = file(starts_in=timedelta(days=1))
    other = file(
        service=cdn,
        environment=staging,
        actor=peer,
        rollback_plan="back",
        test_plan="test",
        rollout="canary",
        category="network",
    )
    lifecycle.cancel(ref=other.ref, reason="not needed", actor=peer, now=NOW)

    assert refs(Filters(state=("cancelled",))) == [other.ref]
    assert refs(Filters(state=("planning", "cancelled"))) == [other.ref, mine.ref]
    assert refs(Filters(kind=("emergency",))) == []
    assert refs(Filters(risk=("low",))) == [other.ref]
    assert refs(Filters(service="cdn")) == [other.ref]
    assert refs(Filters(environment="production")) == [mine.ref]
    assert refs(Filters(team="platform")) == [other.ref]
    assert refs(Filters(author="peer")) == [other.ref]
    assert refs(Filters(mine="engineer")) == [mine.ref]
    assert refs(Filters(planned_from=NOW)) == [mine.ref]
    assert refs(Filters(planned_to=NOW)) == []
    assert refs(Filters(q="deploy", team="payments")) == [mine.ref]


def test_mine_also_finds_what_i_implement(file: Callable[..., Change]):
    peer = User.objects.create_user("peer")
    change = file(implementer=peer)

    assert refs(Filters(mine="peer")) == [change.ref]
    assert refs(Filters(author="peer")) == []


def test_the_planned_period_is_half_open(file: Callable[..., Change]):
    at_ten = file(starts_in=timedelta(hours=1))
    start = NOW + timedelta(hours=1)

    assert refs(Filters(planned_from=start)) == [at_ten.ref]
    assert refs(Filters(planned_to=start)) == []


@pytest.mark.parametrize("name", ["service", "environment", "team", "author", "mine"])
def test_an_unknown_name_is_said_so(name: str, engineer: User):
    with pytest.raises(ValidationError) as refused:
        lists.page(filters=Filters(**{name: "nobody"}), cursor=None, limit=25)

    word = "user" if name in ("author", "mine") else name
    assert refused.value.message_dict == {name: [f"There is no {word} nobody."]}


@pytest.mark.parametrize("text", ["", "x", "é", "bjEy~", "bzA", "bzF+MjAyNi0x", "AAAA", "b" * 5000])
@pytest.mark.parametrize("filters", [Filters(), Filters(planned_from=NOW)], ids=["id", "plan"])
def test_a_cursor_nobody_handed_out_is_refused(text: str, filters: Filters, db: None):
    if not text:
        assert lists.page(filters=filters, cursor=text, limit=25).rows == []
        return

    with pytest.raises(ValidationError) as refused:
        lists.page(filters=filters, cursor=text, limit=25)

    assert list(refused.value.message_dict) == ["cursor"]


def test_counting_stops_at_a_thousand(file: Callable[..., Change], monkeypatch: Any):
    monkeypatch.setattr(narrowing, "COUNT_AT_MOST", 2)
    file(), file()
    assert lists.page(filters=Filters(), cursor=None, limit=1).count_text == "2"
    file()
    assert lists.page(filters=Filters(), cursor=None, limit=1).count_text == "2+"


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_and_its_count_take_one_statement_however_many_rows(
    rows: int, file: Callable[..., Change], django_assert_num_queries: Any
):
    for _ in range(rows):
        file()

    with django_assert_num_queries(1):
        lists.page(filters=Filters(state=("planning",)), cursor=None, limit=25)


@pytest.mark.parametrize("rows", [1, 3])
def test_naming_slugs_adds_one_statement(
    rows: int, file: Callable[..., Change], django_assert_num_queries: Any
):
    for _ in range(rows):
        file()
    filters = Filters(service="payments-api", team="payments", environment="production")

    with django_assert_num_queries(2):
        lists.page(filters=filters, cursor=None, limit=25)


@pytest.mark.parametrize(
    "most",
    [{}, {"COUNT_AT_MOST": 2}, {"COUNT_AT_MOST": 2, "FEW": 1}],
    ids=["few hits", "more than are counted", "many hits"],
)
def test_words_are_looked_up_first_and_need_no_counting(
    most: dict[str, int],
    file: Callable[..., Change],
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
):
    filed = [file(title="Harbour").ref for _ in range(3)]
    file()
    for name, value in most.items():
        monkeypatch.setattr(narrowing, name, value)

    with django_assert_num_queries(3 if most == {"COUNT_AT_MOST": 2} else 2):
        found = lists.page(filters=Filters(q="harbour"), cursor=None, limit=25)

    assert [row.ref for row in found.rows] == filed[::-1]
    assert found.count_text == ("2+" if most else "3")
    assert refs(Filters(q="harbour", team="payments")) == filed[::-1]


@pytest.mark.parametrize(
    ("first", "are_few"),
    [
        (range(1, 1002), False),
        ([999_999, *range(1, 1001)], False),
        (range(150, 150_150 + 1, 150), False),
        (range(250, 250_250 + 1, 250), True),
        ([*range(250, 250_250, 250), 7], True),
    ],
    ids=["in each", "in each, one of them edited", "in 6,700", "in 4,000", "in 4,000, and another"],
)
def test_how_far_the_first_hits_reach_tells_whether_to_look_for_more(
    first: Sequence[int], are_few: bool
):
    assert narrowing.may_be_few(first, newest=1_000_000) is are_few
