"""Where Azure DevOps may be answered."""

from django.db import models
from django.db.models import Q


class AzureHost(models.Model):
    """A host that answers may be sent to: a name, or `*.` and the name all others end in."""

    host = models.CharField(
        max_length=200,
        unique=True,
        help_text="Such as dev.azure.com, *.visualstudio.com, or the name of your own server.",
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["host"]
        verbose_name = "Azure DevOps host"
        constraints = [
            models.CheckConstraint(name="azure_host_is_named", condition=~Q(host="")),
        ]

    def __str__(self) -> str:
        return self.host

    @property
    def ref(self) -> str:
        """`azure-host:dev.azure.com`: how the ledger names it."""
        return f"azure-host:{self.host}"
