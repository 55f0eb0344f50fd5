"""Lists come a page at a time, and a cursor we never gave is a bad field."""

from base64 import b64encode

import pytest
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from catalog.models import User
from catalog.pagination import NewestFirst

pytestmark = pytest.mark.django_db


def page(query: str = "") -> NewestFirst:
    """A paginator that has read one page; its rows are in `page`."""
    pages = NewestFirst()
    request = Request(APIRequestFactory().get(f"/api/v1/things{query}"))
    pages.paginate_queryset(User.objects.all(), request)
    return pages


def people(count: int) -> None:
    User.objects.bulk_create(User(username=f"engineer-{number:03}") for number in range(count))


def test_pages_follow_each_other_newest_first() -> None:
    people(60)

    first = page()
    second = page("?" + first.get_next_link().partition("?")[2])
    third = page("?" + second.get_next_link().partition("?")[2])

    names = [row.username for read in (first, second, third) for row in read.page]
    assert names == [f"engineer-{number:03}" for number in reversed(range(60))]
    assert [len(read.page) for read in (first, second, third)] == [25, 25, 10]
    assert third.get_next_link() is None


def test_a_row_added_meanwhile_moves_no_page() -> None:
    people(30)
    first = page("?limit=10")
    User.objects.create(username="late")

    second = page("?" + first.get_next_link().partition("?")[2])

    assert second.page[0].username == "engineer-019"


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1e2", "", "9" * 5000, "²"])
def test_a_limit_is_a_number_from_1_to_100(limit: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        page(f"?limit={limit}")

    assert refusal.value.detail == {"limit": ["Give a number from 1 to 100."]}


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        b64encode(b"p=abc").decode(),
        b64encode(b"p=2026-11-20").decode(),
        b64encode(b"o=abc").decode(),
        b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_we_never_gave_is_a_bad_field(cursor: str) -> None:
    people(1)

    with pytest.raises(ValidationError) as refusal:
        page(f"?cursor={cursor}")

    assert refusal.value.detail == {
        "cursor": ["This cursor is unknown. Start from the first page."]
    }
