"""Rules about tasks in the admin, and tasks read there."""

from typing import Any

from django.urls import reverse

from changes.models import TaskRule, Template
from ledger.models import Event

ADD = reverse("admin:changes_taskrule_add")
DRAIN = {
    "title": "Drain the node",
    "kind": "implement",
    "position": "1",
    "is_active": "on",
    "categories": ["database"],
    "starts_after": "0:10:00",
    "lasts": "0:30:00",
}


def test_a_manager_writes_a_rule_and_edits_it(signed_in: Any) -> None:
    manager = signed_in("manager")
    template = Template.objects.get(slug="restart-service")

    answer = manager.post(ADD, {**DRAIN, "template": template.pk})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    rule = TaskRule.objects.get(title="Drain the node")
    manager.post(
        reverse("admin:changes_taskrule_change", args=[rule.pk]), {**DRAIN, "position": "2"}
    )

    made, edited = Event.objects.filter(subject=rule.ref).order_by("position")
    assert (made.verb, made.actor, made.data["says"]["template"]) == (
        "task_rule.created",
        "manager",
        "restart-service",
    )
    assert (edited.verb, edited.data["diff"]) == (
        "task_rule.edited",
        {"position": [1, 2], "template": ["restart-service", None]},
    )


def test_what_cannot_be_is_said_beside_the_field(signed_in: Any) -> None:
    wrong = {**DRAIN, "starts_after": "-0:10:00", "lasts": "0:00:00"}

    answer = signed_in("manager").post(ADD, wrong)

    assert answer.context["adminform"].form.errors == {
        "starts_after": ["Give a length of time from 0 to a year."],
        "lasts": ["Give a length of time above 0, and a year at most."],
    }
    assert not TaskRule.objects.filter(title="Drain the node").exists()


def test_others_only_read(signed_in: Any) -> None:
    for name in ("auditor", "cab-1"):
        browser = signed_in(name)
        assert browser.get(reverse("admin:changes_taskrule_changelist")).status_code == 200
        assert browser.get(reverse("admin:changes_task_changelist")).status_code == 200
        assert browser.post(ADD, DRAIN).status_code == 403
