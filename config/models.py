"""What the runtime remembers about itself."""

from django.db import models


class Heartbeat(models.Model):
    """When a worker last ran a task: how /readyz knows that somebody is there to deliver."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S %Z}"
