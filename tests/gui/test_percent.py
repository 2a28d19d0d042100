"""Shares in writing: rounded, and never all or nothing when they are not."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.percent import figures, percent


@pytest.mark.parametrize(
    ("share", "decimals", "expected"),
    [
        (0.99777, 1, "99.8"),
        (0.9996, 1, ">99.9"),
        (0.996, 0, ">99"),
        (0.996, 1, "99.6"),
        (1, 0, "100"),
        (1.0, 1, "100.0"),
        (0.0, 1, "0.0"),
        (0.0004, 1, "<0.1"),
        (0.004, 0, "<1"),
        (0.006, 0, "1"),
        (float("nan"), 1, "–"),
    ],
)
def test_examples(share, decimals, expected):
    assert figures(share, decimals) == expected
    assert percent(share, decimals) == f"{expected} %"


@given(st.floats(0, 1), st.integers(0, 3))
def test_what_is_written_is_true(share, decimals):
    text = figures(share, decimals)
    exact = Decimal(100 * share)
    if text[0] == ">":
        assert Decimal(text[1:]) < exact and share < 1
    elif text[0] == "<":
        assert 0 < exact < Decimal(text[1:])
    else:
        assert Decimal(text) == exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
        assert (Decimal(text) == 100) == (share == 1)
        assert (Decimal(text) == 0) == (share == 0)
