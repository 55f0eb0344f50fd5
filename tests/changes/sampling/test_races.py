"""Two workers at one check: one looks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer

from changes import sampling
from changes.models import Check, CheckSample
from tests import living
from tests.changes.sampling.watching import answering, rule, validating
from tests.living import at

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_workers_one_looks_and_concludes(httpserver: HTTPServer, settings: Any):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"]
    living.settle()
    rule(httpserver, soak=at(0) - at(0))
    validating()
    together = Barrier(2)

    def work(_: int) -> bool:
        try:
            connection.ensure_connection()
            together.wait(timeout=10)
            return sampling.look_at_due(now=at(90))
        finally:
            connection.close()

    with answering(httpserver), ThreadPoolExecutor(2) as pool:
        looked = list(pool.map(work, range(2)))

    assert sorted(looked) == [False, True]
    assert (CheckSample.objects.count(), Check.objects.count()) == (1, 1)
