"""Texts compared word by word."""

from hypothesis import given
from hypothesis import strategies as st

from changes.shown.wording import Piece, compared

TEXTS = st.lists(st.sampled_from(["a", "b", "word", " ", "\n", ".", "3,000", "é"])).map("".join)


def test_changed_words_stand_beside_each_other() -> None:
    assert compared("Drop the index at once. Done.", "Drop the index slowly, then look. Done.") == (
        Piece("same", "Drop the index "),
        Piece("del", "at once"),
        Piece("ins", "slowly, then look"),
        Piece("same", ". Done."),
    )


def test_numbers_are_words() -> None:
    assert compared("20,000 rows", "5,000 rows") == (
        Piece("del", "20,000"),
        Piece("ins", "5,000"),
        Piece("same", " rows"),
    )


def test_text_that_stays_is_one_piece() -> None:
    assert compared("As it was.", "As it was.") == (Piece("same", "As it was."),)


def test_nothing_compared_with_nothing_is_nothing() -> None:
    assert compared("", "") == ()


@given(before=TEXTS, after=TEXTS)
def test_pieces_give_both_texts_back(before: str, after: str) -> None:
    pieces = compared(before, after)

    assert "".join(piece.text for piece in pieces if piece.op != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.op != "del") == after


def test_hostile_texts_are_compared_as_a_whole() -> None:
    before, after = "a " * 20_000, "b a " * 10_000

    pieces = compared(before, after)

    assert [piece.op for piece in pieces] == ["del", "ins"]
    assert [piece.text for piece in pieces] == [before, after]
