"""Lists of changes over REST."""

import pytest

from tests.changes.api.world import PLAN, caller, filed

pytestmark = pytest.mark.usefixtures("organisation")


def test_listing_costs_the_same_number_of_statements_for_one_and_three_changes(
    django_assert_num_queries,
):
    filed()
    reader = caller("engineer")
    with django_assert_num_queries(2):  # token; rows and their count
        assert len(reader.get("/changes").json()["results"]) == 1
    filed(), filed()

    with django_assert_num_queries(2):
        assert len(reader.get("/changes").json()["results"]) == 3


def test_a_list_shows_each_change_in_short():
    ref = filed()

    (row,) = caller("engineer").get("/changes").json()["results"]

    assert (row["ref"], row["title"], row["state"], row["author"], row["team"]) == (
        ref,
        PLAN["title"],
        "planning",
        "engineer",
        "payments",
    )
    assert (row["outcome"], row["held_at"], row["risk_level"]) == (None, None, "high")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": ["planning", "closed"]}, 2),
        ({"state": "awaiting_approval"}, 0),
        ({"kind": "standard"}, 1),
        ({"risk": ["high"]}, 1),
        ({"service": "refunds"}, 1),
        ({"environment": "production"}, 1),
        ({"team": "payments"}, 2),
        ({"team": "platform"}, 0),
        ({"author": "peer"}, 1),
        ({"mine": "true"}, 1),
        ({"mine": "false"}, 2),
        ({"q": "refunds retried"}, 1),
        ({"q": "nowhere"}, 0),
        ({"planned_from": "2001-01-01T00:00:00Z", "planned_to": "2199-01-01T00:00:00Z"}, 1),
        ({"planned_to": "2001-01-01T00:00:00Z"}, 0),
    ],
)
def test_a_list_is_narrowed_by_name(query, found):
    filed()
    caller("peer").post(
        "/changes",
        {"service": "refunds", "environment": "staging", "template": "restart-service"},
    )

    body = caller("engineer").get("/changes", **query).json()

    assert (len(body["results"]), body["count"]) == (found, str(found))


def test_pages_follow_each_other_and_lead_back():
    refs = [filed(external_id=str(number)) for number in range(5)][::-1]
    reader = caller("engineer")

    first = reader.get("/changes", limit=2, state="planning").json()
    second = reader._client.get(first["next"], headers=reader._headers).json()
    third = reader._client.get(second["next"], headers=reader._headers).json()
    back = reader._client.get(third["previous"], headers=reader._headers).json()

    assert [[row["ref"] for row in page["results"]] for page in (first, second, third, back)] == [
        refs[:2],
        refs[2:4],
        refs[4:],
        refs[2:4],
    ]
    assert (first["previous"], third["next"], first["count"]) == (None, None, "5")
