"""Editions on the wire: the ETag of a change, and the If-Match of whoever edits it.

An ETag is `"<edition>.<hash of the answer>"`. If-Match looks at the edition alone: that a freeze
has begun since is no reason to refuse an edit.
"""

import json
import re
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actors import actor_of
from changes.api import shown
from changes.models import Change
from changes.queries.whole import whole_of

_TAG = re.compile(r'"([1-9][0-9]{0,8})(\.[0-9a-f]+)?"', re.ASCII)


def tagged(request: Request, body: dict[str, Any], *, status: int = 200) -> Response:
    """The answer with its ETag; 304 without a body when the caller has this very answer."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    tag = f'"{body["edition"]}.{sha256(text.encode()).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.method == "GET" and tag in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers=headers)
    return Response(body, status=status, headers=headers)


def change_now(request: Request, change: Change, *, now: datetime, status: int = 200) -> Response:
    """The change as a verb just left it and as the caller sees it, with its ETag."""
    found = whole_of(change, actor=actor_of(request), now=now)
    return tagged(request, shown.change(found, now=now), status=status)


def edition_in(request: Request) -> int | None:
    """The edition an If-Match header names; None where there is none, or `*`.

    Raises `ValidationError` for a header that is no ETag of ours.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    match = _TAG.fullmatch(header)
    if match is None:
        raise ValidationError({"If-Match": 'Send the ETag you were given, such as "3".'})
    return int(match[1])
