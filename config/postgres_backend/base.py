"""The backend itself; Django finds it by this module's name."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is asked after only when its server has said something unasked.

    Requests share a connection, and CONN_HEALTH_CHECKS asks before each whether it still lives:
    `SELECT 1`, which doubles the cost of a request with one query. A server that stops or restarts
    closes its end, and that can be seen on the socket without asking.
    """

    def is_usable(self) -> bool:
        """Whether the connection can be used; raises nothing."""
        if self.connection is None or self.connection.closed:
            return False
        heard = select.poll()
        heard.register(self.connection.fileno(), select.POLLIN)
        return super().is_usable() if heard.poll(0) else True
