"""One graph, three guards: the table, the model's transitions, and the database's triggers."""

import re
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django_fsm import TransitionNotAllowed

from changes.models import Change, PlanVersion
from changes.models.guards import triggers
from changes.states import MOVES, Kind, State, edges
from tests.living import at, change_at, file, fresh, person, plan

ALLOWED = set(edges())


def test_the_models_transitions_are_the_table_of_moves() -> None:
    found = {
        (transition.name, transition.source, transition.target)
        for transition in Change().get_all_state_transitions()
    }

    assert found == {
        (verb, str(source), str(move.target))
        for verb, move in MOVES.items()
        for source in move.sources
    }


def test_the_database_guards_how_a_change_begins_moves_and_stays() -> None:
    assert {trigger.name for trigger in triggers()} == {
        "change_begins_in_planning",
        "change_state_follows_moves",
        "change_is_never_deleted",
    }


def test_the_triggers_edges_are_those_of_the_table() -> None:
    (fsm,) = [trigger for trigger in triggers() if trigger.name == "change_state_follows_moves"]

    assert sorted(fsm.transitions) == [(str(source), str(target)) for source, target in edges()]


def test_the_trigger_in_the_database_is_the_one_of_the_table(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname LIKE 'pgtrigger_change_state_follows_moves%'"
        )
        (source,) = cursor.fetchone()

    assert set(re.findall(r"(\w+):(\w+)", source.partition("ANY('{")[2].partition("}'")[0])) == {
        (str(source), str(target)) for source, target in edges()
    }


def refusal(change: Change, target: State) -> str:
    """What the database says to an UPDATE to `target`, which is then undone; "" when it lets it."""
    outcome = {"outcome": "failed"} if State.CLOSED in (change.state, target) else {}
    try:
        with transaction.atomic():
            Change.objects.filter(pk=change.pk).update(state=str(target), **outcome)
            transaction.set_rollback(True)
    except DatabaseError as problem:
        return str(problem).partition(" on table")[0]
    return ""


@pytest.mark.parametrize("source", State)
def test_sql_moves_a_change_along_the_table_and_nowhere_else(source: State, settled: None) -> None:
    change = change_at(source)
    never = 'pgtrigger: Invalid transition of field "state" from "{}" to "{}"'

    answers = {target: refusal(change, target) for target in State if target != source}

    assert answers == {
        target: "" if (source, target) in ALLOWED else never.format(source, target)
        for target in answers
    }


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE changes_change SET state = 'done' WHERE id = %s",
        "UPDATE changes_change SET state = '' WHERE id = %s",
        "UPDATE changes_change SET state = NULL WHERE id = %s",
        "UPDATE changes_change SET kind = 'silent' WHERE id = %s",
        "UPDATE changes_change SET planned_end_at = planned_start_at WHERE id = %s",
        "UPDATE changes_change SET held_at = now() WHERE id = %s",
        "UPDATE changes_change SET started_at = now() WHERE id = %s",
        "UPDATE changes_change SET ended_by_id = author_id WHERE id = %s",
        "DELETE FROM changes_change WHERE id = %s",
    ],
)
def test_the_database_refuses_what_cannot_be(sql: str, settled: None) -> None:
    change = change_at(State.SCHEDULED)

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, [change.pk])

    assert fresh(change).state == State.SCHEDULED


def test_nobody_deletes_a_change_through_the_model_either(settled: None) -> None:
    change = file()
    PlanVersion.objects.filter(change=change).delete()

    with pytest.raises(DatabaseError, match="Cannot delete rows"), transaction.atomic():
        Change.objects.filter(pk=change.pk)._raw_delete("default")

    assert fresh(change).pk == change.pk


@pytest.mark.parametrize("state", [state for state in State if state is not State.PLANNING])
def test_a_change_is_not_born_past_planning(state: State, settled: None) -> None:
    fields = {**plan(), "team": plan()["service"].owner_team, "outcome": "successful"}
    engineer = person("engineer")
    change = Change(**fields, author=engineer, last_editor=engineer, created_at=at(0), state=state)

    with pytest.raises(DatabaseError, match="a change begins in planning"), transaction.atomic():
        change.save(force_insert=True)

    assert Change.objects.count() == 0


def test_nobody_assigns_the_state(settled: None) -> None:
    change = file()

    with pytest.raises(AttributeError):
        change.state = str(State.SCHEDULED)

    assert fresh(change).state == State.PLANNING


def moved(change: Change, verb: str) -> str:
    """Where the model's own transition leads, unsaved; "" where it is not allowed."""
    try:
        getattr(change, verb)()
    except TransitionNotAllowed:
        return ""
    return str(change.state)


@pytest.mark.parametrize("state", State)
def test_the_model_moves_by_verbs_of_its_state_only(state: State, settled: None) -> None:
    change = change_at(state)

    ways = {verb: moved(fresh(change), verb) for verb in MOVES}

    assert ways == {
        verb: str(move.target) if state in move.sources else "" for verb, move in MOVES.items()
    }


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": "closed"}, "closed_change_has_an_outcome"),
        ({"hold_reason": "Wait."}, "hold_states_its_reason"),
    ],
)
def test_constraints_say_what_they_enforce(
    values: dict[str, Any], constraint: str, settled: None
) -> None:
    change = change_at(State.VALIDATING, kind=Kind.NORMAL)

    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(**values)
