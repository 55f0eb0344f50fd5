"""Overriding a freeze: asked for by one person, confirmed by a second, reviewed by a third.

Every function takes `actor` and `now`, raises `Refused` with the whole Decision when the rules say
no, `ValidationError` with a sentence for each wrong field, `NoSuchOverride` or `NoSuchChange`; and
nothing is written then. The rules are in `changes.policies.overriding`.
"""

from changes.overrides.answering import confirm, review, withdraw
from changes.overrides.asking import Asked, request

__all__ = ["Asked", "confirm", "request", "review", "withdraw"]
