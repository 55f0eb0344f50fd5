"""A short run of `./run faults`: nothing wrong is told, nothing is lost, while much is killed."""

import os
import subprocess
import sys

import pytest

from config.environment import REPOSITORY
from tests import migrated_database

pytestmark = pytest.mark.slow


def test_load_and_faults_lose_no_answer_no_alert_and_no_message() -> None:
    """Half a minute: two servers and two workers start, most of them twice."""
    ended = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "tests.faults"),
            *("--seconds", "6", "--connections", "4", "--redemptions", "100", "--hurried"),
        ],
        cwd=REPOSITORY,
        env=os.environ | {"BENCH_TEMPLATE": migrated_database.made()},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert (ended.returncode, "wrong:" in ended.stdout) == (0, False), ended.stdout + ended.stderr
