"""`manage.py demo`: into an empty database, never in production."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from catalog.models import User
from changes.demo.load import NotEmpty, load
from changes.models import Change

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2026, 11, 18, 13, 10, tzinfo=UTC)


def test_a_database_with_users_is_refused_and_left_alone():
    User.objects.create(username="somebody")

    with pytest.raises(NotEmpty, match="for an empty one"):
        load(password="pw", now=WEDNESDAY)
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("demo", password="pw")

    assert list(User.objects.values_list("username", flat=True)) == ["somebody"]
    assert not Change.objects.exists()


def test_production_never_has_it(settings):
    settings.TIDEGATE_ENV = "production"

    with pytest.raises(CommandError, match="never loaded in production"):
        call_command("demo")

    assert not User.objects.exists()


def test_the_command_prints_the_sign_ins_and_makes_up_a_password():
    printed = StringIO()

    call_command("demo", stdout=printed)

    people, secret = printed.getvalue().splitlines()
    assert people == (
        "sign in as one of: engineer peer owner cab-1 cab-2 manager auditor oncall admin"
    )
    password = secret.removeprefix("password for each: ")
    assert len(password) >= 16
    assert authenticate(username="cab-1", password=password) is not None
