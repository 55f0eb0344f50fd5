"""Bars and words find their places, and none lies on another."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from changes.queries.bands import Band
from changes.web.schedule_layout import ROWS_AT_MOST, Bar, Scale, headed, packed, rows_of, width_of
from changes.windows import Effect, Interval, Level, Occurrence
from tests.changes.web.planned import NINE, planned

WEEK = Interval(NINE, NINE + timedelta(days=7))
SCALE = Scale(WEEK, 150, 1180)


def extents(bar: Bar) -> tuple[float, float]:
    end = max(bar.x + bar.width, bar.words_x + width_of(bar.words))
    return min(bar.x, bar.words_x), end


def test_instants_run_from_left_to_right():
    assert SCALE.x(NINE) == 150
    assert SCALE.x(NINE + timedelta(days=3.5)) == 665
    assert SCALE.x(NINE - timedelta(days=9)) == 150
    assert SCALE.x(NINE + timedelta(days=9)) == 1180


def test_words_stand_in_a_bar_that_holds_them_and_beside_one_that_does_not():
    (long, sliver), _ = packed(
        [planned(1, 0, 100), planned(2, 110, 111)], SCALE, words=lambda change: change.ref
    )

    assert (long.words_inside, long.words_x) == (True, long.x + 6)
    assert (sliver.words_inside, sliver.words_x) == (False, sliver.x + sliver.width + 6)


def test_words_that_find_no_room_on_the_right_stand_on_the_left():
    (last,), _ = packed([planned(1, 166, 168)], SCALE, words=lambda change: change.ref)

    assert last.words_x + width_of(last.words) < last.x


def test_changes_at_other_times_share_a_row():
    bars, _ = packed([planned(1, 0, 10), planned(2, 48, 50)], SCALE, words=lambda one: one.ref)

    assert [bar.row for bar in bars] == [0, 0]
    assert rows_of(bars) == 1
    assert rows_of([]) == 1


def test_a_crowd_is_cut_and_counted():
    crowd = [planned(number, 0, 5) for number in range(30)]

    bars, left_out = packed(crowd, SCALE, words=lambda change: change.ref)

    assert (rows_of(bars), len(bars), left_out) == (ROWS_AT_MOST, 12, 18)


@given(
    st.lists(
        st.tuples(st.integers(-30, 170), st.integers(1, 90), st.text("abc ", max_size=40)),
        max_size=25,
    )
)
def test_nothing_lies_on_anything_else(drawn: list[tuple[int, int, str]]):
    words = {number: text for number, (_, _, text) in enumerate(drawn)}
    changes = [
        planned(number, first, first + length) for number, (first, length, _) in enumerate(drawn)
    ]

    bars, left_out = packed(
        sorted(changes, key=lambda one: one.planned_start_at or NINE),
        SCALE,
        words=lambda change: words[change.id],
    )

    assert len(bars) + left_out == len(changes)
    for row in range(rows_of(bars)):
        ends = 0.0
        for start, end in sorted(extents(bar) for bar in bars if bar.row == row):
            assert start >= ends
            ends = end


def band(name: str, first: float, last: float, *, window: str = "", **more: Level) -> Band:
    hours = [NINE + timedelta(hours=hour) for hour in (first, last)]
    held = Occurrence(
        Interval(*hours), name, Effect.FREEZE, more.get("level", Level.BLOCK), "UTC", ""
    )
    return Band(held, window or name, frozenset({"refunds"}), "")


def test_each_window_is_named_where_it_begins():
    headings, rows = headed([band("Audit", 24, 30), band("Night", 100, 101)], SCALE)

    assert [(one.words, one.x, one.row) for one in headings] == [
        ("Audit", SCALE.x(NINE + timedelta(hours=24)), 0),
        ("Night", SCALE.x(NINE + timedelta(hours=100)), 0),
    ]
    assert rows == 1


def test_a_window_read_in_two_zones_is_named_once_a_time():
    freeze = [band("Freeze", hour, hour + 62, window="WIN-1") for hour in (0, 1, 80, 81)]

    headings, rows = headed(freeze, SCALE)

    assert ([one.words for one in headings], rows) == (["Freeze", "Freeze"], 1)


def test_names_that_would_lie_on_each_other_stand_in_rows():
    headings, rows = headed([band("A long name", 0, 1), band("Another", 2, 3)], SCALE)

    assert ([one.row for one in headings], rows) == ([0, 1], 2)


def test_a_name_at_the_end_is_moved_in_and_one_that_only_warns_says_so():
    (one,), _ = headed([band("Audit", 167, 168, level=Level.WARN)], SCALE)

    assert one.words == "Audit (warns)"
    assert one.x + width_of(one.words) <= SCALE.right
