"""What lists of changes may be narrowed by."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.request import Request

from catalog.pagination import DEFAULT_LIMIT, MAX_LIMIT
from catalog.wire import Instant, Strict, Text, Word, asked
from changes.api import shown
from changes.api.view import reach_of
from changes.models.choices import KindWord, RiskWord, StateWord
from changes.queries.lists import Filters, Page


class Limit(serializers.IntegerField):
    """How many rows a page has."""

    def __init__(self) -> None:
        super().__init__(
            min_value=1,
            max_value=MAX_LIMIT,
            required=False,
            default=DEFAULT_LIMIT,
            help_text=f"1 to {MAX_LIMIT}.",
        )


class ChangesAsked(Strict):
    """`GET /changes`: `state`, `kind` and `risk` may be repeated."""

    state = serializers.ListField(child=Word(StateWord.choices), required=False)
    kind = serializers.ListField(child=Word(KindWord.choices), required=False)
    risk = serializers.ListField(child=Word(RiskWord.choices), required=False)
    service = Text(required=False, max_length=80, help_text="Slug.")
    environment = Text(required=False, max_length=80, help_text="Slug.")
    team = Text(required=False, max_length=80, help_text="Slug.")
    author = Text(required=False, max_length=150, help_text="Username.")
    mine = Word(
        ["true", "false"], required=False, help_text="What you wrote or implement, if true."
    )
    unauthorised = Word(
        ["true", "false"], required=False, help_text="What went ahead without leave, if true."
    )
    planned_from = Instant(required=False, help_text="Planned to start at or after.")
    planned_to = Instant(required=False, help_text="Planned to start before.")
    q = Text(required=False, max_length=200, help_text="Words; “a phrase”, -without, or.")
    cursor = Text(required=False, max_length=200, help_text="From `next` or `previous`.")
    limit = Limit()


def read(request: Request) -> tuple[Filters, str | None, int]:
    """The filters, the cursor and the limit a request asks for, within its token's reach."""
    given: dict[str, Any] = asked(ChangesAsked, request.query_params)
    cursor, limit = given.pop("cursor", None), given.pop("limit")
    reach = reach_of(request)
    mine = given.pop("mine", "false") == "true"
    unauthorised = given.pop("unauthorised", "false") == "true"
    lists: dict[str, Any] = {name: tuple(given.pop(name, ())) for name in ("state", "kind", "risk")}
    filters = Filters(
        **lists,
        **given,
        unauthorised=unauthorised,
        mine=request.user.get_username() if mine else "",
        within_services=tuple(sorted(reach.services)),
        within_teams=tuple(sorted(reach.teams)),
        within_environments=tuple(sorted(reach.environments)),
    )
    return filters, cursor, limit


def page_shown(request: HttpRequest | Request, page: Page) -> dict[str, Any]:
    """`ChangesPage`."""
    return {
        "next": address(request, page.next_cursor),
        "previous": address(request, page.previous_cursor),
        "count": page.count_text,
        "results": [shown.listed(row) for row in page.rows],
    }


def address(request: HttpRequest | Request, cursor: str | None) -> str | None:
    """The request's own address at another cursor; None for none."""
    if cursor is None:
        return None
    query = [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name != "cursor"
    ]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*query, ('cursor', cursor)])}")
