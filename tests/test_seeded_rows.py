"""What migrations put in is there in every test, whatever ran before it."""

import pytest
from django.contrib.auth.models import Group

from catalog.roles import ROLES
from changes.models import ApprovalRule


def seeded() -> tuple[list[str], int]:
    return (
        list(Group.objects.order_by("name").values_list("name", flat=True)),
        ApprovalRule.objects.count(),
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_rows_are_there_after_a_test_that_changed_them_for_good(time: str) -> None:
    groups, rules = seeded()

    assert groups == sorted(ROLES)
    assert rules > 0
    assert [one.name for one in ApprovalRule.objects.filter(name="Gone")] == []

    ApprovalRule.objects.filter(pk=ApprovalRule.objects.latest("pk").pk).update(name="Gone")
    Group.objects.all().delete()


@pytest.mark.django_db
def test_rows_are_there_in_a_test_that_is_rolled_back() -> None:
    assert seeded()[0] == sorted(ROLES)
