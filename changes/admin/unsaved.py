"""A form of the admin shown as it was filled in, with nothing saved."""

from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin, helpers
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest


def demand_may_save(page: ModelAdmin, request: HttpRequest, row: Model | None) -> None:
    """Raise `PermissionDenied` for whoever could not save the form."""
    if row is None:
        may = page.has_add_permission(request)
    else:
        may = page.has_change_permission(request, row)
    if not may:
        raise PermissionDenied


def context_of(
    page: ModelAdmin, request: HttpRequest, form: forms.ModelForm, row: Model | None
) -> dict[str, Any]:
    """What `render_change_form` needs to show `form` once more."""
    admin_form = helpers.AdminForm(
        form,
        list[Any](page.get_fieldsets(request, row)),
        {},
        page.get_readonly_fields(request, row),
        model_admin=page,
    )
    return {
        **page.admin_site.each_context(request),
        "title": "Nothing is saved yet",
        "subtitle": None,
        "adminform": admin_form,
        "object_id": str(row.pk) if row is not None else None,
        "original": row,
        "is_popup": False,
        "to_field": None,
        "media": page.media + admin_form.media,
        "inline_admin_formsets": [],
        "errors": helpers.AdminErrorList(form, []),
        "preserved_filters": page.get_preserved_filters(request),
    }


def as_given(form: type[forms.ModelForm], request: HttpRequest, row: Any) -> forms.ModelForm:
    """The form with what was filled in and no judgement of it."""
    blank = form(instance=row)
    given = {
        name: one.widget.value_from_datadict(request.POST, request.FILES, name)
        for name, one in blank.fields.items()
    }
    return form(initial=given, instance=row)
