"""How instants, digests and reasons are shown."""

from datetime import UTC, datetime

import pytest
from django.utils import formats, timezone

from config.templatetags.tidegate import moment, short, untold_until
from ledger.decision import Reason

SOON = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("4f2a9c14f2a9c14f2a9c14f2a9c14f2a9c14f2a9", "4f2a9c14f2a9"),
        ("payments-2026.11.4-rc1", "payments-2026.11.4-rc1"),
        ("4f2a9c1", "4f2a9c1"),
        (None, ""),
    ],
)
def test_digests_are_cut_and_tags_are_not(given: str | None, shown: str) -> None:
    assert short(given) == shown


@pytest.mark.parametrize(
    ("message", "remedy", "untold"),
    [
        ("It is frozen until Mon 23 Nov 06:00 CET.", "Wait.", False),
        ("It is frozen.", "Plan it after Fri 1 Jan 2027 06:00 CET.", False),
        ("The permit is spent.", "Come back then.", True),
    ],
)
def test_an_end_is_told_once(message: str, remedy: str, untold: bool) -> None:
    reason = Reason("freeze_active", message, remedy, until=SOON)

    assert untold_until(reason) == untold_until(reason.as_json()) == untold
    assert not untold_until(Reason("freeze_active", message, remedy))


def test_another_year_is_said() -> None:
    year = timezone.now().year + 1

    with timezone.override(UTC):
        assert f"1 Mar {year} 09:00" in moment(datetime(year, 3, 1, 9, tzinfo=UTC))


def test_the_admin_writes_24_hours_and_the_zone() -> None:
    with timezone.override("Europe/Amsterdam"):
        assert formats.localize(timezone.localtime(SOON)) == "Tue 24 Nov 2026 10:00 CET"
