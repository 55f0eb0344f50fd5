"""Which changes an incident most likely comes from; see Note [How suspects are ranked]."""

from changes.suspects.ranking import Ranking, of_incident, onset_of

__all__ = ["Ranking", "of_incident", "onset_of"]
