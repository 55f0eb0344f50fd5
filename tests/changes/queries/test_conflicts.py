"""Which changes are found to meet a plan, and why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Service, ServiceDependency
from changes.models import Change
from changes.policies.conflicts import Met, grouped
from changes.queries import conflicts
from changes.states import Kind, State
from tests.living import (
    at,
    change_at,
    environment,
    file,
    one_at_a_time,
    person,
    service,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    """payments-api needs orders-db; refunds needs payments-api. Everybody implements their own."""
    settle()
    one_at_a_time()
    owner = service().owner_team
    Service.objects.create(slug="orders-db", name="Orders", tier=1, owner_team=owner)
    Service.objects.create(slug="search", name="Search", tier=4, owner_team=owner)
    for one, needs in (("payments-api", "orders-db"), ("refunds", "payments-api")):
        ServiceDependency.objects.create(service=service(one), needs=service(needs))


def scheduled(slug: str, *, by: str = "peer-2", **given: object) -> Change:
    return change_at(
        State.SCHEDULED, **{"service": service(slug), "implementer": person(by), **given}
    )


def met(change: Change) -> dict[str, tuple[str, list[str], str]]:
    """Level, reasons and service of each conflict, by ref."""
    return {
        one.ref: (one.level, [str(why) for why in one.why], one.service)
        for one in conflicts.of_change(change)
    }


def test_each_way_of_meeting_is_named():
    mine = file(service=service("payments-api"), planned_start_at=at(100), planned_end_at=at(240))
    same = scheduled("payments-api")
    elsewhere = scheduled("payments-api", environment=environment("staging"))
    needed = scheduled("orders-db")
    dependent = scheduled("refunds")
    touching = scheduled("search", also_affects=[service("payments-api")])
    busy = scheduled("search", by="engineer", planned_start_at=at(190), planned_end_at=at(200))

    assert met(mine) == {
        same.ref: ("hard", ["same_service"], "payments-api"),
        elsewhere.ref: ("soft", ["elsewhere"], "payments-api"),
        needed.ref: ("soft", ["needs"], "orders-db"),
        dependent.ref: ("soft", ["needed_by"], "refunds"),
        touching.ref: ("soft", ["also_affects"], "payments-api"),
        busy.ref: ("soft", ["implementer"], "search"),
    }


@pytest.mark.parametrize("hub_from", [1, 2, 1000], ids=["a hub", "a hub of two", "no hub"])
def test_what_needs_a_hub_is_found_as_what_needs_any_service(
    hub_from: int, monkeypatch: pytest.MonkeyPatch
):
    owner = service().owner_team
    cart = Service.objects.create(slug="cart", name="Cart", tier=2, owner_team=owner)
    ServiceDependency.objects.create(service=cart, needs=service("payments-api"))
    mine = file(service=service("payments-api"), planned_start_at=at(100), planned_end_at=at(240))
    refunds = scheduled("refunds")
    in_cart = scheduled("cart", by="engineer", planned_start_at=at(239), planned_end_at=at(250))
    scheduled("refunds", environment=environment("staging"))
    scheduled("refunds", planned_start_at=at(240), planned_end_at=at(250))
    scheduled("cart", planned_start_at=at(90), planned_end_at=at(100))
    touching = scheduled("search", also_affects=[service("refunds"), service("payments-api")])
    waiting = {"planned_start_at": at(150), "planned_end_at": at(160)}
    change_at(State.AWAITING_APPROVAL, service=cart, **waiting)
    monkeypatch.setattr(conflicts, "HUB_FROM", hub_from)

    assert met(mine) == {
        refunds.ref: ("soft", ["needed_by"], "refunds"),
        in_cart.ref: ("soft", ["needed_by", "implementer"], "cart"),
        touching.ref: ("soft", ["also_affects"], "payments-api"),
    }


def test_what_is_elsewhere_over_or_not_agreed_is_in_nobodys_way():
    mine = file(service=service("payments-api"))
    scheduled("search")
    scheduled("orders-db", environment=environment("staging"))
    scheduled("payments-api", planned_start_at=at(180), planned_end_at=at(200))
    change_at(State.CLOSED, service=service("payments-api"), implementer=person("peer-2"))
    change_at(State.AWAITING_APPROVAL, service=service("payments-api"))

    assert met(mine) == {}


def test_a_change_that_also_affects_a_service_meets_what_is_planned_there():
    other = scheduled("orders-db")
    mine = file(service=service("search"), also_affects=[service("orders-db")])

    assert met(mine) == {other.ref: ("soft", ["also_affects"], "orders-db")}


@pytest.mark.parametrize(
    ("what", "kind", "level"),
    [
        ("service", Kind.NORMAL, "hard"),
        ("environment", Kind.NORMAL, "hard"),
        ("nothing", Kind.NORMAL, "soft"),
        ("service", Kind.STANDARD, "soft"),
        ("service", Kind.EMERGENCY, "soft"),
    ],
)
def test_only_normal_changes_exclude_each_other_where_the_environment_says_so(
    what: str, kind: Kind, level: str
):
    one_at_a_time(what)
    other = scheduled("search")

    mine = file(kind=kind, service=service("search"))

    (found,) = conflicts.of_change(mine)
    assert (found.ref, found.level) == (other.ref, level)


def test_an_environment_that_takes_one_change_is_a_reason_of_its_own():
    one_at_a_time("environment")
    other = scheduled("search")

    assert met(file(service=service("refunds"))) == {other.ref: ("hard", ["environment"], "search")}


def test_a_change_that_is_over_or_has_no_period_has_no_conflicts():
    scheduled("search")

    assert met(change_at(State.CANCELLED, service=service("search"))) == {}
    without = file(service=service("search"), planned_start_at=None, planned_end_at=None)
    assert met(without) == {}


def test_one_statement_finds_them_however_many_there_are():
    mine = file(service=service("payments-api"))
    for slug in ("payments-api", "orders-db", "refunds"):
        scheduled(slug)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(conflicts.of_change(mine)) == 3

    assert len(asked) == 1


def test_conflicts_are_grouped_and_counted_in_sentences():
    mine = file(service=service("payments-api"))
    scheduled("payments-api")
    for start in (60, 90, 120):
        scheduled(
            "orders-db",
            planned_start_at=at(start),
            planned_end_at=at(start + 30),
        )
    found: list[Met] = conflicts.of_change(mine)

    groups = grouped(found, service="payments-api", environment="production")

    assert [(one.words, one.is_hard, len(one.changes)) for one in groups] == [
        ("1 change on payments-api in production", True, 1),
        ("3 changes on orders-db, which payments-api depends on", False, 3),
    ]
