"""GitHub apps as which we answer."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ledger.models import Source

API_URL = "https://api.github.com"


class GithubApp(models.Model):
    """An app of GitHub, or of a GitHub Enterprise Server, whose protection rule asks the gate.

    What it sends comes in by `source`, signed with that one's keys. `robot` is who asks the gate.
    """

    slug = models.SlugField(max_length=80, unique=True)
    app_id = models.CharField(
        "app ID", max_length=60, help_text="Its App ID or Client ID, from the app’s page in GitHub."
    )
    api_url = models.CharField(
        "API address",
        max_length=200,
        default=API_URL,
        help_text="Of an Enterprise Server: https://github.example.org/api/v3. Nothing is sent "
        "anywhere else.",
    )
    sealed_key = models.TextField(editable=False)
    source = models.OneToOneField(
        Source,
        on_delete=models.PROTECT,
        related_name="github_app",
        help_text="The source that its webhooks come in by: what follows /hooks/.",
    )
    robot = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="A robot, as which the gate is asked and changes are started.",
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = "GitHub app"
        constraints = [
            models.CheckConstraint(
                name="github_app_has_an_id_and_a_key",
                condition=~Q(app_id="") & ~Q(api_url="") & ~Q(sealed_key=""),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def ref(self) -> str:
        """`github-app:acme`: how the ledger names it."""
        return f"github-app:{self.slug}"
