"""Where a change would fit best: free periods, ranked by arithmetic that is shown. Pure."""

from changes.policies.slots.finding import Found, Slot, Wish, best, free
from changes.policies.slots.scoring import Factor, Neighbour

__all__ = ["Factor", "Found", "Neighbour", "Slot", "Wish", "best", "free"]
