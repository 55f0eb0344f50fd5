"""A local issuer that is trusted, its keys read."""

import pytest
from pytest_httpserver import HTTPServer

from catalog.models import Issuer
from ledger.oidc import keys
from tests.ledger.oidc.issuing import NEAR, LocalIssuer


@pytest.fixture
def forge(httpserver: HTTPServer, settings, db) -> LocalIssuer:
    """A server that nobody trusts yet."""
    settings.WEBHOOK_ALLOWED_NETWORKS = NEAR
    return LocalIssuer(httpserver, "/forge")


@pytest.fixture
def trusted(forge: LocalIssuer, now) -> Issuer:
    """Our row for it."""
    row = forge.trusted(now)
    assert keys.read_due(now=now, limit=5) == 1
    return row
