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
    """A check that every matching change must pass; an empty list matches all.

    In address and query `$service`, `$environment`, `$revision` and `$change` stand for the
    change's own.
    """

    class How(models.TextChoices):
        REPORTED = "reported", "Reported by CI or by hand"
        PROBE = "probe", "Run here: an address answers"
        PROMETHEUS = "prometheus", "Run here: a figure in Prometheus"

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
                condition=Q(how="reported")
                | (Q(how="probe") & ~Q(url=""))
                | (
                    Q(how="prometheus", server__isnull=False, threshold__isnull=False)
                    & ~Q(query="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """`CHECK-RULE-3`: how the ledger names it."""
        return f"CHECK-RULE-{self.pk}"
