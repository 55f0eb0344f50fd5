"""Permits: what a pipeline shows to prove that the gate let it through. Ed25519-signed JWTs.

# Note [Claims of a permit]
`jti` is the gate's decision id; `sub` the change's ref; `service`, `environment`, `revision`,
`artifact` what it is good for; `nbf`, `exp` when. It expires no later than the planned period, the
maintenance window it was given in, the next freeze, and the override that opened one. `overrides`
is there only where one did: a sentence for each, with who agreed, until when and why.
"""

from changes.permits.listing import RevokedPermits, revoked
from changes.permits.reading import LEEWAY, PermitRefused, read, whose
from changes.permits.revoking import revoke, shown
from changes.permits.rotating import key_set, replace_key, rotate_key, tend_keys
from changes.permits.signing import (
    ALGORITHM,
    ISSUER,
    LONGEST,
    PURPOSE,
    Permit,
    key_pair,
    sign,
)

__all__ = [
    "ALGORITHM",
    "ISSUER",
    "LEEWAY",
    "LONGEST",
    "PURPOSE",
    "Permit",
    "PermitRefused",
    "RevokedPermits",
    "key_pair",
    "key_set",
    "read",
    "replace_key",
    "revoke",
    "revoked",
    "rotate_key",
    "shown",
    "sign",
    "tend_keys",
    "whose",
]
