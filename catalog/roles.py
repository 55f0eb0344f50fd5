"""Roles: what members of the four groups may see and edit in the admin.

What a person may do to a *change* is decided by its policies; this table only opens admin pages.
"""

from collections.abc import Iterable

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model

from catalog.models import User

CAB = "CAB"
CHANGE_MANAGERS = "Change managers"
AUDITORS = "Auditors"
ON_CALL = "On-call"
ROLES = (CAB, CHANGE_MANAGERS, AUDITORS, ON_CALL)

EVERYTHING = frozenset({"admin", "catalog", "ledger", "incidents", "changes", "auth"})
VIEWS: dict[str, frozenset[str]] = {
    CAB: frozenset({"catalog", "ledger", "incidents", "changes"}),
    CHANGE_MANAGERS: EVERYTHING,
    AUDITORS: EVERYTHING,
    ON_CALL: frozenset({"catalog", "incidents", "changes"}),
}
KEPT_BY_CHANGE_MANAGERS = {
    "catalog": ("team", "membership", "service", "servicedependency", "environment"),
    "changes": (
        "window",
        "approvalrule",
        "policyrule",
        "template",
        "cataloguerule",
        "board",
        "environmentlock",
        "riskthreshold",
        "absence",
        "approvaldeadline",
        "delegation",
        "detectionrule",
        "doormapping",
        "failmode",
        "githubapp",
        "azurehost",
        "taskrule",
        "checkrule",
        "prometheusserver",
        "alertmanagerserver",
    ),
    "incidents": (
        "alertroute",
        "severityrule",
        "severitytarget",
        "checklistitem",
        "signalmapping",
        "snstopic",
        "resolutioncheck",
        "component",
    ),
    "ledger": ("subscription", "source"),
}
EDITS: dict[str, frozenset[str]] = {
    CHANGE_MANAGERS: frozenset(
        f"{app}.{act}_{model}"
        for app, models in KEPT_BY_CHANGE_MANAGERS.items()
        for model in models
        for act in ("add", "change")
    ),
}


def roles_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """Which of the four roles an active user has; one query per user object."""
    return groups_of(user) & frozenset(ROLES)


def groups_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """The names of the groups an active user is in, roles and others; one query per user object."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    known: frozenset[str] | None = user.__dict__.get("_groups")
    if known is None:
        known = frozenset(user.groups.values_list("name", flat=True))
        user.__dict__["_groups"] = known
    return known


def with_roles(user: User, groups: Iterable[str]) -> User:
    """The user, whose groups somebody has just read, so that `roles_of` asks no more."""
    user.__dict__["_groups"] = frozenset(groups) if user.is_active else frozenset()
    return user


class RolesBackend(BaseBackend):
    """Grants permissions by role, from the table above; signs nobody in."""

    def has_perm(
        self,
        user_obj: AbstractBaseUser | AnonymousUser,
        perm: str,
        obj: Model | None = None,
    ) -> bool:
        """Whether a role of the user grants `app.act_model`."""
        app, _, codename = perm.partition(".")
        return any(
            perm in EDITS.get(role, ()) or (codename.startswith("view_") and app in VIEWS[role])
            for role in roles_of(user_obj)
        )

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        """Whether the admin's front page shows the app."""
        return any(app_label in VIEWS[role] for role in roles_of(user_obj))
