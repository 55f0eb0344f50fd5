"""Filing changes: what is kept, and what is recorded."""

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Service, ServiceDependency
from changes import lifecycle
from changes.lifecycle.weighing import weight_of
from changes.models import PlanVersion
from changes.queries import plans, row_digest
from ledger.decision import Refused
from tests.changes.lifecycle.editing import edit
from tests.changes.lifecycle.telling import rows_beside
from tests.living import (
    at,
    environment,
    events_of,
    file,
    fresh,
    incident,
    person,
    service,
    template,
    written,
)


def test_a_new_change_is_in_planning_and_names_who_wrote_it(settled: None) -> None:
    change = fresh(file())

    assert (change.state, change.kind, change.edition, change.plan_version) == (
        "planning",
        "normal",
        1,
        1,
    )
    assert (change.author, change.last_editor, change.implementer) == (person("engineer"),) * 3
    assert (change.team.slug, change.created_at) == ("payments", at(0))


def test_a_robot_files_a_change_that_nobody_implements_yet(settled: None) -> None:
    assert fresh(file(by="ci")).implementer is None


def test_filing_is_recorded_with_the_digests_of_row_and_plan(settled: None) -> None:
    change = fresh(file())
    (event,) = events_of(change.ref)

    assert (event.verb, event.actor, event.at) == ("change.created", "engineer", at(0))
    assert event.about == ["service:refunds", "team:payments"]
    assert event.data == {
        "title": "Retry refunds",
        "state": "planning",
        "plan_digest": change.plan_digest,
        "risk": weight_of(change),
        **rows_beside(change, change.plan_versions.get()),
        "row_digest": row_digest(change),
    }


def test_every_version_of_a_plan_is_kept_word_for_word(settled: None) -> None:
    change = file()
    edit(change, by="peer", test_plan="Replay yesterday.")
    versions = PlanVersion.objects.filter(change=change).order_by("version")

    assert [(kept.version, kept.fields["test_plan"]) for kept in versions] == [
        (1, "The refund journey."),
        (2, "Replay yesterday."),
    ]
    assert [kept.digest for kept in versions] == [plans.plan_digest(k.fields) for k in versions]
    assert [kept.written_by.username for kept in versions] == ["engineer", "peer"]


def test_risk_rests_on_who_depends_on_the_service(settled: None) -> None:
    payments = Service.objects.get(slug="refunds").owner_team
    for number in range(2):
        needy = Service.objects.create(slug=f"needy-{number}", name="N", owner_team=payments)
        ServiceDependency.objects.create(service=needy, needs=service())

    change = file()

    assert (change.risk_level, change.risk_score) == ("low", 29)
    assert [factor["name"] for factor in change.risk_factors] == [
        "environment",
        "tier",
        "blast radius",
    ]


def test_a_template_fills_in_what_is_not_given_and_makes_the_change_standard(
    settled: None,
) -> None:
    change = lifecycle.create(
        fields={
            "template": template(),
            "service": service(),
            "environment": environment(),
            "title": "",
            "test_plan": "By hand.",
        },
        actor=person("engineer"),
        now=at(0),
    )

    assert (change.kind, change.title, change.test_plan, change.rollout) == (
        "standard",
        "Restart it",
        "By hand.",
        "rolling",
    )


@pytest.mark.parametrize("who", ["auditor", "left"])
def test_auditors_and_deactivated_accounts_file_nothing(who: str, settled: None) -> None:
    left = person("stranger")
    left.is_active = False
    left.username = "left"
    left.save()
    before = written()

    with pytest.raises(Refused) as refused:
        file(by=who)

    assert refused.value.decision.codes == ("not_permitted",)
    assert written() == before


def test_one_author_files_one_change_for_each_external_id(settled: None) -> None:
    first = file(external_id="PAY-1")
    second = file(external_id="PAY-2")
    file(by="ci", external_id="PAY-1")
    before = written()

    for wrong in (
        lambda: file(external_id="PAY-1"),
        lambda: edit(second, external_id="PAY-1"),
    ):
        with pytest.raises(ValidationError) as refused:
            wrong()
        assert refused.value.message_dict == {
            "external_id": ["You have filed a change with this external id before: edit that one."]
        }
    assert written() == before
    assert (fresh(first).external_id, fresh(second).external_id) == ("PAY-1", "PAY-2")


def test_naming_the_incident_tells_its_timeline(settled: None) -> None:
    found = incident()

    change = file(incident=found)

    assert events_of(change.ref)[0].about == ["service:refunds", "team:payments", found.ref]
