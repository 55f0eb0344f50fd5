"""Users and teams in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from catalog.models import Membership, Team, User


class UserForm(UserChangeForm):
    """A user as an administrator edits one."""

    class Meta:
        model = User
        fields = "__all__"

    def clean(self) -> dict[str, object]:
        """Refuse a robot that could open the admin, where only people decide."""
        given = super().clean() or self.cleaned_data
        if given.get("is_robot") and (given.get("is_staff") or given.get("is_superuser")):
            raise ValidationError(
                "A robot acts through API tokens only. Take away staff and superuser status."
            )
        return given


class NewUserForm(AdminUserCreationForm):
    """A new user; a robot is given no password."""

    class Meta:
        model = User
        fields = ("username", "is_robot")


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = UserForm
    add_form = NewUserForm
    list_display = ("username", "label", "email", "is_robot", "is_staff", "is_active")
    list_filter = ("is_robot", "is_staff", "is_active", "groups", "memberships__team")
    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        ("Tidegate", {"fields": ("is_robot", "time_zone")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "is_robot", "usable_password", "password1", "password2"),
            },
        ),
    )


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "time_zone", "email", "size")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return super().get_queryset(request).annotate(size=Count("memberships"))

    @admin.display(description="members", ordering="size")
    def size(self, team: Team) -> int:
        """How many are in the team."""
        return int(vars(team)["size"])
