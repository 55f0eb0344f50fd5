"""What is only read: nobody adds, edits or deletes it, and a ref finds it."""

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from changes.models import Change, Check, Deployment, GateAnswer, PlanVersion, Requirement, Vote

MODELS = [Check, Deployment, GateAnswer, PlanVersion, Requirement, Vote]


@pytest.mark.parametrize("model", MODELS)
def test_nobody_adds_edits_or_deletes_it(signed_in, model):
    name, row, browser = model._meta.model_name, model.objects.first(), signed_in("admin")
    before = model.objects.filter(pk=row.pk).values().get()
    page = reverse(f"admin:changes_{name}_change", args=[row.pk])

    assert browser.get(page).status_code == 200
    assert browser.post(page, {"detail": "x", "comment": "x"}).status_code == 403
    assert browser.post(reverse(f"admin:changes_{name}_add"), {}).status_code == 403
    delete = reverse(f"admin:changes_{name}_delete", args=[row.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", [Check, Deployment, PlanVersion, Requirement, Vote])
def test_the_ref_of_a_change_finds_its_rows(signed_in, model):
    change = Change.objects.get(title__startswith="Score payments")
    listed = reverse(f"admin:changes_{model._meta.model_name}_changelist")

    answer = signed_in("auditor").get(listed, {"q": change.ref})

    assert set(answer.context["cl"].result_list) == set(model.objects.filter(change=change))
    nothing = signed_in("auditor").get(listed, {"q": "what"})
    assert list(nothing.context["cl"].result_list) == []


def test_a_service_or_a_ref_finds_answers_of_the_gate(signed_in):
    listed, browser = reverse("admin:changes_gateanswer_changelist"), signed_in("auditor")
    ref = GateAnswer.objects.exclude(change="").first().change

    by_service = browser.get(listed, {"q": "search"}).context["cl"].result_list
    by_ref = browser.get(listed, {"q": ref}).context["cl"].result_list

    assert {row.service for row in by_service} == {"search"}
    assert {row.change for row in by_ref} == {ref}


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_however_long_it_is(
    signed_in, model, django_assert_num_queries: DjangoAssertNumQueries
):
    listed = reverse(f"admin:changes_{model._meta.model_name}_changelist")
    browser = signed_in("auditor")

    with django_assert_num_queries(7):
        answer = browser.get(listed)

    assert len(answer.context["cl"].result_list) > 1
