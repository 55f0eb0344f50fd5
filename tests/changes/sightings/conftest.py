"""A repository that is mapped to a service."""

import pytest

from changes.models import DoorMapping
from tests.living import environment, service


@pytest.fixture(autouse=True)
def place(settled: None) -> DoorMapping:
    return DoorMapping.objects.create(
        vendor="github", project="acme/refunds", service=service(), environment=environment()
    )
