"""What a client may do while the gate cannot be reached, signed so that it can be kept.

# Note [Claims of a fail policy]
A JWT signed with the key of permits, and no permit: its `typ` is `tidegate-policy+jwt` and its
`aud` is `tidegate-client`. `service` and `environment` say where it holds, `mode` is `allow` or
`deny`, `reason` why; `iat`, `nbf` and `exp` when. Clients go by the newest they have seen.
"""

from dataclasses import dataclass
from datetime import datetime

import jwt

from changes import permits
from changes.policies import fail_mode
from changes.policies.reach import EVERYWHERE, Reach
from changes.queries import fail_modes
from ledger import keys

AUDIENCE = "tidegate-client"
KIND = "tidegate-policy+jwt"


@dataclass(frozen=True, slots=True)
class SignedPolicy:
    """What a place says, and the same as a compact JWT."""

    service: str
    environment: str
    policy: fail_mode.FailPolicy
    issued_at: datetime
    text: str


def policy(
    *, service: str, environment: str, now: datetime, reach: Reach = EVERYWHERE
) -> SignedPolicy:
    """What a client is to do in this place when the gate does not answer.

    Raises `NoSuchPlace`, and `Refused` for a place beyond `reach`.
    """
    found, place = fail_modes.place(service=service, environment=environment)
    reach.demand(service=found.slug, team=found.owner_team.slug, environment=place.slug)
    facts = fail_modes.fail_facts(service=found, environment=place, now=now)
    said = fail_mode.judge(facts, now=now)
    pair = keys.signing_key(purpose=permits.PURPOSE, now=now)
    claims = {
        "iss": permits.ISSUER,
        "aud": AUDIENCE,
        "service": found.slug,
        "environment": place.slug,
        "mode": said.mode,
        "reason": said.reason,
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int(said.expires_at.timestamp()),
    }
    head = {"kid": pair.kid, "typ": KIND}
    text = jwt.encode(claims, pair.private, algorithm=permits.ALGORITHM, headers=head)
    return SignedPolicy(found.slug, place.slug, said, now, text)
