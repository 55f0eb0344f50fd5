"""How far a token reaches: the services, teams and environments it was limited to. Pure."""

from dataclasses import dataclass

from ledger.decision import Reason, refuse


@dataclass(frozen=True, slots=True)
class Reach:
    """The services named and those of the teams named, in the environments named, all by slug.

    Naming no service and no team means all of them, and naming no environment every one.
    """

    services: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()

    @property
    def limited(self) -> bool:
        return bool(self.services or self.teams or self.environments)

    def covers(self, *, service: str, team: str, environment: str | None = None) -> bool:
        """Whether the service of this slug, owned by the team of that slug, is within reach.

        In an environment, or where None is named, whatever the environment.
        """
        of_these = not (self.services or self.teams) or service in self.services
        return (of_these or team in self.teams) and self.covers_environment(environment)

    def covers_environment(self, environment: str | None) -> bool:
        """Whether an environment is within reach; None is."""
        return environment is None or not self.environments or environment in self.environments

    def demand(
        self, *, service: str, team: str, environment: str | None = None, ref: str = ""
    ) -> None:
        """Raise `Refused` (not_permitted) for a place that is out of reach."""
        if not self.covers(service=service, team=team):
            raise _refused(ref or service, f"Use a token issued for {service}.", ref=ref)
        if not self.covers_environment(environment):
            what = f"{ref} in {environment}" if ref else f"{service} in {environment}"
            raise _refused(what, f"Use a token issued for {environment}.", ref=ref)

    def demand_environment(self, environment: str) -> None:
        """Raise `Refused` (not_permitted) for an environment that is out of reach."""
        if not self.covers_environment(environment):
            raise _refused(environment, f"Use a token issued for {environment}.", ref="")


def _refused(what: str, remedy: str, *, ref: str) -> Exception:
    reason = Reason("not_permitted", f"The token does not reach {what}.", remedy, source="token")
    return refuse("reach", reason, ref=ref)


EVERYWHERE = Reach()
