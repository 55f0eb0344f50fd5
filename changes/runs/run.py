"""A run of another tool's pipeline, by what the tool calls it."""

from dataclasses import dataclass

from changes.models import DoorMapping, Template
from changes.policies.reach import Reach
from changes.queries.doors import mapped
from ledger.canonical import sha256_hex
from ledger.decision import Reason, refuse


class NotMapped(LookupError):
    """No row says which service and environment a tool's project and stage are."""

    def __init__(self, run: "Run") -> None:
        named = " or ".join(f"“{name}”" for name in run.names)
        stage = f" and the stage “{run.stage}”" if run.stage else ""
        super().__init__(
            f"Nothing says which service {named}{stage} is, within the reach of this token. Ask a "
            "change manager to map it in the admin, under door mappings."
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt of a run. `names` is what a mapping may call its project, the most exact first;
    `revision` what is deployed, where the tool says so.
    """

    vendor: DoorMapping.Vendor
    names: tuple[str, ...]
    stage: str
    build: str
    attempt: str = ""
    tool: str = ""
    revision: str = ""

    @property
    def project(self) -> str:
        return self.names[0]

    @property
    def build_key(self) -> str:
        """What names the run whichever attempt it is, as a SHA-256 in hex."""
        return sha256_hex([self.vendor, self.tool, self.project, self.stage, self.build])

    @property
    def attempt_number(self) -> int | None:
        """The attempt as the gate counts it; None where the tool counts in another way."""
        return int(self.attempt) if self.attempt.isdecimal() and self.attempt.isascii() else None

    def __str__(self) -> str:
        again = f", attempt {self.attempt}" if self.attempt else ""
        return f"{self.vendor.label} run {self.build}{again} of {self.project}, {self.stage}"


def place_of(run: Run, *, reach: Reach) -> DoorMapping:
    """The mapping that counts for a run; raises `NotMapped` for none within reach."""
    for name in run.names:
        found = mapped(vendor=run.vendor, project=name, stage=run.stage)
        if found is not None:
            service, place = found.service, found.environment.slug
            if reach.covers(service=service.slug, team=service.owner_team.slug, environment=place):
                return found
            break
    raise NotMapped(run)


def demand_template(run: Run, *, template: Template | None, reach: Reach) -> None:
    """Raise `Refused` where a tool names another template than the run's mapping, or asks for a
    normal change where it names one; raises `NotMapped`.
    """
    mapped_to = place_of(run, reach=reach).template
    if mapped_to == template:
        return
    wanted = f"the template {mapped_to.name}" if mapped_to else "no template"
    reason = Reason(
        "template_not_published",
        f"Changes of {run.project} in {run.stage} are mapped to {wanted}.",
        "Name that in the tool, or ask a change manager to map another.",
        source="mapping",
    )
    raise refuse("create", reason)
