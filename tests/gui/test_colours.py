"""The colours of meanings are apart, for every eye, and readable."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from visualizer.style.legend import LEGEND
from visualizer.style.theme import DARK, LAYERS, LIGHT, Palette, layer_colour, sequential

MEANINGS = ("negative", "positive", "active", "train", "validation", "change", "pin", "good", "bad")
"""Colours that say what something is; of these no two may be taken for each other."""

EYES = {
    "usual": np.eye(3),
    # Machado, Oliveira and Fernandes (2009), table 1, severity 1.0, for linear RGB.
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}

PALETTES = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])


def linear(colour: str) -> np.ndarray:
    """IEC 61966-2-1: linear light of an sRGB colour."""
    srgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eye: str = "usual") -> np.ndarray:
    """CIE 1976 L*a*b* of a colour as an eye sees it, for the white of D65."""
    seen = np.clip(np.array(EYES[eye]) @ linear(colour), 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.array(to_xyz) @ seen / [0.9505, 1.0, 1.089]
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(one: str, other: str, eye: str = "usual") -> float:
    """How far two colours are from each other: about 2 is just noticed, 20 is another colour."""
    return float(np.linalg.norm(lab(one, eye) - lab(other, eye)))


def contrast(one: str, other: str) -> float:
    """WCAG 2: how much lighter one is than the other."""
    light = sorted(float(np.dot([0.2126, 0.7152, 0.0722], linear(c))) for c in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


@PALETTES
def test_no_two_meanings_share_a_colour(palette: Palette):
    colours = {name: getattr(palette, name) for name in (*MEANINGS, "accent")}
    colours |= {f"layer {k}": colour for k, colour in enumerate(LAYERS[palette.name])}
    for (one, first), (other, second) in combinations(colours.items(), 2):
        # Bright blue is a ring or a line and never fills; layers differ from each other below.
        layers = one.startswith("layer") and other.startswith("layer")
        if layers or {one, other} == {"accent", "positive"}:
            continue
        assert apart(first, second) >= 18, (one, other)


@PALETTES
@pytest.mark.parametrize("eye", EYES)
def test_what_stands_side_by_side_is_told_apart_by_every_eye(palette: Palette, eye: str):
    for one, other in (("negative", "positive"), ("train", "validation"), ("active", "panel")):
        assert apart(getattr(palette, one), getattr(palette, other), eye) >= 18, (one, other)


@PALETTES
@pytest.mark.parametrize("eye", EYES)
def test_layers_go_from_one_end_to_the_other(palette: Palette, eye: str):
    all_of_them = len(LAYERS[palette.name])
    for layers in range(2, all_of_them + 1):
        colours = [layer_colour(layer, layers, palette) for layer in range(layers)]
        lightness = [lab(colour, eye)[0] for colour in colours]
        # The fewer there are, the further they are from each other.
        least = 6 * (all_of_them - 1) / (layers - 1) if layers < 4 else 6
        assert all(before - after >= least for before, after in pairwise(lightness)), layers


@PALETTES
def test_lines_and_words_in_these_colours_can_be_seen(palette: Palette):
    for name in ("train", "validation", "change", "pin", "good", "bad", "below", "above"):
        assert contrast(getattr(palette, name), palette.panel) >= 3, name
    for colour in LAYERS[palette.name]:
        assert contrast(colour, palette.panel) >= 2


@PALETTES
def test_more_is_further_from_nothing(palette: Palette):
    colours = ["#" + bytes(rgb).hex() for rgb in sequential(palette)[::32]]
    away = [apart(colour, palette.field) for colour in colours]
    assert all(after > before for before, after in pairwise(away))
    violet = lab(palette.active)
    assert violet[2] < 0 < violet[1], "neither blue nor orange, in both themes"


@PALETTES
def test_the_legend_names_colours_that_there_are(palette: Palette):
    assert [entry.words for entry in LEGEND] == ["speaks for it", "speaks against it", "active"]
    assert len({getattr(palette, entry.colour) for entry in LEGEND}) == len(LEGEND)
