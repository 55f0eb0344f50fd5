"""Whom we believe about pipelines: issuers of OIDC tokens, and what each of theirs may do here."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from catalog import claims
from catalog.models.token import Scope

LONGEST_MINUTES = 15


class Issuer(models.Model):
    """Who signs tokens of pipelines: GitHub Actions, a GitLab. Known by its exact address."""

    name = models.CharField(max_length=80, unique=True)
    url = models.CharField(
        "address",
        max_length=300,
        unique=True,
        help_text="Exactly as `iss` of its tokens, such as "
        "https://token.actions.githubusercontent.com or https://gitlab.com.",
    )
    audience = models.CharField(
        max_length=200,
        help_text="What `aud` of its tokens must be; choose one for this Tidegate alone, such as "
        "its address.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(audience="") & ~models.Q(url=""),
                name="issuer_has_an_address_and_an_audience",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an address that is none, or that could stand for several."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
            raise ValidationError({"url": "Give an address that begins with https://."})
        if parts.query or parts.fragment:
            raise ValidationError({"url": "Leave out what follows ? or #."})


class IssuerKeys(models.Model):
    """The public keys of an issuer as they were read last, sealed so that none is slipped in.

    `wanted_at` is when a token named a key that was not among them.
    """

    issuer = models.OneToOneField(
        Issuer, on_delete=models.CASCADE, primary_key=True, related_name="keys_read"
    )
    sealed_keys = models.BinaryField(default=b"", editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    wanted_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"keys of {self.issuer_id}"


class TrustRule(models.Model):
    """Which pipelines of an issuer act as which robot here, and how far their tokens reach."""

    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="rules")
    name = models.SlugField(max_length=80)
    conditions = models.JSONField(
        help_text='All must match: {"repository": "acme/shop", "ref": "refs/heads/main"}. '
        "* stands for any characters but /, ** for any."
    )
    acts_as = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="trust_rules",
        limit_choices_to={"is_robot": True},
        help_text="A robot.",
    )
    scopes = ArrayField(models.CharField(max_length=24, choices=Scope))
    services = ArrayField(models.SlugField(max_length=80), default=list, blank=True)
    teams = ArrayField(models.SlugField(), default=list, blank=True)
    environments = ArrayField(models.SlugField(), default=list, blank=True)
    minutes = models.PositiveSmallIntegerField(
        default=LONGEST_MINUTES,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MINUTES)],
        help_text="How long a token lives at most; never longer than the pipeline's own.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["issuer", "name"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "name"], name="rule_of_an_issuer_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(minutes__gte=1, minutes__lte=LONGEST_MINUTES),
                name="trusted_tokens_live_a_quarter_of_an_hour_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issuer}: {self.name}"

    @property
    def life(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def clean(self) -> None:
        """Refuse conditions that would let in strangers, and anybody but a robot."""
        wrong: dict[str, str | list[str]] = {}
        if found := claims.faults(self.conditions):
            wrong["conditions"] = found
        if self.acts_as_id and not self.acts_as.is_robot:
            wrong["acts_as"] = "Pipelines act as a robot, never as a person."
        if wrong:
            raise ValidationError(wrong)


class SpentSubject(models.Model):
    """A pipeline's token that was exchanged; no other exchange takes it until it has ended."""

    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "key"], name="subject_is_spent_once"),
        ]

    def __str__(self) -> str:
        return self.key[:12]
