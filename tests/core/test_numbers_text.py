"""How numbers are written: what is read back is what was written, in little room, never too sure.

What a text says is read by a reader of its own, in exact decimal numbers.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnfs_core.text import numbers as text

LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
SIZES = [10.0**power * first for power in range(-320, 308, 7) for first in (1, 2.5, 9.9996)]
FLOATS = st.one_of(
    st.floats(),
    st.floats(width=32),
    st.sampled_from([sign * size for size in SIZES for sign in (1, -1)]),
    st.floats(-4.9, 4.9).map(lambda power: 10.0**power),
)
"""Any number, of float64 and of float32; of every magnitude; and many that are usual."""

WRITERS = {
    "number": (text.number, 3, 12),
    "signed": (lambda value: text.number(value, signed=True), 3, 12),
    "two figures": (lambda value: text.number(value, 2), 2, 11),
    "all of float32": (lambda value: text.number(value, 7), 6, 15),
    "brief": (text.brief, 3, 12),
    "three figures": (lambda value: text.brief(value, 3), 2, 11),
    "one figure": (lambda value: text.brief(value, 1), 1, 9),
    "setting": (text.setting, 6, 15),
    "plain": (text.plain, 3, 12),
    "fitted": (text.fitted, 1, 10),
    "loss": (text.loss_text, 1, 10),
    "padded": (text.padded, 1, 10),
    "the end of a scale": (text.amount, 2, 12),
    "beside a unit": (text.short, 1, 11),
}
"""Each with the figures it has at least, and its characters at most."""


def parsed(written: str) -> tuple[Decimal, Decimal]:
    """Return the number that a text says, and what its last figure counts."""
    plainly = written.strip("\u2007").lstrip("+").replace(",", "")
    found = re.fullmatch(r"(−?)(\d+)(?:\.(\d+))?(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?", plainly)
    assert found, written
    sign, whole, part, power = found.groups()
    exponent = int(power.translate(LOWERED)) if power else 0
    unit = Decimal(1).scaleb(exponent - len(part or ""))
    value = Decimal(whole + (part or "")) * unit
    return -value if sign else value, unit


def figures_in(written: str) -> int:
    mantissa = re.sub(r"[^\d.]", "", written.partition("×")[0])
    return len(mantissa.replace(".", "").lstrip("0"))


@pytest.mark.parametrize("writer", WRITERS)
@given(value=FLOATS)
@settings(max_examples=150)
def test_what_is_written_is_read_back(writer, value):
    write, figures, longest = WRITERS[writer]
    written = write(value)
    if math.isnan(value):
        assert written in ("not a number", "–")
        return
    if math.isinf(value):
        assert written.strip("\u2007").lstrip("+") == ("∞" if value > 0 else "−∞")
        return
    read, unit = parsed(written)
    assert abs(read - Decimal(value)) <= unit / 2
    assert (read == 0) == (value == 0) and (read < 0) == (value < 0)
    assert len(written) <= longest
    assert abs(read - Decimal(value)) <= abs(Decimal(value)) * Decimal(10) ** (1 - figures) / 2
    assert "-" not in written and "e" not in written


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("power", range(-45, 38, 3))
def test_numbers_of_numpy_are_written_as_pythons(kind, power):
    value = kind(-1.2345 * 10.0**power)
    assert text.number(value) == text.number(float(value))
    assert text.brief(np.array(value)) == text.brief(float(value))


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_zeros_at_the_end_are_all_that_brief_leaves_out(value):
    whole, brief = text.number(value), text.brief(value)
    assert parsed(whole)[0] == parsed(brief)[0]
    mantissa = brief.partition("×")[0]
    assert "." not in mantissa or mantissa[-1] not in "0."


@pytest.mark.parametrize(
    ("value", "number", "brief"),
    [
        (0.0, "0", "0"),
        (-0.0, "0", "0"),
        (0.0734, "0.07340", "0.0734"),
        (2.302585, "2.303", "2.303"),
        (2.4e-5, "2.40×10⁻⁵", "2.4×10⁻⁵"),
        (-1.05e-9, "−1.05×10⁻⁹", "−1.05×10⁻⁹"),
        (1.7e22, "1.70×10²²", "1.7×10²²"),
        (12345.6, "12346", "12346"),
        (99999.7, "1.00×10⁵", "1×10⁵"),
        (9.99996e-5, "0.0001000", "0.0001"),
        (5e-324, "4.94×10⁻³²⁴", "4.94×10⁻³²⁴"),
        (float("-inf"), "−∞", "−∞"),
        (float("nan"), "not a number", "not a number"),
    ],
)
def test_examples(value, number, brief):
    assert (text.number(value), text.brief(value)) == (number, brief)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.5, "0.5"),
        (0.001, "0.001"),
        (1e-8, "1×10⁻⁸"),
        (1.2345e-5, "1.2345×10⁻⁵"),
        (1 - 0.999, "0.001"),
        (30, "30"),
    ],
)
def test_settings_are_written_as_they_were_typed(value, written):
    assert text.setting(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (0.0, "0"),
        (-0.0, "0"),
        (0.5, "0.50"),
        (-0.5, "−0.50"),
        (0.004, "0.004"),
        (-0.0049, "−0.005"),
        (4e-7, "4×10⁻⁷"),
        (1234.5678, "1234.57"),
        (2.1e5, "2.1×10⁵"),
    ],
)
def test_beside_a_unit(value, written):
    assert text.short(value) == written


@given(st.floats(-9, 22).map(lambda power: 10.0**power), st.integers(10, 14))
def test_a_loss_has_one_width_from_the_largest_to_the_smallest(loss, room):
    assert len(text.padded(loss)) == text.ROOM
    assert len(text.padded(loss, room, " ")) == room
    assert text.padded(loss).strip("\u2007") == text.loss_text(loss)


@given(st.floats(min_value=0, allow_infinity=False))
def test_a_loss_has_three_figures_and_more_where_the_exponent_leaves_room(loss):
    written = text.loss_text(loss)
    few = 1 if loss == 0 else 2 if loss < 1e-99 else 3 if "×" in written else 4
    assert figures_in(written) >= few - (loss == 0)


def test_a_loss_that_was_not_computed():
    assert text.loss_text(math.nan) == "–"


@given(mantissa=st.sampled_from([1, 2, 5]), exponent=st.integers(-330, 320))
def test_ticks(mantissa, exponent):
    written = text.tick_text(mantissa, exponent)
    power = re.fullmatch("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", written)
    read, _ = parsed(f"1×{written}" if power else written)
    assert read == Decimal(mantissa).scaleb(exponent)
    assert len(written) <= 8


@pytest.mark.parametrize(
    ("mantissa", "exponent", "written"),
    [
        (1, 0, "1"),
        (2, -1, "0.2"),
        (5, -4, "0.0005"),
        (5, -5, "5×10⁻⁵"),
        (1, 3, "1000"),
        (1, 27, "10²⁷"),
        (1, 309, "10³⁰⁹"),
    ],
)
def test_examples_of_ticks(mantissa, exponent, written):
    assert text.tick_text(mantissa, exponent) == written


# Shares


@pytest.mark.parametrize(
    ("share", "decimals", "written"),
    [
        (0.99777, 1, "99.8"),
        (0.99994, 1, ">99.9"),
        (0.9996, 1, ">99.9"),
        (0.996, 0, ">99"),
        (0.996, 1, "99.6"),
        (1 - 1e-9, 2, ">99.99"),
        (1, 0, "100"),
        (1.0, 1, "100.0"),
        (0.0, 1, "0.0"),
        (-0.0, 1, "0.0"),
        (0.0004, 1, "<0.1"),
        (0.004, 0, "<1"),
        (0.006, 0, "1"),
        (5e-324, 2, "<0.01"),
    ],
)
def test_examples_of_shares(share, decimals, written):
    assert text.figures_of(share, decimals) == written
    assert text.percent(share, decimals) == f"{written} %"


def test_no_share_is_a_dash():
    assert text.figures_of(math.nan) == text.percent(math.nan) == "–"


@given(
    st.one_of(
        st.floats(0, 1),
        st.floats(0, 1, width=32),
        st.floats(-16, 0).map(lambda power: 1 - 10.0**power),
        st.floats(-320, 0).map(lambda power: 10.0**power),
    ),
    st.integers(0, 3),
)
def test_what_is_said_of_a_share_is_true(share, decimals):
    written = text.figures_of(share, decimals)
    exact = Decimal(100 * share)
    assert len(written) <= len(">99.") + decimals
    if written[0] == ">":
        assert Decimal(written[1:]) < 100 * Decimal(share) and share < 1
    elif written[0] == "<":
        assert 0 < exact < Decimal(written[1:])
    else:
        assert Decimal(written) == exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
        assert (Decimal(written) == 100) == (share == 1)
        assert (Decimal(written) == 0) == (share == 0)


@given(share=st.floats(), decimals=st.integers(0, 3))
def test_what_is_no_share_can_be_read_all_the_same(share, decimals):
    written = text.figures_of(share, decimals)
    assert len(written) <= 12 and "nan" not in written and "inf" not in written
    assert "-" not in written


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_probability_that_was_rounded_to_1_is_not_all(kind):
    p = np.array([1 - 1e-9, 1e-9, 0], kind)
    assert text.chance(p, 0) == ">99.9 %" and text.chance_figures(p, 0, 2) == ">99.99"
    assert text.chance(p, 1) == "<0.1 %" and text.chance(p, 2) == "0.0 %"
    assert text.chance(np.array([1, 0], kind), 0) == "100.0 %"
    assert text.chance([0.25, 0.75], 1) == "75.0 %"
    assert text.chance([math.nan, math.nan], 1) == "–"


# Probabilities in formulas


@pytest.mark.parametrize(
    ("p", "written", "as_factor"),
    [
        ([0.25, 0.75], "0.2500", "0.2500"),
        ([1 - 1.05e-9, 1.05e-9], "1 − 1.05×10⁻⁹", "(1 − 1.05×10⁻⁹)"),
        ([0.9996, 4e-4], "1 − 0.0004000", "(1 − 0.0004000)"),
        ([0.9994, 6e-4], "0.9994", "0.9994"),
        ([1.0, 0.0], "1.000", "1.000"),
    ],
)
def test_a_probability_that_is_nearly_1(p, written, as_factor):
    for kind in (np.float32, np.float64):
        found = text.probability(np.array(p, kind), 0)
        assert found.replace("\u00a0", " ") == written
        assert text.probability(np.array(p, kind), 0, factor=True) == (
            f"({found})" if as_factor[0] == "(" else found
        )


@given(values=st.lists(st.floats(), min_size=1, max_size=5), data=st.data())
def test_what_is_missing_to_one(values, data):
    with np.errstate(all="ignore"):
        found = text.missing_to_one(values, data.draw(st.integers(0, len(values) - 1)))
    assert found is None or 0 < found < 5e-4


# Speeds and scales


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        (None, "full speed"),
        (1, "1 epoch/s"),
        (60, "60 epochs/s"),
        (1000, "1,000 epochs/s"),
        (0.5, "0.5 epochs/s"),
    ],
)
def test_speeds(rate, written):
    assert text.speed_text(rate) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "more than 1,000,000 epochs/s"),
        (0.0005, "2,000 epochs/s"),
        (0.03, "33 epochs/s"),
        (0.25, "0.25 s/epoch"),
        (61.234, "61.2 s/epoch"),
    ],
)
def test_how_fast_epochs_follow_each_other(seconds, written):
    assert text.pace_text(seconds) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(1500.0, "1,500"), (0.7, "0.7"), (0.0, "0"), (2e12, "2×10¹²"), (math.inf, "∞")],
)
def test_ends_of_scales(value, written):
    assert text.amount(value) == written
