"""A short run of `./run faults`: nothing wrong is told, nothing is lost, while much is killed."""

import os
import subprocess
import sys

import pytest

from config.environment import REPOSITORY

pytestmark = pytest.mark.slow


def test_load_and_faults_leave_one_true_record_of_every_answer() -> None:
    """Half a minute: two servers start, one of them twice, and a database is made."""
    ended = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "tests.faults"),
            *("--seconds", "6", "--connections", "8", "--redemptions", "100"),
        ],
        cwd=REPOSITORY,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert (ended.returncode, "wrong:" in ended.stdout) == (0, False), ended.stdout + ended.stderr
