"""Pages are shown in the reader's time zone; programs read UTC."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from catalog.models import User
from config.time_zone import TimeZoneMiddleware

pytestmark = pytest.mark.django_db


def zone_of(path: str, *, user: User | None) -> str:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    request = RequestFactory().get(path)
    if user is not None:
        request.COOKIES["sessionid"] = "anything"
        request.user = user
    TimeZoneMiddleware(view)(request)
    return seen[0]


def test_a_page_is_shown_in_its_readers_zone_and_no_other_request_is() -> None:
    reader = User.objects.create_user("engineer", time_zone="Europe/Amsterdam")

    assert zone_of("/changes/", user=reader) == "Europe/Amsterdam"
    assert zone_of("/changes/", user=None) == "UTC"
    assert zone_of("/api/v1/changes", user=reader) == "UTC"
