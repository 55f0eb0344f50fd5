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
