"""Rows that are due, taken by one worker at a time."""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


@transaction.atomic
def taken(rows: QuerySet[Row], *, until: datetime, due: str = "due_at") -> Row | None:
    """The row that has been due the longest and that nobody else takes, due again at `until`.

    So long it is whoever's took it, without a lock; of a worker that was killed another takes it
    then. What is joined to the rows is not locked.
    """
    row = rows.select_for_update(skip_locked=True, of=("self",)).order_by(due, "pk").first()
    if row is not None:
        setattr(row, due, until)
        row.save(update_fields=[due])
    return row
