"""The list of changes."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from changes.queries import lists, search
from changes.queries.lists import Page
from changes.web.change_form import service_hints
from changes.web.filters import FilterForm, address, views
from changes.web.reader import reader

PER_PAGE = 25
NOTHING = Page([], None, None, "0")


@login_required
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Changes, newest first, as the address filters them. A ref in the search leads to its page."""
    form = FilterForm(request.GET)
    given = {name: str(value) for name, value in request.GET.items() if value}
    given.pop("cursor", None)
    if list(given) == ["q"] and (there := _jump(given["q"])):
        return redirect(there)
    page = NOTHING
    if form.is_valid():
        try:
            page = lists.page(
                filters=form.filters(username=reader(request).username),
                cursor=request.GET.get("cursor") or None,
                limit=PER_PAGE,
            )
        except ValidationError as wrong:
            _take(form, wrong)
    query = {name: value for name, value in given.items() if name in form.fields}
    context = {
        "section": "changes",
        "changes": page.rows,
        "filter_form": form,
        "filtered": bool(query),
        "query": given.get("q", ""),
        "views": views(address(**query), today=timezone.localdate()),
        "services": service_hints(username=reader(request).username),
        "pager": _pager(page, query),
        "export_url": f"{reverse('changes-export')}{address(**query).removeprefix(address())}",
    }
    return render(request, "changes/list.html", context, status=422 if form.errors else 200)


def _jump(words: str) -> str:
    """Where words lead that name one thing; empty for words to be searched."""
    there = search.jump(words=words)
    if there is None:
        return ""
    if there.what == "service":
        return address(service=there.ref)
    return reverse(there.what, args=[there.ref])


def _pager(page: Page, query: dict[str, Any]) -> dict[str, str]:
    shown = len(page.rows)
    alone = not page.next_cursor and not page.previous_cursor
    return {
        "newer_url": address(**query, cursor=page.previous_cursor) if page.previous_cursor else "",
        "older_url": address(**query, cursor=page.next_cursor) if page.next_cursor else "",
        "words": f"{page.count_text} in all" if alone else f"{shown} of {page.count_text}",
    }


def _take(form: FilterForm, wrong: ValidationError) -> None:
    for name, sentences in wrong.message_dict.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else NON_FIELD_ERRORS, sentence)
