"""What is drawn of numbers: for every float a colour, a stroke, a scale, and never a long text."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnfs_core.explain import Check
from nnfs_core.explain.differences import MOST_ROUNDING
from visualizer.panels.loss.panel import LogAxis
from visualizer.panels.network import strokes
from visualizer.panels.weights import labels
from visualizer.panels.weights.lenses import LENSES, Scale
from visualizer.style.images import largest, round_up
from visualizer.style.theme import LEVELS, diverging_levels, unit_levels

EVERY = st.floats()
FINITE = st.floats(allow_nan=False, allow_infinity=False)
LONGEST = len("−1.23456×10⁻³⁰⁸")


@given(value=EVERY)
@settings(max_examples=300)
def test_rounding_up_gives_a_number_at_least_as_large(value):
    found = round_up(value)
    assert math.isfinite(found)
    if not value > 0:
        assert found == 0
    elif math.isfinite(value):
        assert found >= value * (1 - 1e-9)
        assert found <= max(1.7 * value, 1e-307)


@given(values=st.lists(EVERY, max_size=6), scale=EVERY)
@settings(max_examples=300)
def test_colours_of_any_number_on_any_scale(values, scale):
    numbers, half = np.array(values), LEVELS // 2
    expected = []
    for value in values:
        share = Decimal(0)
        if math.isinf(value):
            share = Decimal(math.copysign(1, value))
        elif 0 < scale < math.inf and not math.isnan(value):
            share = max(Decimal(-1), min(Decimal(1), Decimal(value) / Decimal(scale)))
        expected.append(float(share) if scale > 0 else 0.0)
    for found, wanted in (
        (diverging_levels(numbers, scale) - float(half), np.array(expected) * half),
        (unit_levels(numbers, scale).astype(float), np.maximum(expected, 0) * (LEVELS - 1)),
    ):
        assert (np.abs(found - wanted) <= 0.501).all() or math.isinf(scale)


@given(values=st.lists(st.floats(width=32), max_size=6), scale=st.floats(0, exclude_min=True))
@settings(max_examples=300)
def test_strokes_have_a_strength_of_their_own_sign(values, scale):
    flow = np.array(values, np.float32).astype(float)
    bins = strokes._bins(flow, scale)
    assert ((bins >= -strokes.BINS) & (bins < strokes.BINS)).all()
    assert ((bins < 0) == (flow < 0)).all()
    assert (bins[np.isnan(flow)] == 0).all()


@given(value=EVERY)
def test_what_a_lens_says_of_a_number(value):
    assert largest(np.array([value, 1.0])) == (max(1, abs(value)) if math.isfinite(value) else 1)
    for lens in LENSES.values():
        for roomy in (True, False):
            ends = labels.scale_texts(lens, Scale(-abs(value), abs(value)), roomy=roomy)
            assert all(len(text) <= 2 * LONGEST for text in ends)
        levels = lens.levels(
            np.array([value]), Scale(-6.0, 0.0) if not lens.signed else Scale(-1, 1)
        )
        assert levels.dtype == np.uint8


@given(st.lists(st.floats(-320, 309), max_size=5))
def test_ticks_of_any_loss(values):
    texts = LogAxis.tickStrings(None, values, 1, 1)
    assert len(texts) == len(values) and all(len(text) <= LONGEST for text in texts)


@given(analytic=EVERY, numeric=EVERY, rounding=st.floats(0, exclude_min=True))
@settings(max_examples=300)
def test_a_central_difference_has_an_error_or_a_reason(analytic, numeric, rounding):
    found = Check(analytic, numeric, 1e-5, "none", rounding)
    error = found.relative_error
    assert (error is None) == (found.trouble != "none")
    if error is not None:
        assert 0 <= error <= 2
        size = max(abs(analytic), abs(numeric))
        assert size == 0 or rounding <= MOST_ROUNDING * size
