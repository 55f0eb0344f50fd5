"""Freezes and maintenance windows as rows."""

from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from catalog.time_zones import validate_time_zone
from changes.models.choices import Category, KindWord, OverriderWord, RiskWord, slugs
from changes.windows import refuse_unknown_rule, scope

LONGEST = timedelta(days=366)
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


def _excepted(each: models.Field) -> Any:
    """What a window does not cover, though its lists do; empty excepts nothing."""
    return ArrayField(each, default=list, db_default=[], blank=True)


class Window(models.Model):
    """A time in which changes are refused (freeze) or allowed (maintenance).

    Either one-off (`starts_at`, `ends_at`), or recurring (`recurrence`, `first_date`, `start_time`,
    `duration`, in `time_zone`, or the owner team's zone where that is empty), or as a calendar of
    somebody else's says: then its times are `ListedTime` rows, and `Calendar` tells how they came.
    An empty scope covers everything but what the exceptions name; see Note [Scopes] in
    `changes.windows.scope`.
    """

    class EffectWord(models.TextChoices):
        FREEZE = "freeze", "Freeze: changes are refused"
        MAINTENANCE = "maintenance", "Maintenance: changes are allowed"

    class LevelWord(models.TextChoices):
        BLOCK = "block", "Block"
        WARN = "warn", "Warn"

    class InFlight(models.TextChoices):
        FINISH = "finish", "Running changes finish"
        STOP = "stop", "Running changes stop"

    class Source(models.TextChoices):
        """Who says when it holds."""

        TIMES = "times", "Its own times"
        ICS_URL = "ics_url", "A calendar at an address"
        ICS_FILE = "ics_file", "A calendar from a file"
        HOLIDAYS = "holidays", "Public holidays"

    name = models.CharField(max_length=120, unique=True)
    effect = models.CharField(max_length=11, choices=EffectWord, default=EffectWord.FREEZE)
    level = models.CharField(max_length=5, choices=LevelWord, default=LevelWord.BLOCK)
    reason = models.TextField(blank=True)
    in_flight = models.CharField(max_length=6, choices=InFlight, default=InFlight.FINISH)
    is_active = models.BooleanField("active", default=True)
    override_by = models.CharField(
        "overridden by",
        max_length=15,
        choices=OverriderWord,
        default=OverriderWord.CHANGE_MANAGERS,
        db_default=OverriderWord.CHANGE_MANAGERS,
        help_text="Of a freeze: two people of this group may open it for one change.",
    )
    override_review_days = models.PositiveSmallIntegerField(
        "review of an override",
        default=3,
        db_default=3,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text="Due so many working days after the override has ended.",
    )
    source = models.CharField(
        max_length=8, choices=Source, default=Source.TIMES, db_default=Source.TIMES, editable=False
    )
    ics_url = models.CharField(
        "calendar address",
        max_length=2000,
        blank=True,
        default="",
        db_default="",
        help_text="An iCalendar (.ics) address, read every hour; readers of windows see it.",
    )
    holidays = models.CharField(
        "public holidays of",
        max_length=12,
        blank=True,
        default="",
        db_default="",
        help_text="A country, or a part of it: NL, DE-BY, US-CA.",
    )

    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    recurrence = models.CharField(
        max_length=200, blank=True, help_text="RFC 5545, such as FREQ=WEEKLY;BYDAY=FR"
    )
    first_date = models.DateField(null=True, blank=True)
    start_time = models.TimeField(null=True, blank=True)
    duration = models.DurationField(null=True, blank=True, help_text="Wall time, such as 62:00:00")
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text="IANA name; empty means the owner team's zone.",
    )

    teams = slugs()
    services = slugs()
    environments = slugs()
    tiers = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=9, choices=KindWord), default=list, blank=True)
    categories = ArrayField(
        models.CharField(max_length=16, choices=Category), default=list, blank=True
    )
    except_teams = _excepted(models.SlugField(max_length=80))
    except_services = _excepted(models.SlugField(max_length=80))
    except_environments = _excepted(models.SlugField(max_length=80))
    except_tiers = _excepted(models.PositiveSmallIntegerField())
    except_kinds = _excepted(models.CharField(max_length=9, choices=KindWord))
    except_categories = _excepted(models.CharField(max_length=16, choices=Category))
    except_standard_up_to_risk = models.CharField(
        max_length=6,
        choices=RiskWord,
        blank=True,
        help_text="Standard changes up to this risk pass; empty means none do.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="window_is_one_off_or_recurring_or_a_calendar",
                condition=Q(
                    source="times",
                    starts_at__isnull=False,
                    ends_at__isnull=False,
                    recurrence="",
                    start_time__isnull=True,
                    duration__isnull=True,
                )
                | (
                    Q(
                        source="times",
                        starts_at__isnull=True,
                        ends_at__isnull=True,
                        first_date__isnull=False,
                        start_time__isnull=False,
                        duration__isnull=False,
                    )
                    & ~Q(recurrence="")
                )
                | (
                    ~Q(source="times")
                    & Q(
                        starts_at__isnull=True,
                        ends_at__isnull=True,
                        recurrence="",
                        start_time__isnull=True,
                        duration__isnull=True,
                    )
                ),
            ),
            models.CheckConstraint(
                name="calendar_names_its_address_or_its_country",
                condition=(Q(source="ics_url") & ~Q(ics_url="") & Q(holidays=""))
                | (Q(source="holidays") & Q(ics_url="") & ~Q(holidays=""))
                | Q(source__in=["times", "ics_file"], ics_url="", holidays=""),
            ),
            models.CheckConstraint(
                name="window_ends_after_it_starts", condition=Q(ends_at__gt=models.F("starts_at"))
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="window_by_end")]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """`WIN-7`: what the API and the ledger call it."""
        return f"WIN-{self.pk}"

    def name_source(self) -> None:
        """Say who says when it holds: an address, a country, a file, or times of its own.

        A window with a file keeps it until it is given anything else.
        """
        if self.ics_url:
            self.source = self.Source.ICS_URL
        elif self.holidays:
            self.source = self.Source.HOLIDAYS
        elif self.source != self.Source.ICS_FILE or self.starts_at or self.recurrence:
            self.source = self.Source.TIMES

    def clean(self) -> None:
        """Say what is wrong before the database does, and refuse what would mean nothing."""
        self.name_source()
        if self.effect == self.EffectWord.MAINTENANCE and self.except_standard_up_to_risk:
            raise ValidationError(
                {"except_standard_up_to_risk": "Only a freeze has exceptions: leave it empty."}
            )
        if empty := list(scope.leaves_nothing(self)):
            sentence = "It excepts all that it covers: leave something, or deactivate it."
            raise ValidationError({scope.EXCEPT + many: sentence for many in empty})
        if self.source != self.Source.TIMES:
            self._clean_calendar()
        elif self.recurrence:
            self._clean_recurring()
        elif not (self.starts_at and self.ends_at):
            raise ValidationError(
                "Give a start and an end, or a recurrence with a start time, or a calendar."
            )
        elif self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "It must end after it starts."})

    def _clean_calendar(self) -> None:
        own = ("starts_at", "ends_at", "recurrence", "first_date", "start_time", "duration")
        given = [name for name in own if getattr(self, name)]
        if given or (self.ics_url and self.holidays):
            raise ValidationError(
                "Give either times of its own, or a calendar's address or file, or the country of "
                "public holidays: one of them says when it holds."
            )

    def _clean_recurring(self) -> None:
        if self.starts_at or self.ends_at:
            raise ValidationError("A recurring window has no single start and end: clear them.")
        if self.start_time is None or self.duration is None:
            raise ValidationError("A recurring window needs a start time and a duration.")
        if self.duration.total_seconds() < 60:
            raise ValidationError({"duration": "It must last at least a minute."})
        if self.duration > LONGEST:
            raise ValidationError({"duration": f"It must last at most {LONGEST.days} days."})
        self.first_date = self.first_date or date(2024, 1, 1)
        if not EARLIEST <= self.first_date <= LATEST:
            raise ValidationError({"first_date": "Give a date from 2000 to 2199."})
        try:
            refuse_unknown_rule(self.recurrence, self.first_date)
        except ValueError as problem:
            raise ValidationError({"recurrence": str(problem)}) from problem
