"""Who is away, and who votes for whom meanwhile: the writers of both."""

from changes.leave.delegating import delegate
from changes.leave.ending import NoSuchLeave, end
from changes.leave.going import go

__all__ = ["NoSuchLeave", "delegate", "end", "go"]
