"""Text of any size: fonts, the style sheet, and lengths that text decides."""

from __future__ import annotations

import re

import pytest

from visualizer.text_size import SIZES, scaled, set_text_size, text_size
from visualizer.theme import DARK, font, style_sheet


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    set_text_size(100)


@pytest.mark.parametrize("percent", SIZES)
def test_fonts_and_lengths_follow(percent):
    set_text_size(percent)
    assert text_size() == percent
    assert font(20).pixelSize() == 20 * percent // 100 == scaled(20)


@pytest.mark.parametrize(("asked", "taken"), [(0, 80), (104, 100), (170, 175), (10**9, 250)])
def test_the_nearest_size_is_taken(asked, taken):
    set_text_size(asked)
    assert text_size() == taken


def test_the_style_sheet_follows_and_lines_stay_lines():
    plain = re.findall(r"([0-9]+)px", style_sheet(DARK))
    set_text_size(200)
    larger = re.findall(r"([0-9]+)px", style_sheet(DARK))
    expected = [int(length) * (1 if int(length) < 3 else 2) for length in plain]
    assert [int(length) for length in larger] == expected
