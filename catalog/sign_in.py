"""Signing in and out."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from catalog import failed_sign_ins
from catalog.addresses import address_of
from catalog.models import User


class TooManyFailures(ValidationError):
    """So many sign-ins failed that none is tried; `seconds` until one may be."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        minutes = max(1, -(-seconds // 60))
        super().__init__(
            f"{failed_sign_ins.AT_MOST} sign-ins failed for this name from your address. "
            f"Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
            code="too_many_failures",
        )


class SignInForm(AuthenticationForm):
    """Username and password; robots are refused, and so are too many failures."""

    error_messages = {
        "invalid_login": "The username and password do not match. Both are case-sensitive.",
        "inactive": "This account is no longer active. Ask an administrator to activate it.",
        "robot": "Robots act through API tokens and never sign in.",
    }
    seconds_to_wait = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = f"Give your {str(field.label).lower()}."

    def clean(self) -> dict[str, Any]:
        name, address = self.cleaned_data.get("username"), self._address()
        if name and self.cleaned_data.get("password"):
            now = timezone.now()
            opens = failed_sign_ins.admit(name=name, address=address, now=now)
            if opens is not None:
                self.seconds_to_wait = max(1, round((opens - now).total_seconds()))
                raise TooManyFailures(self.seconds_to_wait)
        cleaned = super().clean()
        if self.get_user() is not None:
            failed_sign_ins.forget(name=str(name), address=address)
        return cleaned or {}

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if user.is_robot:
            raise ValidationError(self.error_messages["robot"], code="robot")

    def _address(self) -> str:
        return address_of(self.request.META) if self.request else ""


class SignIn(LoginView):
    """The page to sign in; who is signed in goes on to where they wanted to be."""

    template_name = "catalog/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        wait = getattr(form, "seconds_to_wait", 0)
        response = self.render_to_response(self.get_context_data(form=form))
        response.status_code = 429 if wait else 422
        if wait:
            response["Retry-After"] = str(wait)
        return response


def admin_door(request: HttpRequest) -> HttpResponse:
    """The admin's own sign-in is ours: one form, one limit, no robots."""
    if admin.site.has_permission(request):
        return HttpResponseRedirect(reverse("admin:index"))
    if request.user.is_authenticated:
        raise PermissionDenied("Your account may not enter the admin.")
    wanted = {REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")}
    return HttpResponseRedirect(f"{reverse('sign-in')}?{urlencode(wanted)}")
