"""What a waiting run is told, within what its tool can show."""

from datetime import UTC, datetime, timedelta

import pytest

from changes.waiting_runs.timing import next_look
from changes.waiting_runs.words import Said, escaped, markdown, plain
from ledger.decision import Reason

LINK = "https://tidegate.example.org/changes/CHG-7"
VOTES = Reason("approvals_missing", "2 CAB votes are missing.", "Ask the CAB to vote.")
FREEZE = Reason("freeze_active", "The *Black Friday* freeze holds.", "Wait until Monday.")
NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)


def test_a_comment_lists_every_reason_with_what_to_do() -> None:
    said = Said("waiting", (VOTES, FREEZE), "CHG-7", LINK, ("2nd of 3 waiting for production",))

    assert markdown(said, longest=1024) == (
        f"**Tidegate waits** [CHG-7]({LINK})\n"
        "- 2 CAB votes are missing. *Ask the CAB to vote.*\n"
        "- The \\*Black Friday\\* freeze holds. *Wait until Monday.*\n"
        "\n2nd of 3 waiting for production"
    )
    assert plain(said, longest=1024).splitlines()[0] == "Tidegate waits CHG-7"


@pytest.mark.parametrize("longest", [60, 100, 300, 1024])
def test_a_comment_is_cut_at_a_whole_line_and_says_so(longest: int) -> None:
    said = Said("rejected", [VOTES] * 50, "CHG-7", LINK)

    comment = markdown(said, longest=longest)

    assert len(comment) <= longest
    assert comment.endswith("\n- …")
    assert set(comment.splitlines()[1:-1]) <= {"- 2 CAB votes are missing. *Ask the CAB to vote.*"}


def test_what_people_wrote_mentions_nobody_links_nowhere_and_stays_on_its_line() -> None:
    hostile = "@acme/all [x](https://evil.example.org) <img src=x>\n# `big` #12"

    shown = escaped(hostile)

    assert "@acme" not in shown
    assert "://" not in shown
    assert "\n" not in shown
    assert "<img" not in shown.replace("\\<", "")
    assert "\\#12" in shown


def test_only_news_changes_the_fingerprint() -> None:
    said = Said("waiting", (VOTES,), "CHG-7", LINK, ("2nd of 3",))

    assert said.fingerprint == Said("waiting", (VOTES,), "CHG-7", LINK, ("1st of 2",)).fingerprint
    news = [
        Said("waiting", (FREEZE,), "CHG-7"),
        Said("rejected", (VOTES,), "CHG-7"),
        Said("waiting", (VOTES,), "CHG-8"),
        Said("waiting", (VOTES, FREEZE), "CHG-7"),
    ]
    assert said.fingerprint not in {one.fingerprint for one in news}


@pytest.mark.parametrize(
    ("opens", "seconds"), [(None, 15), (5, 5), (90, 15), (3600, 60), (-5, 15), (0, 15)]
)
def test_a_run_is_looked_at_as_it_opens_and_never_left_alone(
    opens: float | None, seconds: float
) -> None:
    at = None if opens is None else NINE + timedelta(seconds=opens)

    assert next_look(at, now=NINE) == NINE + timedelta(seconds=seconds)
