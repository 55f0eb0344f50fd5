"""Views that only read and answer: what refuses a request here is Tidegate's runtime."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import authentication, json_body
from catalog.scopes import HasScope, demand
from config.urls import handler400, handler403, handler404, handler500, urlpatterns
from ledger.decision import Reason, refuse

__all__ = ["handler400", "handler403", "handler404", "handler500"]

FROZEN = Reason("freeze_active", "The freeze runs until Monday.", "Wait, or ask the CAB.")
NOT_YOU = Reason("self_approval", "You wrote this change.", "Ask somebody else.")


class Inner(serializers.Serializer):
    slug = serializers.SlugField()


class Echo(serializers.Serializer):
    title = serializers.CharField(max_length=10)
    size = serializers.IntegerField(min_value=1)
    parts = Inner(many=True, required=False)


class EchoView(APIView):
    permission_classes = (HasScope("changes:read", write="changes:write"),)
    schema = None

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.username})

    def post(self, request: Request) -> Response:
        echo = Echo(data=request.data)
        echo.is_valid(raise_exception=True)
        return Response(echo.data)


class RaisingView(APIView):
    authentication_classes = ()
    permission_classes = ()
    schema = None

    def get(self, request: Request, kind: str) -> Response:
        raise {
            "refused": refuse("start", FROZEN, ref="CHG-1"),
            "not-you": refuse("approve", NOT_YOU, FROZEN, ref="CHG-1"),
            "missing": Http404("There is no change CHG-9."),
            "denied": PermissionDenied("Only members of the CAB may."),
            "throttled": Throttled(wait=7.5),
            "bug": ZeroDivisionError("by zero"),
        }[kind]


@csrf_exempt
@require_POST
def plain(request: HttpRequest) -> HttpResponse:
    user, token = authentication.identified(request)
    demand(user=user, token=token, scope="gate", writes=True)
    return JsonResponse({"user": user.username, "sent": json_body.json_object(request)})


def page(request: HttpRequest) -> HttpResponse:
    raise refuse("roll_back", FROZEN, ref="CHG-1")


urlpatterns = [
    path("api/echo", EchoView.as_view()),
    path("api/raise/<kind>", RaisingView.as_view()),
    path("api/plain", plain),
    path("page", page),
    *urlpatterns,
]
