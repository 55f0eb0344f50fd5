"""Approval rules in the admin: every edit is recorded with its diff, in the same transaction."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from catalog.models import User
from changes.models import ApprovalRule
from ledger.models import Event

ADD = reverse("admin:changes_approvalrule_add")
FILLED = {
    "name": "Database changes",
    "is_active": "on",
    "authority": "change_manager",
    "count": "1",
    "stage": "1",
    "risk_at_least": "medium",
    "kinds": ["normal"],
    "environments": ["production"],
    "teams": [],
    "tiers": ["1", "2"],
    "categories": ["database"],
}


def page_of(rule: ApprovalRule) -> str:
    return reverse("admin:changes_approvalrule_change", args=[rule.pk])


def test_a_new_rule_is_kept_and_recorded(signed_in):
    answer = signed_in("manager").post(ADD, FILLED)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    rule = ApprovalRule.objects.get(name="Database changes")
    assert (rule.kinds, rule.environments, rule.tiers, rule.categories) == (
        ["normal"],
        ["production"],
        [1, 2],
        ["database"],
    )
    event = Event.objects.get(subject=f"RULE-{rule.pk}")
    assert (event.verb, event.actor) == ("approval_rule.created", "manager")
    assert event.data["says"]["tiers"] == [1, 2]


def test_an_edit_is_recorded_with_what_changed(signed_in):
    rule = ApprovalRule.objects.get(name="Peer review")

    answer = signed_in("manager").post(
        page_of(rule),
        {
            "name": "Peer review",
            "is_active": "on",
            "authority": "peer",
            "count": "2",
            "stage": "1",
            "risk_at_least": "low",
            "kinds": ["normal"],
            "teams": ["payments"],
        },
    )

    assert answer.status_code == 302
    event = Event.objects.get(subject=f"RULE-{rule.pk}")
    assert event.verb == "approval_rule.edited"
    assert event.data["diff"] == {"count": [1, 2], "teams": [[], ["payments"]]}
    assert event.about == ["team:payments"]
    assert "approval_rule.edited" in signed_in("auditor").get(page_of(rule)).content.decode()


def test_a_rule_names_a_group_or_people_a_share_and_a_stage(signed_in):
    Group.objects.create(name="DBA").user_set.add(User.objects.get(username="peer"))
    browser = signed_in("manager")
    share = {"percent": "50", "count": "7", "stage": "2"}

    browser.post(ADD, FILLED | share | {"authority": "group", "group": "DBA", "people": "peer"})
    browser.post(
        ADD, FILLED | {"name": "Either", "authority": "people", "people": "peer owner\npeer"}
    )

    group, either = (ApprovalRule.objects.get(name=name) for name in ("Database changes", "Either"))
    assert (group.group, group.people, group.percent, group.count, group.stage) == (
        "DBA",
        [],
        50,
        1,
        2,
    )
    assert (either.group, either.people, either.percent) == ("", ["owner", "peer"], None)
    said = Event.objects.get(subject=f"RULE-{group.pk}").data["says"]
    assert (said["group"], said["percent"], said["stage"]) == ("DBA", 50, 2)


def test_a_rule_that_is_not_in_force_may_ask_for_people_who_are_yet_to_come(signed_in):
    asks = FILLED | {"authority": "cab", "count": "3"}

    signed_in("manager").post(
        ADD, {name: said for name, said in asks.items() if name != "is_active"}
    )

    assert ApprovalRule.objects.get(name="Database changes").is_active is False


def test_saving_without_a_change_records_nothing(signed_in):
    browser = signed_in("manager")
    browser.post(ADD, FILLED)
    rule = ApprovalRule.objects.get(name="Database changes")

    browser.post(page_of(rule), FILLED)

    assert Event.objects.filter(subject=f"RULE-{rule.pk}").count() == 1


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"count": "0"}, "count", "greater than or equal to 1"),
        ({"tiers": ["7"]}, "tiers", "7 is not one of the available choices"),
        ({"teams": ["nobody"]}, "teams", "nobody is not one of the available choices"),
        ({"name": "Peer review"}, "name", "already exists"),
        ({"authority": "group"}, "group", "Choose the group that is asked."),
        ({"authority": "people", "people": "nobody"}, "people", "no active person called nobody"),
        ({"authority": "people", "people": "ci"}, "people", "no active person called ci"),
        ({"authority": "people"}, "people", "Name the people who are asked."),
        ({"authority": "cab", "count": "3"}, "count", "It asks for 3, and 2 active people hold"),
        ({"authority": "service_owner", "count": "2"}, "count", "that authority in any team"),
        ({"percent": "101"}, "percent", "less than or equal to 100"),
        ({"stage": "0"}, "stage", "greater than or equal to 1"),
        ({"authority": "king"}, "authority", "king is not one of the available choices"),
    ],
)
def test_a_wrong_field_is_said_beside_it_and_nothing_is_written(
    signed_in, wrong: dict[str, object], field: str, sentence: str
):
    rules, events = ApprovalRule.objects.count(), Event.objects.count()

    answer = signed_in("manager").post(ADD, FILLED | wrong)

    assert answer.status_code == 200
    assert sentence in str(answer.context["adminform"].form.errors[field])
    assert (ApprovalRule.objects.count(), Event.objects.count()) == (rules, events)


def test_a_rule_is_never_deleted(signed_in):
    rule = ApprovalRule.objects.get(name="Peer review")
    delete = reverse("admin:changes_approvalrule_delete", args=[rule.pk])

    assert signed_in("admin").post(delete, {"post": "yes"}).status_code == 403
    assert ApprovalRule.objects.filter(pk=rule.pk).exists()


@pytest.mark.parametrize("name", ["cab-1", "auditor"])
def test_who_is_no_change_manager_reads_only(signed_in, name: str):
    rule = ApprovalRule.objects.get(name="Peer review")
    browser = signed_in(name)

    assert browser.get(page_of(rule)).status_code == 200
    assert browser.post(page_of(rule), FILLED).status_code == 403
    assert browser.post(ADD, FILLED).status_code == 403
    assert not Event.objects.filter(subject__startswith="RULE-").exists()


def test_a_permission_alone_makes_no_change_manager(signed_in):
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__endswith="_approvalrule"))

    answer = signed_in("clerk").post(ADD, FILLED)

    assert answer.status_code == 200
    assert "Only change managers write approval rules; clerk is none." in str(
        answer.context["adminform"].form.non_field_errors()
    )
    assert not ApprovalRule.objects.filter(name="Database changes").exists()
