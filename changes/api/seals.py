"""`/ledger/seals`: the seals of the ledger, for whoever keeps their digests elsewhere."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api_schema import READING, answers
from catalog.pagination import NewestFirst
from catalog.scopes import HasScope
from catalog.wire import Strict, Text, asked
from changes.api.filters import Limit
from changes.api.shapes import instant, word
from changes.api.view import ApiView
from ledger.canonical import sha256_hex
from ledger.models import Seal
from ledger.seals import exporting, naming


class NewestSealFirst(NewestFirst):
    """By number."""

    ordering = "-number"


class SealShown(serializers.Serializer):
    """A seal, with all that is signed. The statement is told in `ledger/seals/statement.py`."""

    ref = word("SEAL-7")
    number = serializers.IntegerField()
    sealed_at = instant(null=False)
    first_id = serializers.IntegerField(help_text="The id of the first event it covers.")
    last_id = serializers.IntegerField(help_text="The id of the last event it covers.")
    count = serializers.IntegerField(help_text="How many events it covers.")
    root = word("The Merkle root over them (RFC 6962), in hex.")  # type: ignore[assignment]
    heads_digest = word("SHA-256 over the newest event of each subject; exports hold them.")
    previous_digest = word("The digest of the seal before, zeros for the first.")
    digest = word("What to keep elsewhere, as SEAL-7:digest.")
    key = word("Which of /.well-known/seal-keys.json signed it.")
    signature = word("Ed25519 over the statement, in base64.")


class SealsPage(serializers.Serializer):
    """One page; `next` and `previous` are addresses, or null at an end."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = SealShown(many=True)


class SealsAsked(Strict):
    """`GET /ledger/seals`."""

    cursor = Text(required=False, max_length=400, help_text="From `next` or `previous`.")
    limit = Limit()


class Seals(ApiView):
    """Signed proof of which events there were."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="ledger_seals_list",
        parameters=[SealsAsked],
        responses=answers({200: SealsPage}, *READING),
    )
    def get(self, request: Request) -> Response:
        """List the seals of the ledger, newest first."""
        asked(SealsAsked, request.query_params)
        pages = NewestSealFirst()
        found = pages.paginate_queryset(Seal.objects.all(), request, view=self) or []
        return pages.get_paginated_response([shown(seal) for seal in found])


class OneSeal(ApiView):
    """One seal."""

    permission_classes = (HasScope("changes:read"),)

    @extend_schema(
        operation_id="ledger_seals_read", responses=answers({200: SealShown}, *READING, 404)
    )
    def get(self, request: Request, ref: str) -> Response:
        """Read one seal, such as SEAL-7."""
        try:
            return Response(shown(naming.by_ref(ref)))
        except naming.NoSuchSeal as missing:
            raise Http404(str(missing)) from None


def shown(seal: Seal) -> dict[str, Any]:
    """`SealShown`."""
    told = exporting.shown(seal)
    heads = told.pop("heads")
    return {"ref": seal.ref, **told, "heads_digest": sha256_hex(heads)}
