"""What was deployed on a day, counted once; see Note [Counted days] in `sightings.counting`."""

from django.db import models

from catalog.models import Service


class SeenDay(models.Model):
    """A day of UTC that was counted."""

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.day}"


class SeenTally(models.Model):
    """What was deployed of a service on a day, by what leave there was; no service: not mapped."""

    day = models.ForeignKey(SeenDay, on_delete=models.CASCADE, related_name="tallies")
    service = models.ForeignKey(
        Service, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by_permit = models.PositiveIntegerField()
    by_change = models.PositiveIntegerField()
    unauthorised = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    unmapped = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "service"],
                nulls_distinct=False,
                name="service_is_counted_once_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day_id} {self.service_id}"


class SeenMark(models.Model):
    """A day of which something was written since; a trigger writes these, and nothing else."""

    day = models.DateField(db_index=True)

    def __str__(self) -> str:
        return f"{self.day}"


MARK = """
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO changes_seenmark (day) VALUES ((NEW.at AT TIME ZONE 'UTC')::date);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO changes_seenmark (day)
        SELECT (OLD.at AT TIME ZONE 'UTC')::date
        WHERE TG_OP = 'DELETE' OR (NEW.at AT TIME ZONE 'UTC')::date
            IS DISTINCT FROM (OLD.at AT TIME ZONE 'UTC')::date;
    END IF;
    RETURN NULL;
"""
