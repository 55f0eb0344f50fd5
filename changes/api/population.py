"""`GET /audit/population`: every change of a period, with its manifest."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any, Final

import orjson
from django.core.exceptions import ValidationError
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from catalog.actors import actor_of
from catalog.api_schema import READING, answers
from catalog.scopes import HasScope
from catalog.time_zones import validate_time_zone
from catalog.wire import OfPeriod, Text, Word, asked
from changes import audit
from changes.api.gate_shapes import SLUG
from changes.api.shapes import instant, word
from changes.api.view import ApiView, demand_whole_reach
from changes.models.choices import KindWord
from changes.queries import population as found
from changes.queries.population import BY, COLUMNS

CHUNK_BYTES: Final = 65_536


class PopulationAsked(OfPeriod):
    """Which changes: by when they ended (closed or cancelled) or started."""

    by = Word(sorted(BY), required=False, default="ended_at")
    zone = Text(
        required=False,
        default="UTC",
        max_length=64,
        validators=[validate_time_zone],
        help_text="In which time zone months begin, an IANA name.",
    )
    environment = Text(required=False, default="", max_length=SLUG)
    service = Text(required=False, default="", max_length=SLUG)
    team = Text(required=False, default="", max_length=SLUG)
    kind = Word(KindWord.choices, required=False)


class CountsShown(serializers.Serializer):
    """How many there are; the database's own count, equal to that of what was written."""

    total = serializers.IntegerField()
    kind = serializers.DictField(child=serializers.IntegerField())
    state = serializers.DictField(child=serializers.IntegerField())
    outcome = serializers.DictField(child=serializers.IntegerField())
    month = serializers.DictField(child=serializers.IntegerField())
    emergency = serializers.IntegerField()
    overridden = serializers.IntegerField()
    without_approval = serializers.IntegerField(help_text="Started, and never approved.")
    deployed_without_permit = serializers.IntegerField()


class ManifestShown(serializers.Serializer):
    """What was taken: which period, by whom, how much of what."""

    period = serializers.DictField()
    filters = serializers.DictField()
    columns = serializers.ListField(child=serializers.CharField())
    generated_at = instant(null=False)
    generated_by = word()
    form = word()
    rows = serializers.IntegerField()
    sha256 = word("Over the bytes of `changes` as they stand in the answer, line feeds and all.")
    counts = CountsShown()
    gate_questions_without_change = serializers.IntegerField()
    newest_event = serializers.DictField(allow_null=True)
    newest_seal = serializers.DictField(allow_null=True)


class PopulationShown(serializers.Serializer):
    """The manifest, then every change."""

    manifest = ManifestShown()
    changes = serializers.ListField(
        child=serializers.DictField(), help_text=f"Each with {', '.join(COLUMNS)}."
    )


class PopulationOfPeriod(ApiView):
    """The population an auditor samples from."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="audit_population",
        parameters=[PopulationAsked],
        responses={
            **answers({200: PopulationShown}, *READING),
            500: OpenApiResponse(description="The counts do not match: nothing is exported."),
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Take every change of a period. Only auditors and change managers; it is recorded."""
        who, now = actor_of(request), timezone.now()
        audit.demand_auditor(who)
        demand_whole_reach(request, "export", why="a population must be complete")
        given = asked(PopulationAsked, request.query_params)
        wanted = audit.population(since=given.pop("from"), until=given.pop("to"), **given)
        _demand_few(found.counts(wanted)["total"][""])
        aside = TemporaryFile()  # noqa: SIM115 the answer closes it
        try:
            manifest = audit.export(wanted, form="json", into=aside, actor=who, now=now)
        except BaseException:
            aside.close()
            raise
        aside.seek(0)
        return StreamingHttpResponse(
            _parts(manifest.as_json(), aside), content_type="application/json"
        )


def _parts(manifest: dict[str, Any], aside: IO[bytes]) -> Iterator[bytes]:
    with aside:
        yield b'{"manifest":' + orjson.dumps(manifest) + b',"changes":'
        while part := aside.read(CHUNK_BYTES):
            yield part
        yield b"}"


def _demand_few(total: int) -> None:
    if total > audit.AT_MOST:
        raise ValidationError(
            {
                "from": f"These are {total:,} changes; {audit.AT_MOST:,} at most are exported at "
                "once. Narrow the period, or run manage.py export_population."
            }
        )
