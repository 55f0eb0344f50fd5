"""Looking at the figures that tell whether service is restored, while an incident is open."""

from incidents.resolution.watching import begin, look_at_due

__all__ = ["begin", "look_at_due"]
