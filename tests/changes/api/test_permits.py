"""Permits over REST: revoked by who may, and listed for whoever verifies offline."""

import jwt
import pytest
from django.test import Client

from changes.models import PermitRevocation
from tests.changes.api.world import caller, said, scheduled, written

pytestmark = pytest.mark.usefixtures("organisation")

QUESTION = {"service": "payments-api", "environment": "production", "revision": "4f1c2d9"}
WHY = {"reason": "It was printed in a log."}


def allowed() -> tuple[str, str]:
    """A permit and its id."""
    answer = caller("ci", "gate").post("/gate", QUESTION).json()
    return answer["permit"], answer["decision_id"]


def test_a_permit_is_revoked_and_then_starts_nothing():
    ref = scheduled()
    permit, key = allowed()

    revoked = caller("engineer").post(f"/permits/{key}/revoke", WHY)
    started = caller("ci", "gate").post("/deployments", {"permit": permit, "status": "started"})
    again = caller("engineer").post(f"/permits/{key}/revoke", WHY)

    told = revoked.json()
    assert (revoked.status_code, told["permit_id"], told["change"]) == (200, key, ref)
    assert (told["revoked_by"], told["reason"], told["used_at"]) == (
        "engineer",
        WHY["reason"],
        None,
    )
    assert (started.status_code, started.json()["code"]) == (409, "permit_revoked")
    assert (again.status_code, again.json()["code"]) == (409, "permit_revoked")
    assert said(ref)[-1] == "permit.revoked"


@pytest.mark.parametrize(
    ("who", "scopes", "limits", "body", "status"),
    [
        ("stranger", ("changes:write",), {}, WHY, 403),
        ("auditor", ("changes:write",), {}, WHY, 403),
        ("engineer", ("gate",), {}, WHY, 403),
        ("engineer", ("changes:write",), {"services": ("search",)}, WHY, 403),
        ("engineer", ("changes:write",), {}, {}, 422),
        ("engineer", ("changes:write",), {}, {"reason": " "}, 422),
        ("engineer", ("changes:write",), {}, {"reason": "x" * 2001}, 422),
        ("ci", ("changes:write",), {}, WHY, 200),
        ("manager", ("changes:write",), {}, WHY, 200),
    ],
)
def test_only_who_may_revokes_a_permit(who, scopes, limits, body, status):
    scheduled()
    _, key = allowed()
    program = caller(who, *scopes, **limits)
    before = written()

    answer = program.post(f"/permits/{key}/revoke", body)

    assert answer.status_code == status
    assert PermitRevocation.objects.count() == (status == 200)
    assert (written() == before) == (status != 200)


def test_a_denial_and_an_unknown_id_are_no_permits():
    denied = caller("ci", "gate").post("/gate", QUESTION).json()["decision_id"]

    for key in (denied, "00000000-0000-7000-8000-000000000000"):
        answer = caller("manager").post(f"/permits/{key}/revoke", WHY)
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            f"The gate gave no permit {key}.",
        )


def test_anybody_may_read_the_list_and_it_costs_nothing_while_it_stays():
    scheduled()
    _, key = allowed()
    caller("engineer").post(f"/permits/{key}/revoke", WHY)

    found = Client().get("/api/v1/permits/revoked")
    kid = jwt.get_unverified_header(found.json()["signed"])["kid"]
    published = {one["kid"]: one for one in Client().get("/.well-known/jwks.json").json()["keys"]}
    claims = jwt.decode(found.json()["signed"], jwt.PyJWK(published[kid]), algorithms=["EdDSA"])
    same = Client().get("/api/v1/permits/revoked", headers={"If-None-Match": found["ETag"]})

    assert [one["permit_id"] for one in found.json()["revoked"]] == [key]
    assert [one["jti"] for one in claims["revoked"]] == [key]
    assert found["Cache-Control"] == "public, max-age=30"
    if same["ETag"] == found["ETag"]:  # unless a minute began in between
        assert (same.status_code, same.content) == (304, b"")
