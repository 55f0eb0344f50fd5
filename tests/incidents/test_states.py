"""The lifecycle of an incident as a table: every verb, every state."""

import pytest
from django.db import DatabaseError, connection, transaction

from incidents import policies
from incidents.policies import STAYS, Standing
from incidents.states import MOVES, OPEN, ORDER, State, edges, mermaid, passed

FROM = {
    "acknowledge": {"declared": "acknowledged"},
    "mitigate": {"declared": "mitigated", "acknowledged": "mitigated"},
    "resolve": {"declared": "resolved", "acknowledged": "resolved", "mitigated": "resolved"},
    "close": dict.fromkeys(("declared", "acknowledged", "mitigated", "resolved"), "closed"),
    "reopen": dict.fromkeys(("mitigated", "resolved", "closed"), "acknowledged"),
}


@pytest.mark.parametrize("verb", [*MOVES, *STAYS])
@pytest.mark.parametrize("state", State)
def test_every_verb_has_its_answer_in_every_state(verb: str, state: State):
    sources = FROM[verb] if verb in FROM else STAYS[verb]
    decision = policies.may(verb, Standing(responds=True, ref="INC-1", state=state))

    assert decision.codes == (() if state in sources else ("wrong_state",))
    assert all(reason.remedy for reason in decision.reasons)


def test_the_table_leads_where_it_says():
    assert {verb: dict.fromkeys(move.sources, move.target) for verb, move in MOVES.items()} == FROM
    assert OPEN == ("declared", "acknowledged", "mitigated")
    assert len(edges()) == 13
    assert mermaid().splitlines()[1] == "    [*] --> declared"


def test_what_a_verb_leads_past_is_told_in_order():
    assert passed("close", source=State.DECLARED) == ("acknowledged", "mitigated", "resolved")
    assert passed("resolve", source=State.MITIGATED) == ()


@pytest.mark.django_db
def test_the_database_refuses_the_same_moves(declared):
    """Every constraint holds of the row, so that the trigger alone can refuse."""
    pk = declared().pk
    allowed, refusals = set(), []
    stamps = ", ".join(f"{one}_at = now()" for one in ("acknowledged", "mitigated", "resolved"))
    with connection.cursor() as cursor:
        for source in ORDER:
            for target in ORDER:
                mark = transaction.savepoint()
                cursor.execute("SET LOCAL session_replication_role = replica")
                ended = "closed_at = now(), closing_note = 'x'"
                open_again = "closed_at = NULL, closing_note = ''"
                says = {True: ended, False: open_again}
                update = "UPDATE incidents_incident SET state = %s, {} WHERE id = %s"
                is_closed = source == State.CLOSED
                cursor.execute(update.format(f"{stamps}, {says[is_closed]}"), [str(source), pk])
                cursor.execute("SET LOCAL session_replication_role = origin")
                try:
                    with transaction.atomic():
                        is_closed = target == State.CLOSED
                        cursor.execute(update.format(says[is_closed]), [str(target), pk])
                    allowed.add((source, target))
                except DatabaseError as refused:
                    refusals.append(str(refused))
                transaction.savepoint_rollback(mark)

    assert sorted(allowed - {(state, state) for state in State}) == edges()
    assert all("Invalid transition" in one for one in refusals)
