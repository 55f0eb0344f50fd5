"""The guards made from the table `MOVES`: the model's transitions and the database's triggers."""

from collections.abc import Callable
from typing import Any

import pgtrigger
from django_fsm import transition

from changes.states import INITIAL, MOVES, edges, task_edges


def _move(verb: str) -> Callable[[Any], None]:
    def move(self: Any) -> None:
        """Said by `lifecycle` alone, after `policies.may` allowed it."""

    move.__name__ = verb
    return move


def transitions() -> dict[str, Any]:
    """One django-fsm transition for each verb in `MOVES`, ready to be a class's attributes."""
    return {
        verb: transition(
            field="state",
            source=[str(source) for source in move.sources],
            target=str(move.target),
        )(_move(verb))
        for verb, move in MOVES.items()
    }


Moves = type("Moves", (), transitions())


def triggers() -> list[pgtrigger.Trigger]:
    """PostgreSQL's own refusal of an illegal state, of a birth past planning, and of deletion."""
    return [
        pgtrigger.FSM(
            name="change_state_follows_moves",
            field="state",
            transitions=[(str(source), str(target)) for source, target in edges()],
        ),
        pgtrigger.Trigger(
            name="change_begins_in_planning",
            operation=pgtrigger.Insert,
            when=pgtrigger.Before,
            func=(
                f"IF NEW.state <> '{INITIAL}' THEN "
                "RAISE EXCEPTION 'a change begins in %, not in %', "
                f"'{INITIAL}', NEW.state; END IF; RETURN NEW;"
            ),
        ),
        pgtrigger.Protect(name="change_is_never_deleted", operation=pgtrigger.Delete),
    ]


def task_triggers() -> list[pgtrigger.Trigger]:
    """The same for a task: its moves, and that it stays."""
    return [
        pgtrigger.FSM(
            name="task_state_follows_moves",
            field="state",
            transitions=[(str(source), str(target)) for source, target in task_edges()],
        ),
        pgtrigger.Protect(name="task_is_never_deleted", operation=pgtrigger.Delete),
    ]
