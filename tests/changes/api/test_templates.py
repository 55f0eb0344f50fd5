"""The standard catalogue over REST."""

from typing import Any

import pytest

from changes.models import CatalogueRule, Template, TemplateVersion
from ledger.models import Event
from tests.changes.api.world import caller, filed, said, scheduled

pytestmark = pytest.mark.usefixtures("organisation")
WORDS = {
    "name": "Purge a cache",
    "title": "Purge the cache",
    "description": "Purge one cache.",
    "implementation_plan": "By the pipeline.",
    "test_plan": "A page is fresh.",
    "rollback_plan": "The cache fills by itself.",
    "rollout": "rolling",
    "locked": ["implementation_plan"],
}
SLUG = "purge-cache"


def closed() -> str:
    """The ref of a normal change that was closed."""
    ref = scheduled()
    engineer = caller("engineer")
    for verb, body in (
        ("start", None),
        ("finish", None),
        ("close", {"outcome": "successful", "note": "Well."}),
    ):
        answer = engineer.post(f"/changes/{ref}/{verb}", body)
        assert answer.status_code == 200, answer.content
    return ref


def proposed(by: str = "engineer", **given: Any) -> Any:
    body = {"slug": SLUG, "why": "Daily.", "evidence": [closed()], **WORDS, **given}
    return caller(by).post("/templates", body)


def test_a_template_is_proposed_approved_published_and_suspended_over_rest():
    answer = proposed(services=["payments-api"])
    assert (answer.status_code, answer.json()["state"]) == (201, "proposed")
    (version,) = answer.json()["versions"]
    assert (version["verdict"], version["proposed_by"]) == ("open", "engineer")
    assert [one["outcome"] for one in version["evidence"]] == ["successful"]
    assert answer.json()["verbs"]["approve"]["reasons"][0]["code"] == "not_permitted"

    path = f"/templates/{SLUG}"
    approved = caller("cab-1").post(f"{path}/approve", {"proposal": version["id"]})
    assert (approved.status_code, approved.json()["versions"][0]["number"]) == (200, 1)
    assert caller("manager").post(f"{path}/publish").json()["state"] == "published"
    ref = filed(template=SLUG, implementation_plan=WORDS["implementation_plan"])
    shown = caller("engineer").get(f"/changes/{ref}").json()
    assert (shown["template"], shown["template_version"]) == (SLUG, 1)
    gone = caller("manager").post(f"{path}/suspend", {"reason": "It emptied two."})
    assert (gone.json()["state"], gone.json()["suspension"]) == ("suspended", "It emptied two.")
    refused = caller("engineer").post(f"/changes/{ref}/submit").json()
    assert refused["code"] == "template_suspended"
    back = caller("cab-2").post(f"{path}/reinstate", {"comment": "It was a typo."})

    assert back.json()["state"] == "published"
    assert said(f"template:{SLUG}") == [
        "template.proposed",
        "template.approved",
        "template.published",
        "template.suspended",
        "template.reinstated",
    ]


def test_the_only_approver_is_refused_with_code_and_remedy():
    CatalogueRule.objects.update(approvers="change_managers")

    answer = proposed("manager")

    (reason,) = answer.json()["reasons"]
    assert (answer.status_code, reason["code"]) == (409, "unsatisfiable")
    assert "cab-1 and cab-2" in reason["remedy"]
    assert TemplateVersion.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"why": ""}, "why"),
        ({"evidence": []}, "evidence"),
        ({"evidence": ["CHG-9999"]}, "evidence"),
        ({"evidence": "CHG-1"}, "evidence"),
        ({"services": ["nothing"]}, "services"),
        ({"locked": ["secrets"]}, "locked.0"),
        ({"suspend_within_uses": 0}, "suspend_within_uses"),
        ({"suspend_within_uses": 1}, "suspend_after_failures"),
        ({"slug": "two words"}, "slug"),
        ({"state": "published"}, "state"),
        ({"version": 7}, "version"),
    ],
)
def test_bad_input_is_422_beside_its_field_and_writes_nothing(given: dict[str, Any], field: str):
    evidence = closed()
    before = Event.objects.count()

    body = {"slug": SLUG, "why": "Daily.", "evidence": [evidence], **WORDS, **given}
    answer = caller("engineer").post("/templates", body)

    assert answer.status_code == 422, answer.content
    assert list(answer.json()["errors"]) == [field]
    assert (TemplateVersion.objects.count(), Event.objects.count()) == (0, before)


@pytest.mark.parametrize("who", ["engineer", "stranger", "auditor", "ci"])
def test_nobody_else_decides(who: str):
    proposed("peer")
    verbs = {"approve": {}, "send_back": {"comment": "No."}, "withdraw": {}, "retire": {}}

    answers = [caller(who).post(f"/templates/{SLUG}/{verb}", body) for verb, body in verbs.items()]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert Template.objects.get(slug=SLUG).state == "proposed"


def test_a_token_of_some_services_or_without_the_scope_writes_nothing():
    body = {"slug": SLUG, "why": "Daily.", "evidence": [closed()], **WORDS}

    limited = caller("engineer", services=("refunds",)).post("/templates", body)
    reading = caller("engineer", "changes:read").post("/templates", body)

    assert (limited.status_code, reading.status_code) == (403, 403)
    assert not Template.objects.filter(slug=SLUG).exists()


def test_the_list_costs_the_same_for_every_length(django_assert_num_queries):
    reader = caller("engineer")
    for expected in (1, 2):
        with django_assert_num_queries(5):  # token, rows, services, records, last uses
            page = reader.get("/templates").json()["results"]
        assert len(page) == expected
        proposed()

    assert page[0]["slug"] == SLUG
    assert (page[0]["closed"], page[0]["success_percent"], page[0]["last_used_at"]) == (
        0,
        None,
        None,
    )


def test_an_unknown_template_is_not_found():
    for path in ("/templates/nothing", "/templates/nothing/approve"):
        method = caller("manager").post if path.endswith("approve") else caller("manager").get
        assert method(path).status_code == 404
