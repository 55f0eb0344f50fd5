"""The key that a request shows of a source, in whatever header its tool can set."""

import base64

from django.http import HttpRequest

KEY_HEADER = "X-Tidegate-Key"


def shown_key(request: HttpRequest) -> str:
    """The key in a header: our own, or Authorization with whatever scheme the tool can send.

    Empty where none is shown.
    """
    if own := request.headers.get(KEY_HEADER):
        return own
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return shown.strip() or scheme
    try:
        return base64.b64decode(shown, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
