"""What changes have to do with an incident, over REST."""

import pytest

from changes.models import IncidentLink
from changes.states import State
from tests.changes.api.world import caller
from tests.living import change_at, incident

pytestmark = pytest.mark.usefixtures("settled")
CAUSED = {"relation": "caused", "note": "Errors began with it."}


def test_who_is_on_call_names_the_cause_and_everybody_reads_it():
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)

    made = caller("oncall", "changes:read", "incidents:write").post(
        f"/incidents/{broken.ref}/links", {"change": change.ref} | CAUSED
    )

    told = made.json()
    assert made.status_code == 201
    assert {name: told[name] for name in ("incident", "change", "relation", "certainty")} == {
        "incident": broken.ref,
        "change": change.ref,
        "relation": "caused",
        "certainty": "certain",
    }
    assert caller("auditor").get(f"/incidents/{broken.ref.lower()}/links").json() == [told]


@pytest.mark.parametrize(
    ("by", "ref", "body", "status", "code"),
    [
        ("stranger", "INC-{i}", CAUSED, 403, "not_permitted"),
        ("auditor", "INC-{i}", CAUSED, 403, "not_permitted"),
        ("oncall", "INC-{i}", {"relation": "suspect", "change": "CHG-999999"}, 422, "invalid"),
        ("oncall", "INC-{i}", {"relation": "suspect", "change": "nothing"}, 422, "invalid"),
        ("oncall", "INC-{i}", {"relation": "broke"}, 422, "invalid"),
        ("oncall", "INC-{i}", {"relation": "caused"}, 422, "invalid"),
        ("oncall", "INC-{i}", {"relation": "caused", "note": "x" * 5001}, 422, "invalid"),
        ("oncall", "INC-999999", CAUSED, 404, "not_found"),
        ("oncall", "nothing", CAUSED, 404, "not_found"),
    ],
)
def test_what_cannot_be_is_refused_in_words(by, ref, body, status, code):
    change, broken = change_at(State.IMPLEMENTING), incident(2, minutes=100)

    said = caller(by, "changes:read", "incidents:write").post(
        f"/incidents/{ref.format(i=broken.pk)}/links", {"change": change.ref} | body
    )

    assert (said.status_code, said.json()["code"]) == (status, code)
    assert IncidentLink.objects.count() == 0


def test_one_call_files_the_change_that_takes_the_cause_back_and_a_second_finds_it():
    change, broken = change_at(State.VALIDATING), incident(2, minutes=100)
    oncall = caller("oncall", "changes:read", "incidents:write")
    oncall.post(f"/incidents/{broken.ref}/links", {"change": change.ref} | CAUSED)
    path = f"/incidents/{broken.ref}/links/{change.ref.lower()}/rollback"

    made, again = (oncall.post(path, {}) for _ in range(2))

    told = made.json()
    assert (made.status_code, told["state"], told["takes_back"], told["implementer"]) == (
        201,
        "scheduled",
        change.ref,
        "oncall",
    )
    assert (again.json()["change"], again.json()["is_new"]) == (told["change"], False)


@pytest.mark.parametrize(
    ("by", "path", "body", "status"),
    [
        ("stranger", "INC-{i}/links/CHG-{c}", {}, 403),
        ("oncall", "INC-{i}/links/CHG-999999", {}, 404),
        ("oncall", "INC-999999/links/CHG-{c}", {}, 404),
        ("oncall", "INC-{i}/links/CHG-{c}", {"implementer": "nobody"}, 422),
    ],
)
def test_a_rollback_that_cannot_be_is_refused_in_words(by, path, body, status):
    change, broken = change_at(State.VALIDATING), incident(2, minutes=100)
    named = path.format(i=broken.pk, c=change.pk)

    said = caller(by, "changes:read", "incidents:write").post(f"/incidents/{named}/rollback", body)

    assert (said.status_code, change.rollbacks.count()) == (status, 0)
