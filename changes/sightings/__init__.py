"""Deployments that were seen: kept, held against permits and changes, and found out.

# Note [One deployment, seen by several]
GitHub, Argo CD and a pipeline may all tell of the same deployment, in any order. What is told of
one revision of a service in an environment within an hour is one row, whoever told; a permit that
is used up is told here like everything else. All of a place is told one after another, under a
lock, so that two who tell at once make one row.
"""

from changes.sightings.counting import count_days
from changes.sightings.judging import judge, map_anew
from changes.sightings.seeing import AHEAD, Sighting, reported, see

__all__ = ["AHEAD", "Sighting", "count_days", "judge", "map_anew", "reported", "see"]
