"""A permit that is taken back starts nothing, and whoever verifies offline can know it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from changes import permits
from changes.models import Change, PermitRevocation
from changes.permits import PermitRefused
from changes.policies.reach import Reach
from changes.queries.permits import NoSuchPermit
from changes.states import State
from ledger import keys
from ledger.decision import Refused
from tests.changes.deployments.given import permit_for, refusal, report
from tests.changes.lifecycle.telling import told
from tests.living import at, change_at, person, say, verbs_of, written


def id_of(permit: str) -> UUID:
    return UUID(jwt.decode(permit, options={"verify_signature": False})["jti"])


def revoke(permit: str, *, by: str = "engineer", minutes: float = 60.5, **given: Any) -> Any:
    return permits.revoke(
        permit_id=id_of(permit),
        actor=person(by),
        now=at(minutes),
        **{"reason": "It was printed in a log.", **given},
    )


def test_a_revoked_permit_starts_nothing_and_the_ledger_says_why(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    permit, other = permit_for(change), permit_for(change)

    given = revoke(permit)

    row = PermitRevocation.objects.get()
    assert (given.revoked_by, given.reason, given.standing(now=at(61))) == (
        "engineer",
        "It was printed in a log.",
        "revoked",
    )
    verb, actor, when, says = told(change)
    assert (verb, actor, when) == ("permit.revoked", "engineer", at(60.5))
    assert (says["permit"], says["reason"]) == (str(row.permit_id), row.reason)
    assert list(says["rows"]) == [f"{change.ref} revocation {row.pk}"]
    assert refusal("started", permit=permit) == ("permit_revoked",)
    assert report("started", permit=other).change == change
    call_command("verify_ledger", verbosity=0)


def test_whoever_shows_a_revoked_permit_reads_by_whom_when_and_why(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    revoke(permit, by="owner", reason="  It was printed in a log.  ")

    with pytest.raises(Refused) as refused:
        report("started", permit=permit)

    assert [(one.message, one.remedy) for one in refused.value.decision.reasons] == [
        (
            "owner revoked this permit Wed 18 Nov 10:00 UTC: It was printed in a log.",
            "Ask the gate for a new one.",
        )
    ]


def test_a_used_permit_can_be_revoked_and_what_it_started_goes_on(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    report("started", permit=permit)

    revoke(permit, minutes=62)

    assert report("succeeded", permit=permit, minutes=63).status == "succeeded"
    assert [key for key, _ in permits.revoked(now=at(64)).permits] == [str(id_of(permit))]


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"by": "stranger"}, Refused),
        ({"by": "auditor"}, Refused),
        ({"reach": Reach(services=frozenset({"search"}))}, Refused),
        ({"reach": Reach(environments=frozenset({"staging"}))}, Refused),
        ({"minutes": 121}, Refused),
        ({"reason": "  "}, ValidationError),
    ],
)
def test_what_may_not_be_revoked_leaves_the_permit_as_it_was(
    given: dict[str, Any], refused: type[Exception], settled: None
) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    before = written()

    with pytest.raises(refused):
        revoke(permit, **given)

    assert written() == before
    assert report("started", permit=permit).change == change


def test_a_permit_nobody_was_given_is_not_found(settled: None) -> None:
    with pytest.raises(NoSuchPermit):
        permits.revoke(
            permit_id=UUID(int=7), reason="It leaked.", actor=person("manager"), now=at(60)
        )


def test_the_database_keeps_one_revocation_of_a_permit(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    revoke(permit_for(change))
    row = PermitRevocation.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        PermitRevocation.objects.create(
            change=change,
            permit_id=row.permit_id,
            expires_at=row.expires_at,
            reason="Again.",
            revoked_by=person("owner"),
            revoked_at=at(61),
        )


def held(change: Change) -> None:
    say("hold", change, minutes=61, reason="Wait for legal.")


def cancelled(change: Change) -> None:
    say("cancel", change, minutes=61, reason="Not needed.")


def revised(change: Change) -> None:
    say("revise", change, minutes=61)


def rolled_back(change: Change) -> None:
    say("start", change, minutes=61)
    say("roll_back", change, minutes=62, note="Refunds failed.")


def started(change: Change) -> None:
    say("start", change, minutes=61)


def left_alone(change: Change) -> None:
    assert verbs_of(change.ref)[-1] == "change.approved"


@pytest.mark.parametrize(
    ("happens", "listed"),
    [
        (held, True),
        (cancelled, True),
        (revised, True),
        (rolled_back, True),
        (started, False),
        (left_alone, False),
    ],
)
def test_the_list_names_permits_of_changes_that_may_not_be_deployed(
    happens: Any, listed: bool, settled: None
) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)

    happens(change)

    found = permits.revoked(now=at(62.7)).permits
    assert found == ([(str(id_of(permit)), at(120))] if listed else [])


def test_the_list_forgets_what_has_expired(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    revoke(permit_for(change))

    assert len(permits.revoked(now=at(119)).permits) == 1
    assert permits.revoked(now=at(120)).permits == []


def test_the_list_is_signed_and_is_no_permit(settled: None) -> None:
    change = change_at(State.SCHEDULED)
    permit = permit_for(change)
    revoke(permit)

    found = permits.revoked(now=at(61.7))

    published = keys.jwks(purpose=permits.PURPOSE)["keys"][0]
    claims = jwt.decode(
        found.signed, jwt.PyJWK(published), algorithms=["EdDSA"], options={"verify_exp": False}
    )
    assert claims == {
        "iss": "tidegate",
        "iat": int(at(61).timestamp()),
        "exp": int((at(61) + timedelta(minutes=5)).timestamp()),
        "revoked": [{"jti": str(id_of(permit)), "exp": int(at(120).timestamp())}],
    }
    with pytest.raises(PermitRefused, match="This is no permit"):
        permits.read(found.signed, now=at(62))
