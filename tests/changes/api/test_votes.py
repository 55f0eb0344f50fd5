"""Votes over REST."""

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Environment, User
from changes.models import Change, Vote
from ledger import confirming
from tests.changes.api.world import caller, filed, said

pytestmark = pytest.mark.usefixtures("organisation")


def test_an_author_is_refused_as_somebody_who_may_not_vote():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")

    answer = caller("engineer").post(f"/changes/{ref}/votes", {"decision": "approve"})

    assert (answer.status_code, answer.json()["code"]) == (403, "self_approval")
    assert Vote.objects.count() == 0


def test_a_robot_never_votes():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")

    answer = caller("ci").post(f"/changes/{ref}/votes", {"decision": "approve"})

    assert answer.status_code == 403
    assert [one["message"] for one in answer.json()["reasons"]] == ["Robots never vote."]
    assert Vote.objects.count() == 0


def test_a_vote_is_answered_with_what_it_counts_for():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    digest = Change.objects.get().plan_digest

    answer = caller("owner").post(
        f"/changes/{ref}/votes", {"decision": "approve", "comment": "Good.", "plan_digest": digest}
    )

    body = answer.json()
    assert answer.status_code == 201
    assert {name: body[name] for name in body if name != "cast_at"} == {
        "voter": "owner",
        "on_behalf_of": None,
        "decision": "approve",
        "comment": "Good.",
        "authorities": ["peer", "service_owner"],
        "round": 1,
        "plan_digest": digest,
        "authenticated_by": "token",
    }
    shown = caller("engineer").get(f"/changes/{ref}").json()
    assert [one["voter"] for one in shown["votes"]] == ["owner"]


def test_a_vote_on_a_plan_that_was_edited_since_is_refused():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")

    answer = caller("owner").post(
        f"/changes/{ref}/votes", {"decision": "approve", "plan_digest": "0" * 64}
    )

    assert (answer.status_code, answer.json()["code"]) == (412, "edited_meanwhile")
    assert Vote.objects.count() == 0


def test_a_rejection_without_a_comment_is_a_wrong_field():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")

    answer = caller("owner").post(f"/changes/{ref}/votes", {"decision": "reject"})

    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        {"comment": ["Say why, so that the author can mend it."]},
    )


def test_a_rejection_sends_the_change_back_to_planning():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")

    caller("owner").post(f"/changes/{ref}/votes", {"decision": "reject", "comment": "Too soon."})

    assert said(ref)[-2:] == ["vote.cast", "change.rejected"]
    assert caller("engineer").get(f"/changes/{ref}").json()["state"] == "planning"


def test_no_token_approves_where_approvers_confirm_who_they_are():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    Environment.objects.update(demands_reauthentication=True)

    answer = caller("owner").post(f"/changes/{ref}/votes", {"decision": "approve"})

    body = answer.json()
    assert (answer.status_code, body["code"]) == (403, "reauthentication_required")
    assert [one["message"] for one in body["reasons"]] == [
        "production asks approvers to give their password again; a token confirms nobody."
    ]
    assert Vote.objects.count() == 0


def test_a_token_rejects_there_all_the_same():
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    Environment.objects.update(demands_reauthentication=True)

    answer = caller("owner").post(
        f"/changes/{ref}/votes", {"decision": "reject", "comment": "Not today."}
    )

    assert (answer.status_code, Vote.objects.get().authenticated_by) == (201, "token")


@pytest.mark.parametrize(("how", "status"), [("", 403), ("password", 201), ("second_factor", 201)])
def test_a_browser_approves_there_once_its_person_has_confirmed_who_they_are(how: str, status: int):
    ref = filed()
    caller("engineer").post(f"/changes/{ref}/submit")
    Environment.objects.update(demands_reauthentication=True)
    owner, browser = User.objects.get(username="owner"), Client()
    browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    confirming.remember(session, user=owner, how=how, now=timezone.now())
    session.save()

    answer = browser.post(
        f"/api/v1/changes/{ref}/votes", {"decision": "approve"}, content_type="application/json"
    )

    kept = [vote.authenticated_by for vote in Vote.objects.all()]
    assert (answer.status_code, kept) == (status, [how] if status == 201 else [])
