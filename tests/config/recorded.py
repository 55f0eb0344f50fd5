"""What is named in SQL, and doing things in SQL."""

from django.db import connection

from config import recorded_rows
from ledger import verify

CHANGED = "was changed in the database behind the ledger"


def faults() -> list[str]:
    seen = verify.Seen(lambda progress: None)
    return [
        fault.message
        for fault in verify.faults(
            rows=recorded_rows.ROWS, seen=seen, besides=recorded_rows.ANSWERS
        )
    ]


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
