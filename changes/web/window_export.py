"""Windows as a file for another tool."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from changes.shown.exports import TOOLS, export


@login_required
@require_safe
def windows(request: HttpRequest, tool: str) -> HttpResponse:
    """YAML of the active windows, narrowed like the schedule it is linked from."""
    if tool not in TOOLS:
        raise Http404(f"Windows are exported for {' and '.join(sorted(TOOLS))}.")
    asked = {name: request.GET.get(name, "") for name in ("team", "service", "environment")}
    try:
        found = export(tool, now=timezone.now(), **asked)
    except ValidationError as wrong:
        raise Http404(" ".join(wrong.messages)) from wrong
    return HttpResponse(
        found.as_yaml(),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="windows-{tool}.yaml"'},
    )
