"""Reading several statements in one consistent view of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_view() -> Iterator[None]:
    """What is read inside stood in the database at one instant; nothing can be written.

    Inside a transaction that is open already it is as consistent as that one.
    """
    opens = not connection.in_atomic_block
    with transaction.atomic():
        if opens:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
