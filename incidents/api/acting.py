"""What the views that act on an incident share: who may, how far their token reaches."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.actors import actor_of, demand_reach
from catalog.models import Service, User
from catalog.scopes import HasScope
from catalog.wire import taken
from incidents.api.found import found


class ActingView(APIView):
    """Posts that change one incident; scope `incidents:write`."""

    http_method_names: Any = ("get", "head", "post")
    permission_classes: Any = (HasScope("changes:read", write="incidents:write"),)

    def who(self, request: Request, ref: str) -> dict[str, Any]:
        """`ref`, `actor` and `now` for a writer; refuses a token that does not reach it."""
        incident = found(ref)
        demand_reach(request, service=incident.service)
        return {"ref": incident.ref, "actor": actor_of(request), "now": timezone.now()}

    def given(self, request: Request, shape: Any) -> dict[str, Any]:
        """The body, as its shape takes it."""
        return dict(taken(shape, request.data))


def person(username: str | None, *, field: str) -> User | None:
    """An active person by username, None for none; raises `ValidationError`."""
    if not username:
        return None
    row = User.objects.filter(username=username, is_active=True, is_robot=False).first()
    if row is None:
        raise ValidationError({field: [f"There is nobody of the name {username}."]})
    return row


def service(slug: str) -> Service:
    """A service by slug; raises `Http404`."""
    row = Service.objects.select_related("owner_team").filter(slug=slug).first()
    if row is None:
        raise Http404(f"There is no service “{slug}”.")
    return row
