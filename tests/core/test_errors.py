"""Every error is one line of bounded length that does nothing to a terminal, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnfs_core.errors import MESSAGE, PLACE, SIDE, UserError, one_line, quoted, readable, shortened

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=300)


def test_all_parts_are_said():
    error = UserError("has too few rows", where="a.csv", expected=3, found=2)
    assert str(error) == "a.csv: has too few rows (expected 3, found 2)"
    assert str(UserError("is none")) == "is none"


@pytest.mark.parametrize("part", ["what", "where", "expected", "found"])
def test_long_values_are_shortened_in_the_middle(part):
    long = "begin" + "x" * 10_000_000 + "end"
    said = str(UserError(**{"what": "is wrong", part: long}))
    assert len(said) <= MESSAGE
    assert "begin" in said and "end" in said and "…" in said
    if part != "what":
        assert "is wrong" in said


def test_what_fits_is_left_whole():
    assert shortened("x" * SIDE, SIDE) == "x" * SIDE
    assert shortened("x" * (SIDE + 1), SIDE) == "x" * (SIDE // 2) + "…" + "x" * (SIDE // 2 - 1)
    assert "x" * PLACE in str(UserError("is wrong", where="x" * PLACE))


@pytest.mark.parametrize(
    ("odd", "shown"),
    [
        ("a\nb\r\n\tc\u2028d", "a b c d"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31m\x00\x7f", "\\x9b31m\\x00\\x7f"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("f\udcc3\udcbcr", "für"),
        ("f\udcffr\udc80", "f\\xffr\\x80"),
        ("\ud83d", "\\ud83d"),
        ("日本 η → ü", "日本 η → ü"),
    ],
)
def test_what_would_do_something_is_written_out(odd, shown):
    for error in (UserError(odd), UserError("", where=odd)):
        assert str(error).removesuffix(":") == shown
    assert str(UserError("is wrong", found=odd)) == f"is wrong (found {shown})"


@given(ANYTHING)
def test_whatever_is_in_it(text):
    error = str(UserError(text, where=text, expected=text, found=text))
    assert error.isprintable() and len(error) <= MESSAGE
    assert error.encode().decode() == error
    assert one_line(one_line(text)) == one_line(text)
    assert readable(text).encode().decode() == readable(text)
    assert quoted(text).isprintable()
