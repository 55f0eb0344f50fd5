"""The weekend freeze, awake."""

from collections.abc import Iterator

import pytest

from catalog import tokens
from catalog.models import ApiToken
from changes.gate import watching
from changes.models import Window
from tests.changes.gate.polled import SECRET
from tests.living import at, person


@pytest.fixture
def weekend(settled: None) -> None:
    """Only the freeze every installation begins with is active."""
    Window.objects.filter(name="Weekend freeze").update(is_active=True)
    assert Window.objects.filter(is_active=True).count() == 1


@pytest.fixture
def begun() -> Iterator[None]:
    """A web process that remembers nothing yet."""
    watching.forget_all()
    yield
    watching.forget_all()


@pytest.fixture
def token(settled: None) -> ApiToken:
    """What the pipeline polls with."""
    return ApiToken.objects.create(
        user=person("ci"),
        name="deploys",
        digest=bytes.fromhex(tokens.digest_of(SECRET)),
        scopes=["gate"],
        created_at=at(0),
    )
