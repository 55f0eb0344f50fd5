"""`one`: a view that does one indexed SELECT by a raw cursor. Everything is measured against it."""

from django.db import connection
from django.http import HttpRequest, JsonResponse


def one(request: HttpRequest, number: int) -> JsonResponse:
    """A change by its number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, title, state FROM changes_change WHERE id = %s", [number])
        key, title, state = cursor.fetchone()
    return JsonResponse({"id": key, "title": title, "state": state})
