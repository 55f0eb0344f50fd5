"""People and robots."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from catalog.time_zones import validate_time_zone


class User(AbstractUser):
    """Somebody who acts: a person who signs in, or a robot that only holds tokens."""

    is_robot = models.BooleanField(
        "robot",
        default=False,
        help_text="A robot acts through API tokens only: it never signs in and never votes.",
    )
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="IANA name, such as Europe/Amsterdam. Pages show times in it.",
    )

    class Meta(AbstractUser.Meta):
        pass

    @property
    def label(self) -> str:
        """How pages name this user: the full name where there is one, else the username."""
        return self.get_full_name() or self.username
