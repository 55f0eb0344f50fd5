"""How far a token reaches at the gate."""

from changes.policies import Facts
from changes.policies.reach import Reach
from ledger.decision import Reason, refuse


def refuse_beyond(facts: Facts, reach: Reach) -> None:
    """Raise `Refused` where the token does not reach the service asked about, or the change's."""
    reach.demand(service=facts.service, team=facts.team, environment=facts.environment)
    elsewhere = facts.change_service not in ("", facts.service)
    if reach.limited and elsewhere and facts.change_service not in reach.services:
        raise refuse(
            "reach",
            Reason(
                "not_permitted",
                f"The token does not reach {facts.ref}, which is for another service.",
                f"Name a change for {facts.service}.",
                source="token",
            ),
        )
