"""How far a token reaches: the services and teams it was limited to. Pure."""

from dataclasses import dataclass

from ledger.decision import Reason, refuse


@dataclass(frozen=True, slots=True)
class Reach:
    """The services named and those of the teams named, by slug; naming nothing means everything."""

    services: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()

    @property
    def limited(self) -> bool:
        return bool(self.services or self.teams)

    def covers(self, *, service: str, team: str) -> bool:
        """Whether the service of this slug, owned by the team of that slug, is within reach."""
        return not self.limited or service in self.services or team in self.teams

    def demand(self, *, service: str, team: str, ref: str = "") -> None:
        """Raise `Refused` (not_permitted) for a service that is out of reach."""
        if self.covers(service=service, team=team):
            return
        reason = Reason(
            "not_permitted",
            f"The token does not reach {ref or service}.",
            f"Use a token issued for {service}.",
            source="token",
        )
        raise refuse("reach", reason, ref=ref)


EVERYWHERE = Reach()
