"""PostgreSQL's own guard of an incident's state, made from the table `MOVES`."""

import pgtrigger

from incidents.states import INITIAL, edges


def triggers() -> list[pgtrigger.Trigger]:
    """Refuse an illegal state, a birth past the first one, and deletion."""
    return [
        pgtrigger.FSM(
            name="incident_state_follows_moves",
            field="state",
            transitions=[(str(source), str(target)) for source, target in edges()],
        ),
        pgtrigger.Trigger(
            name="incident_begins_declared",
            operation=pgtrigger.Insert,
            when=pgtrigger.Before,
            func=(
                f"IF NEW.state <> '{INITIAL}' THEN "
                "RAISE EXCEPTION 'an incident begins in %, not in %', "
                f"'{INITIAL}', NEW.state; END IF; RETURN NEW;"
            ),
        ),
        pgtrigger.Protect(name="incident_is_never_deleted", operation=pgtrigger.Delete),
    ]
