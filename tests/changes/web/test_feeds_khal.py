"""Calendar feeds as a real calendar reads them: khal takes the feed in and lists what is in it."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from changes.states import State
from tests.changes.web.test_feeds import got, issued
from tests.living import change_at, window

pytestmark = pytest.mark.usefixtures("today")
KHAL = Path(sys.executable).with_name("khal")
HERE = ZoneInfo("Europe/Amsterdam")
SETTINGS = """
[calendars]
[[tidegate]]
path = {home}/calendar
type = calendar
[locale]
local_timezone = Europe/Amsterdam
default_timezone = Europe/Amsterdam
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {home}/khal.db
[default]
default_calendar = tidegate
"""
LISTED = "{start-date} {start-time}|{end-date} {end-time}|{title}|{location}|{url}"


def khal(home: Path, *words: str) -> str:
    """What khal says; it knows nothing of the machine it runs on."""
    done = subprocess.run(
        [KHAL, "-c", home / "settings", *words],
        env={"HOME": str(home), "LC_ALL": "C.UTF-8", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wall(instant: datetime) -> str:
    return f"{instant.astimezone(HERE):%Y-%m-%d %H:%M}"


def test_a_calendar_lists_changes_and_freezes_where_and_when_they_are(tmp_path: Path) -> None:
    change = change_at(State.SCHEDULED, title="Retry refunds, again; and “more”")
    freeze = window("Stocktaking", starts=0, ends=300)
    _, secret = issued()
    (tmp_path / "calendar").mkdir()
    (tmp_path / "settings").write_text(SETTINGS.format(home=tmp_path))
    (tmp_path / "feed.ics").write_bytes(got(secret).content)

    khal(tmp_path, "import", "--batch", str(tmp_path / "feed.ics"))
    first = change.planned_start_at.astimezone(HERE).date()
    said = khal(tmp_path, "list", "--day-format", "", "--format", LISTED, f"{first}", "2d")

    assert set(said.splitlines()) == {
        f"{wall(change.planned_start_at)}|{wall(change.planned_end_at)}|{change.ref} "
        "Retry refunds, again; and “more”|refunds, production|"
        f"http://testserver/changes/{change.ref}",
        f"{wall(freeze.starts_at)}|{wall(freeze.ends_at)}|Freeze: Stocktaking||",
    }
