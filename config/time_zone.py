"""Pages show times in the zone of whoever reads them."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from catalog.models import User
from config import problems


class TimeZoneMiddleware:
    """Activates the signed-in user's time zone on pages; programs always get UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        if not signed_in or problems.speaks_problems(request):
            return self.get_response(request)
        user = request.user
        with timezone.override(ZoneInfo(user.time_zone) if isinstance(user, User) else None):
            return self.get_response(request)
