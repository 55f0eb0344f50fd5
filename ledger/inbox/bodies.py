"""The body of a message as it came in a request: read whole, unless it is too long for anybody."""

from django.http import HttpRequest

from ledger.inbox.vendors import LARGE_BODY


def body_of(request: HttpRequest) -> tuple[bytes, int]:
    """The body; or nothing, and how many bytes there would have been.

    Django's own limit is for people's forms, so the body is read past it.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > LARGE_BODY:
        return b"", int(length)
    return request.read(), 0
