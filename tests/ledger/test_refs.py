import pytest

from ledger import refs


@pytest.mark.parametrize(
    ("ref", "page"),
    [
        ("CHG-12", "/changes/CHG-12"),
        ("INC-7", "/incidents/INC-7"),
        ("CHG-x", "/"),
        ("checkout/production", "/"),
        ("", "/"),
    ],
)
def test_a_ref_has_a_page(ref, page):
    assert refs.page_of(ref) == page


def test_services_and_teams_are_named_with_their_kind():
    assert (refs.of_service("checkout"), refs.of_team("payments")) == (
        "service:checkout",
        "team:payments",
    )
