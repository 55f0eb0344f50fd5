"""Lives of changes: rows and events as if somebody had filed, approved, started and closed each.

What differs from a change that was really lived: only the last event carries the row's digest, and
deployments and checks have rows but no events of their own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from catalog.models import Service, User
from catalog.roles import CAB, ON_CALL
from changes.models import Change
from changes.queries import plans
from changes.queries.rows import row_digest, vote_digest, vote_ref
from changes.risk import Circumstances, Risk, assess
from incidents.models import Incident
from tests.bench import incidents
from tests.bench.chains import Chain
from tests.bench.copying import Rows
from tests.bench.parts import add_deployment, add_plan, add_votes
from tests.bench.words import Words
from tests.bench.world import World

YEARS = timedelta(days=1095)
STAGES = ("planning", "awaiting_approval", "scheduled", "implementing", "validating", "closed")
KINDS, KIND_WEIGHTS = ("standard", "normal", "emergency"), [40, 58, 2]
OUTCOMES = ("successful", "successful_with_issues", "rolled_back", "failed")
OUTCOME_WEIGHTS = [88, 6, 4, 2]
ROLLOUTS = ("all_at_once", "rolling", "canary", "blue_green")
CATEGORIES = ("deployment", "configuration", "database", "infrastructure", "network", "security")
CATEGORY_WEIGHTS = [60, 15, 8, 8, 5, 4]
ENVIRONMENTS, ENVIRONMENT_WEIGHTS = ("production", "staging", "test"), [70, 20, 10]
LEAD_HOURS = (1, 4, 24, 48, 96, 168, 336)
LENGTHS_HOURS, LENGTH_WEIGHTS = (0.5, 1, 2, 4, 24, 72, 240), [25, 35, 25, 11, 2, 1.5, 0.5]


@dataclass(slots=True)
class Sketch:
    """What a change is to become; everything else follows from it."""

    number: int
    service: Service
    kind: str
    state: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    environment: str = "production"
    external_id: str = ""
    without: str = ""


class Lives:
    """Writes one life after the other."""

    def __init__(self, world: World, words: Words) -> None:
        self.world, self.words = world, words

    def any(self, number: int, *, rng: Random, rows: Rows) -> None:
        """The change of this number, as chance has it."""
        world = self.world
        created = world.anchor - YEARS * (1 - number / world.size)
        starts = created + timedelta(hours=rng.choice(LEAD_HOURS), minutes=rng.randrange(60))
        hours = rng.choices(LENGTHS_HOURS, LENGTH_WEIGHTS)[0]
        ends = starts + timedelta(hours=hours)
        sketch = Sketch(
            number=number,
            service=world.some_service(rng),
            kind=rng.choices(KINDS, KIND_WEIGHTS)[0],
            state=self._state(starts, ends, rng),
            created_at=created,
            starts_at=starts,
            ends_at=ends,
            environment=rng.choices(ENVIRONMENTS, ENVIRONMENT_WEIGHTS)[0],
        )
        self.write(sketch, rng=rng, rows=rows)

    def _state(self, starts: datetime, ends: datetime, rng: Random) -> str:
        """Open where the period lies ahead, nearly always over where it is past."""
        now = self.world.anchor
        if starts > now:
            return rng.choices(STAGES[:3], [25, 25, 50])[0]
        if ends > now:
            return "implementing"
        if rng.random() < 0.004:
            return rng.choices(("planning", "validating"), [40, 60])[0]
        return "cancelled" if rng.random() < 0.03 else "closed"

    def write(self, sketch: Sketch, *, rng: Random, rows: Rows) -> None:
        """The change of a sketch with all that belongs to it."""
        team = self.world.people[sketch.service.owner_team_id]
        author, voter = rng.sample(team[1:], 2)
        actor = rng.choice(self.world.robots) if sketch.kind == "standard" else author
        change = self._change(sketch, author=actor, implementer=author, rng=rng)
        reached = self._stages_of(sketch, rng)
        self._stamp(change, reached, by=author, rng=rng)
        also = self._also(sketch, rng) if rng.random() < 0.05 else []
        material = plans.material(change, also_affects=[one.slug for one in also])
        change.plan_digest = plans.plan_digest(material)
        add_plan(change, material, also, rows=rows)
        votes = []
        if reached and sketch.kind != "standard":
            voters = self._voters(change, team, voter, rng)
            votes = add_votes(change, voters, voted=reached >= 2, rows=rows)
        if sketch.state == "closed" and rng.random() < 0.46:
            add_deployment(change, by=rng.choice(self.world.robots), rng=rng, rows=rows)
        rows.add_model(change)
        self._record(change, votes, actor=actor, reached=reached, rows=rows)

    def _change(self, sketch: Sketch, *, author: User, implementer: User, rng: Random) -> Change:
        world, service, words = self.world, sketch.service, self.words
        category = rng.choices(CATEGORIES, CATEGORY_WEIGHTS)[0]
        rollout = rng.choice(ROLLOUTS)
        emergency = sketch.kind == "emergency"
        texts = words.plans(rng)
        if sketch.without:
            texts[sketch.without] = ""
        found = self._risk(sketch, category=category, rollout=rollout)
        return Change(
            id=sketch.number,
            state=sketch.state,
            kind=sketch.kind,
            title=words.title(rng, service.slug),
            description=words.some(rng, 18),
            category=category,
            service=service,
            team=service.owner_team,
            environment=world.environments[sketch.environment],
            rollout=rollout,
            planned_start_at=sketch.starts_at,
            planned_end_at=sketch.ends_at,
            revision=f"{rng.getrandbits(160):040x}",
            external_id=sketch.external_id,
            template=rng.choice(world.templates) if sketch.kind == "standard" else None,
            incident=Incident(id=rng.randrange(incidents.count(world)) + 1) if emergency else None,
            author=author,
            last_editor=author,
            implementer=implementer,
            risk_level=str(found.level),
            risk_score=found.score,
            risk_factors=found.as_json()["factors"],
            created_at=sketch.created_at,
            **texts,
        )

    def _risk(self, sketch: Sketch, *, category: str, rollout: str) -> Risk:
        return assess(
            Circumstances(
                kind=sketch.kind,
                tier=sketch.service.tier,
                category=category,
                rollout=rollout,
                production=sketch.environment == "production",
                dependents=(self.world.dependents.get(sketch.service.pk, 0),),
                has_rollback_plan=True,
                has_test_plan=True,
            )
        )

    def _also(self, sketch: Sketch, rng: Random) -> list[Service]:
        found = {one.pk: one for one in (self.world.some_service(rng) for _ in range(2))}
        found.pop(sketch.service.pk, None)
        return list(found.values())

    def _stages_of(self, sketch: Sketch, rng: Random) -> int:
        """How far it went, as an index into `STAGES`; a cancelled one up to scheduled."""
        if sketch.state == "cancelled":
            return rng.randrange(3)
        return STAGES.index(sketch.state)

    def _stamp(self, change: Change, reached: int, *, by: User, rng: Random) -> None:
        """Set when and by whom each stage was reached."""
        starts, ends = change.planned_start_at, change.planned_end_at
        assert starts is not None
        assert ends is not None
        if reached >= 1:
            change.approval_round = 1
            change.submitted_at = change.created_at + timedelta(minutes=5)
        if reached >= 2:
            change.approved_at = change.created_at + timedelta(minutes=45)
        if reached >= 3:
            change.started_at, change.started_by = starts, by
        if reached >= 4:
            change.finished_at = starts + (ends - starts) * 0.6
            if change.kind == "emergency":  # one that is owed would hold up its whole service
                self._review(change, by=by, at=change.finished_at)
        change.edition = 1 + reached
        if change.state == "cancelled":
            change.ended_at = change.created_at + timedelta(minutes=50)
            change.ended_by, change.closing_note = by, "Not needed any more."
        if change.state == "closed":
            self._close(change, rng.choices(OUTCOMES, OUTCOME_WEIGHTS)[0], by=by, at=ends)

    def _close(self, change: Change, outcome: str, *, by: User, at: datetime) -> None:
        change.outcome, change.closing_note = outcome, "Done; see the board."
        change.ended_at, change.ended_by = at, by
        if outcome == "rolled_back":
            change.rolled_back_at = change.finished_at
        if outcome in OUTCOMES[2:]:
            self._review(change, by=by, at=at)

    def _review(self, change: Change, *, by: User, at: datetime) -> None:
        change.review, change.reviewed_at, change.reviewed_by = "Reviewed in the team.", at, by

    def _voters(
        self, change: Change, team: list[User], peer: User, rng: Random
    ) -> list[tuple[str, str, User]]:
        """(rule, authority, voter) for each place a rule asks to fill."""
        if change.kind == "emergency":
            return [("Emergency CAB", "ecab", rng.choice(self.world.boards[ON_CALL]))]
        found = [("Peer review", "peer", peer)]
        if change.risk_level != "low":
            found.append(("Service owner from medium risk", "service_owner", team[0]))
        if change.risk_level == "high":
            board = rng.sample(self.world.boards[CAB], 2)
            found += [("CAB from high risk", "cab", one) for one in board]
        return found

    def _record(
        self, change: Change, votes: list[Any], *, actor: User, reached: int, rows: Rows
    ) -> None:
        service, by = change.service, change.implementer.username  # type: ignore[union-attr]
        about = [f"service:{service.slug}", f"team:{service.owner_team.slug}"]
        if change.incident_id:
            about.append(f"INC-{change.incident_id}")
        chain = Chain(rows, change.ref, about)
        steps: list[tuple[str, str, datetime | None, dict[str, Any]]] = [
            ("change.created", actor.username, change.created_at, {"to": "planning"})
        ]
        if reached >= 1:
            steps.append(_step("submitted", by, change.submitted_at, 1))
        steps += [
            (
                "vote.cast",
                vote.voter.username,
                vote.cast_at,
                {"decision": vote.decision, "rows": {vote_ref(vote): vote_digest(vote)}},
            )
            for vote in votes
        ]
        moves = {
            "approved": change.approved_at,
            "started": change.started_at,
            "finished": change.finished_at,
        }
        steps += [_step(verb, by, at, n) for n, (verb, at) in enumerate(moves.items(), 2) if at]
        if change.ended_at:
            steps.append(_step(change.state, by, change.ended_at, 5))
        steps[-1][3]["row_digest"] = row_digest(change)
        for verb, who, at, says in steps:
            chain.add(verb, actor=who, at=at or change.created_at, data=says)


def _step(
    verb: str, by: str, at: datetime | None, stage: int
) -> tuple[str, str, datetime | None, dict[str, Any]]:
    return (f"change.{verb}", by, at, {"from": STAGES[stage - 1], "to": STAGES[stage]})
