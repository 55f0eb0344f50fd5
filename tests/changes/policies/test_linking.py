"""Who may say what a change has to do with an incident, and what cannot be."""

from dataclasses import replace

import pytest

from changes.policies.linking import CAUSES, REMEDIES, Case, may_link
from tests.changes.policies.given import HOUR, NOW

EVERY = sorted(CAUSES | REMEDIES)
ONCALL = Case("caused", "INC-7", "CHG-12", NOW, NOW - HOUR, "oncall", responds=True)


@pytest.mark.parametrize("relation", EVERY)
@pytest.mark.parametrize(
    ("who", "may"),
    [
        ({}, EVERY),
        ({"responds": False, "reports": True}, ["suspect"]),
        ({"responds": False}, []),
        ({"responds": False, "reports": True, "is_robot": True}, ["suspect"]),
        ({"is_robot": True}, ["suspect"]),
        ({"is_auditor": True}, []),
        ({"is_active": False}, []),
    ],
)
def test_who_answers_it_decides_and_others_may_suspect_at_most(relation, who, may):
    decision = may_link(replace(ONCALL, relation=relation, **who))

    assert decision.codes == (() if relation in may else ("not_permitted",))


@pytest.mark.parametrize("relation", EVERY)
@pytest.mark.parametrize(
    ("started", "code"),
    [
        (NOW - HOUR, ""),
        (NOW, ""),
        (NOW + HOUR, "started_after_onset"),
        (None, "not_started"),
    ],
)
def test_what_started_after_it_began_cannot_have_caused_it(relation, started, code):
    decision = may_link(replace(ONCALL, relation=relation, started_at=started))

    expected = (code,) if code and relation in ("suspect", "caused") else ()
    assert decision.codes == expected
