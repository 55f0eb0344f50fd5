"""What would become of a pipeline's token, explained to whoever keeps the rules.

Nothing is given and nothing written: the pipeline can still exchange the token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import claims
from catalog.models import TrustRule
from ledger.oidc import exchanging, verifying
from ledger.oidc.refused import SubjectRefused


@dataclass(frozen=True, slots=True)
class Compared:
    """A rule beside the token; `wrong` are sentences on what does not match."""

    rule: TrustRule
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What the token says once it is proven, each rule beside it, and which would let it in."""

    refused: SubjectRefused | None
    claims: Mapping[str, Any]
    rules: tuple[Compared, ...] = ()
    chosen: TrustRule | None = None


def tried(text: str, *, now: datetime) -> Tried:
    """Verify a token and hold it against every active rule of its issuer."""
    try:
        verified = verifying.verify(text.strip(), now=now)
    except SubjectRefused as refused:
        return Tried(refused, {})
    rules = TrustRule.objects.filter(issuer=verified.issuer, is_active=True)
    compared = tuple(
        Compared(rule, tuple(_wrong(rule, verified.claims)))
        for rule in rules.select_related("issuer", "acts_as").order_by("name")
    )
    try:
        chosen = exchanging.chosen(verified)
    except SubjectRefused as refused:
        return Tried(refused, verified.claims, compared)
    return Tried(None, verified.claims, compared, chosen)


def _wrong(rule: TrustRule, found: Mapping[str, Any]) -> list[str]:
    return [
        f"{claims.shown(found, name)}, and must be “{rule.conditions[name]}”"
        for name in claims.objections(rule.conditions, found)
    ]
