"""Who reads a page, and what they see where nothing is found."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.models import User


def reader(request: HttpRequest) -> User:
    """The signed-in user of a view behind `login_required`."""
    if not isinstance(request.user, User):
        raise TypeError("This view must stand behind login_required.")
    return request.user


def no_such_change(request: HttpRequest, *, ref: str) -> HttpResponse:
    """404 with a search for what was asked."""
    context = {"section": "changes", "ref": ref}
    return render(request, "changes/no_such_change.html", context, status=404)
