"""Which checks a change must pass, and how those that we run ourselves are run."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from changes.models.choices import Category, KindWord, slugs
from changes.models.template import Template


class PrometheusServer(models.Model):
    """A Prometheus whose figures checks look at."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    base_url = models.CharField(
        "address",
        max_length=300,
        help_text="Such as https://prometheus.example.org. An address inside needs its network in "
        "WEBHOOK_ALLOWED_NETWORKS.",
    )
    sealed_bearer = models.TextField(
        blank=True, editable=False, help_text="The bearer token it asks for, encrypted."
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = "Prometheus server"

    def __str__(self) -> str:
        return self.slug

    @property
    def ref(self) -> str:
        """`prometheus:main`: how the ledger names it."""
        return f"prometheus:{self.slug}"


class CheckRule(models.Model):
    """A check that every matching change must pass, or each step of a matching canary; an empty
    list matches all.

    In address and query `$service`, `$environment`, `$revision` and `$change` stand for the
    change's own, and in the queries of a canary `$track` for the canary's label or the baseline's.
    """

    class Use(models.TextChoices):
        VALIDATION = "validation", "Before a change closes"
        CANARY = "canary", "At each step of a canary"

    class How(models.TextChoices):
        REPORTED = "reported", "Reported by CI or by hand"
        PROBE = "probe", "Run here: an address answers"
        PROMETHEUS = "prometheus", "Run here: a figure in Prometheus"
        NO_ALERTS = "no_alerts", "Run here: no alert begins on its services"

    class Method(models.TextChoices):
        GET = "GET", "GET"
        HEAD = "HEAD", "HEAD"

    class Comparison(models.TextChoices):
        BELOW = "<", "<"
        AT_MOST = "<=", "<="
        ABOVE = ">", ">"
        AT_LEAST = ">=", ">="

    name = models.CharField(max_length=80, unique=True, help_text="Such as smoke-test.")
    is_active = models.BooleanField("active", default=True)
    used_for = models.CharField(
        max_length=10, choices=Use, default=Use.VALIDATION, db_default="validation"
    )
    how = models.CharField(max_length=10, choices=How, default=How.REPORTED)
    template = models.ForeignKey(
        Template,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="check_rules",
        help_text="Only changes made from this template.",
    )
    kinds = ArrayField(models.CharField(max_length=9, choices=KindWord), default=list, blank=True)
    categories = ArrayField(
        models.CharField(max_length=16, choices=Category), default=list, blank=True
    )
    services = slugs()
    environments = slugs()
    tiers = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)

    url = models.CharField("address", max_length=500, blank=True)
    method = models.CharField(max_length=4, choices=Method, default=Method.GET)
    expected_status = models.PositiveSmallIntegerField(
        default=200, validators=[MinValueValidator(100), MaxValueValidator(599)]
    )
    contains = models.CharField(
        max_length=200, blank=True, help_text="Text that the answer must hold."
    )
    most_bytes = models.PositiveIntegerField(
        "largest answer",
        default=65_536,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="In bytes; a larger one fails.",
    )
    server = models.ForeignKey(
        PrometheusServer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="check_rules",
    )
    query = models.TextField(
        blank=True, max_length=4000, help_text="PromQL whose answer is one number."
    )
    comparison = models.CharField(max_length=2, choices=Comparison, default=Comparison.BELOW)
    threshold = models.FloatField(null=True, blank=True)

    canary_track = models.CharField(
        "label of the canary",
        max_length=80,
        default="canary",
        db_default="canary",
        help_text="What $track stands for when the canary is asked about.",
    )
    baseline_track = models.CharField(
        "label of the baseline", max_length=80, default="stable", db_default="stable"
    )
    baseline_query = models.TextField(
        blank=True,
        default="",
        db_default="",
        max_length=4000,
        help_text="Empty: the query above, $track standing for the label of the baseline.",
    )
    tolerated_ratio = models.FloatField(
        null=True,
        blank=True,
        help_text="How many times the baseline the canary may be: 1.5 lets 0.02 be 0.03.",
    )
    tolerated_difference = models.FloatField(
        null=True,
        blank=True,
        help_text="How far from the baseline it may be. With both, being within one is enough.",
    )
    baseline_is_needed = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Without a figure of the baseline nothing holds. Unticked, the threshold alone "
        "decides then.",
    )
    traffic_query = models.TextField(
        blank=True,
        default="",
        db_default="",
        max_length=4000,
        help_text="PromQL that counts what the figure is made of, such as requests.",
    )
    least_traffic = models.FloatField(
        null=True, blank=True, help_text="With less than this, nothing holds and nothing fails."
    )
    failures_allowed = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(100)],
        help_text="So many looks of a step may be beyond the bounds before it fails; each begins "
        "the soak anew.",
    )

    timeout_seconds = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    interval = models.DurationField(
        default=timedelta(seconds=30), help_text="How long between two looks."
    )
    soak = models.DurationField(
        default=timedelta(), help_text="For how long it must hold; 0 means one look is enough."
    )
    give_up_after = models.DurationField(
        default=timedelta(minutes=30),
        help_text="Counted from its start: a look that does not hold after that ends it.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="check_rule_looks_now_and_then",
                condition=Q(
                    interval__gt=timedelta(), soak__gte=timedelta(), give_up_after__gte=F("soak")
                ),
            ),
            models.CheckConstraint(
                name="check_rule_says_what_it_looks_at",
                condition=Q(how__in=["reported", "no_alerts"])
                | (Q(how="probe") & ~Q(url=""))
                | (
                    Q(how="prometheus", server__isnull=False, threshold__isnull=False)
                    & ~Q(query="")
                ),
            ),
            models.CheckConstraint(
                name="least_traffic_says_how_it_is_counted",
                condition=Q(traffic_query="", least_traffic__isnull=True)
                | (~Q(traffic_query="") & Q(least_traffic__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """`CHECK-RULE-3`: how the ledger names it."""
        return f"CHECK-RULE-{self.pk}"
