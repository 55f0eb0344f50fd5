"""Why a pipeline's token is not taken."""

from datetime import timedelta

ANOTHER = "Let the pipeline ask its issuer for a new token, and send that."


class SubjectRefused(Exception):
    """The token proves nothing here; `retry_after` where it may later."""

    def __init__(
        self,
        code: str,
        message: str,
        remedy: str = ANOTHER,
        *,
        retry_after: timedelta | None = None,
    ) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        self.retry_after = retry_after
        super().__init__(f"{message} {remedy}")

    @property
    def is_forged(self) -> bool:
        """Whether nobody we know signed it for us, now or ever."""
        return self.retry_after is None


class NotTrusted(SubjectRefused):
    """The token is sound, and no rule lets its pipeline in."""

    @property
    def is_forged(self) -> bool:
        return False
