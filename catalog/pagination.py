"""Lists a page at a time: cursors that stay true while rows are added."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

DEFAULT_LIMIT, MAX_LIMIT = 25, 100


class NewestFirst(CursorPagination):
    """`?limit=&cursor=` over a list, newest first; answers `{next, previous, results}`."""

    page_size = DEFAULT_LIMIT
    max_page_size = MAX_LIMIT
    page_size_query_param = "limit"
    cursor_query_param = "cursor"
    ordering = "-id"

    def get_page_size(self, request: Request) -> int:
        """The asked limit; raises `ValidationError` for one that is no number from 1 to 100."""
        asked = request.query_params.get("limit")
        if asked is None:
            return DEFAULT_LIMIT
        if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:6]) <= MAX_LIMIT:
            raise ValidationError({"limit": [f"Give a number from 1 to {MAX_LIMIT}."]})
        return int(asked)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """One page; a cursor we never handed out is a bad field, not a crash."""
        if self.cursor_query_param not in request.query_params:
            return super().paginate_queryset(queryset, request, view)
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, DjangoValidationError, DataError):
            raise ValidationError(
                {"cursor": ["This cursor is unknown. Start from the first page."]}
            ) from None
