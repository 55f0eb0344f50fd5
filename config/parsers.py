"""How the REST framework reads bodies."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from catalog import json_body


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 and nothing that PostgreSQL could not hold; see `catalog.json_body`."""

    media_type = json_body.JSON_TYPE

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return json_body.parsed(stream.read())
