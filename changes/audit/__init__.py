"""What auditors take away: the population of a period, with counts that match."""

from changes.audit.asking import AT_MOST, demand_auditor, population
from changes.audit.exporting import CountsDiffer, Manifest, export

__all__ = ["AT_MOST", "CountsDiffer", "Manifest", "demand_auditor", "export", "population"]
