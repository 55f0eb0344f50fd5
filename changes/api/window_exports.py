"""`/windows/export`: windows as other tools read them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_schema import READING, answers
from catalog.wire import Strict, Text, Word, asked
from changes.api.shapes import word
from changes.api.windows import CalendarView
from changes.shown.exported import Named
from changes.shown.exports import TOOLS, export


class ExportAsked(Strict):
    tool = Word(sorted(TOOLS))
    team = Text(required=False, default="", max_length=80, help_text="Slug.")
    service = Text(required=False, default="", max_length=80, help_text="Slug.")
    environment = Text(required=False, default="", max_length=80, help_text="Slug.")


class NamedShown(serializers.Serializer):
    """A window with something to be said of it."""

    window = word("WIN-7")
    name = word()
    why = word()


class ExportShown(serializers.Serializer):
    """What the tool is told, what it cannot be told, and what it will do otherwise."""

    tool = word()
    entries = serializers.ListField(child=serializers.DictField())
    not_expressed = NamedShown(many=True)
    differs = NamedShown(many=True)
    yaml = word("The same, as a file.")


class Exports(CalendarView):
    """Windows for other tools."""

    @extend_schema(
        operation_id="windows_export",
        parameters=[ExportAsked],
        responses=answers({200: ExportShown}, *READING),
    )
    def get(self, request: Request) -> Response:
        """Active windows as Argo CD syncWindows or GitLab freeze periods."""
        given = asked(ExportAsked, request.query_params)
        found = export(now=timezone.now(), **given)
        return Response(
            {
                "tool": found.tool,
                "entries": [dict(one) for one in found.entries],
                "not_expressed": [_named(one) for one in found.not_expressed],
                "differs": [_named(one) for one in found.differs],
                "yaml": found.as_yaml(),
            }
        )


def _named(one: Named) -> dict[str, Any]:
    return {"window": one.ref, "name": one.name, "why": one.why}
