"""What writing rules has in common, as `ledger.keeping` has it."""

from ledger.keeping import by_change_manager, demand_change_manager, differences, told

__all__ = ["by_change_manager", "demand_change_manager", "differences", "told"]
