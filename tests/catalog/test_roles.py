from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.admin import ModelAdmin, site
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from catalog import roles
from catalog.models import User
from ledger.admin.kept import KeptAdmin

pytestmark = pytest.mark.django_db
KEPT = [
    f"{app}.{act}_{model}"
    for app, models in roles.KEPT_BY_CHANGE_MANAGERS.items()
    for model in models
    for act in ("add", "change")
]


@pytest.fixture
def member(groups):
    """A user in some of the role groups."""

    def made(*names: str, **given) -> User:
        user = User.objects.create_user("somebody", is_staff=True, **given)
        user.groups.set(groups[name] for name in names)
        return user

    return made


def test_a_migration_makes_the_four_groups():
    Group.objects.all().delete()
    migration = import_module("catalog.migrations.0002_make_role_groups")

    for _ in range(2):
        migration.make_groups(apps, connection.schema_editor())
        assert set(Group.objects.values_list("name", flat=True)) == set(roles.ROLES)


def test_the_table_names_only_models_that_exist():
    for app, models in roles.KEPT_BY_CHANGE_MANAGERS.items():
        for model in models:
            assert apps.get_model(app, model)


def test_change_managers_open_the_form_of_every_row_that_is_written_on_the_record():
    kept = {model._meta.label_lower for model, page in site._registry.items() if _is_kept(page)}
    theirs = {f"{app}.{one}" for app, some in roles.KEPT_BY_CHANGE_MANAGERS.items() for one in some}

    assert {"changes.alertmanagerserver", "incidents.resolutioncheck"} <= kept <= theirs


def _is_kept(page: ModelAdmin) -> bool:
    return isinstance(page, KeptAdmin)


@pytest.mark.parametrize(
    ("role", "app"),
    [
        (role, app)
        for role in roles.ROLES
        for app in ("changes", "incidents", "ledger", "catalog")
        if (role, app) != ("On-call", "ledger")
    ],
)
def test_each_role_views_every_page_of_ours(member, role, app):
    user = member(role)

    assert user.has_module_perms(app)
    for model in apps.get_app_config(app).get_models():
        assert user.has_perm(f"{app}.view_{model._meta.model_name}")


@pytest.mark.parametrize(("role", "views"), [("CAB", False), ("Auditors", True)])
def test_only_the_cab_does_not_view_groups(member, role, views):
    assert member(role).has_perm("auth.view_group") is views


@pytest.mark.parametrize("permission", KEPT)
@pytest.mark.parametrize("role", roles.ROLES)
def test_only_change_managers_edit_the_rules(member, role, permission):
    assert member(role).has_perm(permission) is (role == "Change managers")


@pytest.mark.parametrize("role", roles.ROLES)
@pytest.mark.parametrize(
    "permission",
    [
        "changes.change_change",
        "changes.delete_window",
        "incidents.change_incident",
        "ledger.change_event",
        "ledger.delete_event",
        "catalog.add_apitoken",
        "catalog.change_user",
        "auth.change_group",
    ],
)
def test_no_role_grants_what_the_table_does_not_name(member, role, permission):
    assert not member(role).has_perm(permission)


def test_the_on_call_do_not_browse_the_ledger(member):
    user = member("On-call")

    assert not user.has_module_perms("ledger")
    assert not user.has_perm("ledger.view_event")


def test_without_a_role_nothing_is_granted(member):
    user = member()

    assert not user.has_perm("changes.view_change")
    assert not user.has_module_perms("changes")


def test_an_inactive_member_is_granted_nothing(member):
    assert not member("Auditors", is_active=False).has_perm("changes.view_change")


def test_roles_cost_one_query(member, django_assert_num_queries):
    user = User.objects.get(pk=member("Auditors", "CAB").pk)

    with django_assert_num_queries(1):
        assert roles.roles_of(user) == {"Auditors", "CAB"}
        assert roles.roles_of(user) == {"Auditors", "CAB"}


def test_an_auditor_reads_the_admin_and_changes_nothing(member, client: Client, checkout):
    client.force_login(member("Auditors"))
    page = f"/admin/catalog/service/{checkout.pk}/change/"

    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "Other"}).status_code == 403
    assert client.get("/admin/catalog/service/add/").status_code == 403
