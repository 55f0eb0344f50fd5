"""The pages of policy rules and of trying them on the past, in light and dark, wide and narrow."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from changes import backtests
from tests.changes.backtests.past import lived, run
from tests.changes.rulebook.given import row, saved
from tests.journeys.browsing import Visitor, look_at
from tests.living import at, person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.usefixtures("today"),
]
ANYTHING = {"all": [{"field": "tier", "operator": "at_least", "value": 1}]}


@pytest.fixture
def manager(visit: Callable[..., Visitor]) -> Visitor:
    person("manager").__class__.objects.filter(username="manager").update(is_staff=True)
    visitor = visit()
    visitor.sign_in("manager", then="/backtests/")
    return visitor


def test_runs_before_while_and_after(manager: Visitor) -> None:
    look_at(manager, "/backtests/", name="backtests-empty")
    lived()
    done = run(
        backtests.of_rule(row(conditions=ANYTHING), days=9, actor=person("manager"), now=at(600))
    )
    going = backtests.of_rule(row(name="x" * 100), days=9, actor=person("manager"), now=at(600))

    look_at(manager, "/backtests/", name="backtests")
    look_at(manager, done.get_absolute_url(), name="backtest-done")
    look_at(manager, going.get_absolute_url(), name="backtest-waiting")


def test_a_rule_in_the_admin(manager: Visitor) -> None:
    rule = saved()

    look_at(manager, reverse("admin:changes_policyrule_change", args=[rule.pk]), name="policy-rule")
    look_at(manager, reverse("admin:changes_policyrule_add"), name="policy-rule-new")
    look_at(manager, reverse("admin:changes_policyrule_import"), name="policy-import")
