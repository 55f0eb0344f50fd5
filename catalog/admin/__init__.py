"""The catalogue's pages in the admin."""

from catalog.admin.people import TeamAdmin, UserAdmin
from catalog.admin.services import EnvironmentAdmin, ServiceAdmin
from catalog.admin.tokens import ApiTokenAdmin

__all__ = ["ApiTokenAdmin", "EnvironmentAdmin", "ServiceAdmin", "TeamAdmin", "UserAdmin"]
