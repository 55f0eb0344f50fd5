"""What other tools call the places here: rows that change managers keep."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from catalog.models import Environment, Service
from changes.models.template import Template


class DoorMapping(models.Model):
    """Which service and environment a tool's project and stage stand for.

    `project` is what the tool calls whatever is deployed: a repository, a pipeline, a tool's id;
    `stage` where it goes. An empty stage stands for every stage that no other row names.
    """

    class Vendor(models.TextChoices):
        GITHUB = "github", "GitHub"
        AZURE = "azure", "Azure DevOps"
        SERVICENOW = "servicenow", "ServiceNow DevOps"
        OCTOPUS = "octopus", "Octopus Deploy"
        JIRA = "jira", "Jira Service Management"
        ARGO_CD = "argo-cd", "Argo CD"
        PAGERDUTY = "pagerduty", "PagerDuty"

    vendor = models.CharField("tool", max_length=10, choices=Vendor)
    project = models.CharField(
        max_length=200,
        help_text="As the tool writes it: acme/shop for a repository of GitHub, "
        "Fabrikam/shop-deploy for a pipeline of Azure DevOps.",
    )
    stage = models.CharField(
        max_length=200,
        blank=True,
        help_text="The tool’s environment or stage. Empty stands for every one that no other row "
        "names.",
    )
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(
        Template,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Where no change is open for what is deployed, a standard one is opened from it.",
    )
    starts_change = models.BooleanField(
        "approval starts the change",
        default=True,
        help_text="The permit is used up as the tool is told yes. Otherwise the pipeline asks the "
        "gate for one of its own.",
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["vendor", "project", "stage"]
        constraints = [
            models.UniqueConstraint(
                "vendor", Lower("project"), Lower("stage"), name="place_of_a_tool_is_mapped_once"
            ),
            models.CheckConstraint(name="mapping_names_what_is_deployed", condition=~Q(project="")),
        ]

    def __str__(self) -> str:
        stage = self.stage or "every stage"
        return f"{self.get_vendor_display()}: {self.project}, {stage}"

    @property
    def ref(self) -> str:
        """`MAP-3`: how the ledger names it."""
        return f"MAP-{self.pk}"
