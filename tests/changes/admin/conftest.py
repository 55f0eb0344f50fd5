"""The desk is tested on the demo: its people, and changes that wait for their votes."""

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from catalog.models import User
from changes.demo.load import load
from changes.models import Change

SignedIn = Callable[[str], Client]


@pytest.fixture(scope="package")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo as of now, loaded once; what a test does to it is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(password="tide-tide", now=timezone.now())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def signed_in(demo: None, db: None) -> SignedIn:
    """A browser in which the user of this name has signed in."""

    def browser(name: str) -> Client:
        client = Client()
        client.force_login(
            User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    return browser


@pytest.fixture
def change(demo: None, db: None) -> Callable[[str], Change]:
    """The demo's change whose title begins so."""
    return lambda title: Change.objects.get(title__startswith=title)
