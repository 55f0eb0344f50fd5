"""Changes as lists show them, for the drawing of a schedule."""

from datetime import UTC, datetime, timedelta

from changes.queries.listed import Listed, Person, Place

NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)


def planned(
    number: int,
    first: float,
    last: float,
    *,
    state: str = "scheduled",
    service: str = "refunds",
    environment: str = "production",
) -> Listed:
    """A change from hour `first` to hour `last`."""
    return Listed(
        id=number,
        title="Retry refunds",
        kind="normal",
        state=state,
        outcome="",
        risk_level="low",
        planned_start_at=NINE + timedelta(hours=first),
        planned_end_at=NINE + timedelta(hours=last),
        held_at=None,
        unauthorised_at=None,
        created_at=NINE,
        service=Place(service, service),
        environment=Place(environment, environment),
        team=Place("payments", "Payments"),
        author=Person("engineer", "engineer"),
        implementer=None,
    )
