"""Digests of rows outlive columns that are added, and see every column that is changed."""

import pytest
from django.db import models

from catalog.models import Environment, Service, Team
from changes.models import Change, Check, Window
from ledger import catalogue, rows
from ledger.canonical import sha256_hex


def test_columns_that_stand_as_they_begin_say_nothing() -> None:
    check = Check(pk=7, change_id=3, name="smoke", passed=True)

    assert rows.digest(check) == sha256_hex(
        {"id": 7, "change_id": 3, "name": "smoke", "passed": True}
    )


@pytest.mark.parametrize("model", [Change, Window])
def test_every_column_counts_even_where_its_default_is_emptied(model: type[models.Model]) -> None:
    plain = rows.digest(model(pk=1))

    for field in model._meta.concrete_fields:
        default = field.get_default() if field.has_default() else None
        row = model(**{"id": 1, field.attname: "" if default else "x"})
        assert rows.digest(row) != plain, field.attname


@pytest.mark.django_db
def test_what_the_catalogue_says_by_default_is_left_out() -> None:
    team = Team.objects.create(slug="payments", name="Payments")
    place = Environment.objects.create(slug="staging", name="Staging")
    service = Service.objects.create(slug="refunds", name="Refunds", owner_team=team, tier=1)

    assert catalogue.digest(team) == sha256_hex({"slug": "payments", "name": "Payments"})
    assert catalogue.digest(place) == sha256_hex({"slug": "staging", "name": "Staging"})
    told = {"slug": "refunds", "name": "Refunds", "tier": 1, "owner_team": "payments"}
    assert catalogue.digest(service) == sha256_hex(told)


@pytest.mark.django_db
def test_an_inactive_service_says_so() -> None:
    team = Team.objects.create(slug="payments", name="Payments")
    service = Service.objects.create(slug="refunds", name="Refunds", owner_team=team, tier=1)
    active = catalogue.digest(service)

    service.is_active = False

    assert catalogue.digest(service) != active
