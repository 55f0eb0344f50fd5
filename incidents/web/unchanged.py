"""The tag of what the war room shows, so that asking again where nothing changed costs little.

# Note [Fresh within a minute]
A room asks every ten seconds and mostly learns nothing. The tag is made of one statement over the
rows of the incident, and of whose eyes see them. What lies elsewhere, such as a name or the map of
services, is in no tag: so every minute has another one, and the parts are made anew.
"""

import re
from datetime import datetime
from hashlib import sha256

from django.http import HttpRequest
from django.utils import timezone

from catalog.actors import actor_of
from incidents.queries import versions

_REF = re.compile(r"(?i:INC)-(\d{1,18})")


def tag(request: HttpRequest, ref: str) -> str | None:
    """What a browser may show again; None where it asks for a page."""
    if request.headers.get("HX-Request") != "true":
        return None
    return tag_at(request, ref, now=timezone.now())


def tag_at(request: HttpRequest, ref: str, *, now: datetime) -> str | None:
    """See Note [Fresh within a minute]; None where there is no such ref."""
    found = _REF.fullmatch(ref)
    if found is None:
        return None
    seen = (
        request.get_full_path(),
        str(actor_of(request).pk),
        timezone.get_current_timezone_name(),
        f"{now:%Y%m%d%H%M}",
        versions.version(int(found[1]), now=now),
    )
    return f'"{sha256(" ".join(seen).encode()).hexdigest()[:32]}"'
