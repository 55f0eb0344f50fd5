"""Why a message could not be sent."""

from datetime import timedelta


class NotSent(Exception):
    """The receiver did not take the message.

    `permanent` when trying again is of no use; `retry_after` when the receiver asked us to wait.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: timedelta | None = None
    ) -> None:
        self.permanent, self.retry_after = permanent, retry_after
        super().__init__(message)


class NotNeeded(Exception):
    """The message would tell something that is no longer so, or that its receiver has no word for.

    `told` when the timeline says so: somebody was to be paged, and was not.
    """

    def __init__(self, message: str, *, told: bool = False) -> None:
        self.told = told
        super().__init__(message)
