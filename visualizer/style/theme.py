"""Palettes, colormaps and fonts: the only place where a colour is named.

One colour language everywhere, and in both themes the same:

- orange is negative, blue is positive, and zero is the panel's own colour, so that what is strong
  stands out and what is nothing recedes (:attr:`Palette.negative`, :attr:`Palette.positive`);
- violet is how much: how active a unit is, how probable a class. Of an activation that has a sign,
  as those of tanh do, violet is its size and the number beside it says the sign
  (:attr:`Palette.active`);
- teal is the training part, pink validation (:attr:`Palette.train`,
  :attr:`Palette.validation`);
- sand, from light to dark, are the layers from the input to the output (:func:`layer_colour`);
- gold is a change that a person made, and the pinned epoch is cyan (:attr:`Palette.change`,
  :attr:`Palette.pin`);
- green is right, red is wrong or broken (:attr:`Palette.good`, :attr:`Palette.bad`);
- bright blue as a line or a ring is what is chosen or in focus (:attr:`Palette.accent`).

A test keeps them apart, also under simulated colour blindness.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont, QGuiApplication

from visualizer.style.text_size import factor, scaled

LEVELS = 255
"""Colours of a colormap; odd, so that zero has one of its own in the middle."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour of a theme, as ``#rrggbb``.

    ``below`` and ``above`` are the colours of negative and positive numbers that are written:
    ``negative`` and ``positive``, as dark as text on the theme's panel has to be.
    """

    name: str
    background: str
    panel: str
    field: str
    hover: str
    line: str
    text: str
    dim: str
    accent: str
    on_accent: str
    negative: str
    positive: str
    below: str
    above: str
    train: str
    validation: str
    active: str
    change: str
    pin: str
    good: str
    bad: str


DARK = Palette(
    name="dark",
    background="#14161b",
    panel="#1b1e25",
    field="#252a33",
    hover="#2e3440",
    line="#2b303a",
    text="#e3e6eb",
    dim="#8d95a3",
    accent="#4aa3ff",
    on_accent="#0d1117",
    negative="#f59322",
    positive="#3c96f0",
    below="#f59322",
    above="#3c96f0",
    train="#62e2b4",
    validation="#e765a6",
    active="#d8c8ff",
    change="#ffd35a",
    pin="#5fe3f0",
    good="#3fbf6b",
    bad="#ff6b5e",
)
LIGHT = Palette(
    name="light",
    background="#eceef1",
    panel="#ffffff",
    field="#eef0f3",
    hover="#e2e6eb",
    line="#d9dde3",
    text="#1c2128",
    dim="#68717f",
    accent="#0b6bcb",
    on_accent="#ffffff",
    negative="#f59322",
    positive="#3c96f0",
    below="#b85c00",
    above="#0b6bcb",
    train="#0a6a53",
    validation="#cf4a97",
    active="#6a3fd0",
    change="#9a7400",
    pin="#0090a8",
    good="#1f8a48",
    bad="#c62f21",
)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT)}

LAYERS = {
    "dark": ("#fff3d6", "#ecdab0", "#d5bf8d", "#bda56e", "#a58b54", "#8d733f"),
    "light": ("#c4a76a", "#ab8d50", "#90743a", "#765c29", "#5c451a", "#412f0d"),
}
"""Colours of layers, those near the input first: one hue from light to dark, since layers have an
order. Where there are more, every second and third line is broken (:func:`layer_colour`)."""


def layer_colour(layer: int, layers: int, palette: Palette) -> str:
    """Return the colour of a layer's curves.

    A few layers have colours as far apart as there are, so that two cannot be taken for each
    other; beyond the last colour they begin again.

    Parameters
    ----------
    layer : int
    layers : int
        How many there are.
    palette : Palette
    """
    colours = LAYERS[palette.name]
    if 1 < layers <= len(colours):
        layer = round(layer * (len(colours) - 1) / (layers - 1))
    return colours[layer % len(colours)]


def system_palette() -> Palette:
    """Return the palette that follows the desktop's own light or dark setting."""
    hints = QGuiApplication.styleHints()
    light = hints is not None and hints.colorScheme() == Qt.ColorScheme.Light
    return LIGHT if light else DARK


def _rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], float)


def _table(*stops: str) -> NDArray[np.uint8]:
    at = np.linspace(0, len(stops) - 1, LEVELS)
    channels = np.stack([_rgb(stop) for stop in stops])
    steps = np.arange(len(stops))
    mixed = np.stack([np.interp(at, steps, channels[:, k]) for k in range(3)], axis=1)
    return np.round(mixed).astype(np.uint8)


@cache
def diverging(palette: Palette) -> NDArray[np.uint8]:
    """Colours of signed values from −scale to +scale, shape (LEVELS, 3); zero in the middle."""
    return _table(palette.negative, palette.panel, palette.positive)


@cache
def sequential(palette: Palette) -> NDArray[np.uint8]:
    """Colours of values from nothing to full, shape (LEVELS, 3): activations."""
    return _table(palette.field, palette.active)


@cache
def quiet(palette: Palette) -> NDArray[np.uint8]:
    """Colours from nothing to full, shape (LEVELS, 3), of what is not to draw the eye."""
    full = np.round(0.6 * _rgb(palette.panel) + 0.4 * _rgb(palette.dim)).astype(int)
    return _table(palette.panel, "#" + "".join(f"{channel:02x}" for channel in full))


@cache
def mistaken(palette: Palette) -> NDArray[np.uint8]:
    """Colours of how often something is wrong, from nothing to full, shape (LEVELS, 3)."""
    return _table(palette.field, palette.bad)


@cache
def dense(palette: Palette) -> NDArray[np.uint8]:
    """Colours of how many numbers lie somewhere, from none to many, shape (LEVELS, 3)."""
    return _table(palette.field, palette.text)


@cache
def grey() -> NDArray[np.uint8]:
    """Colours of pictures, 0…1 as black…white, shape (LEVELS, 3), in every theme."""
    return _table("#000000", "#ffffff")


@cache
def colour_table(kind: str, palette: Palette) -> list[int]:
    """Return a colormap (``diverging``, ``sequential``, ``grey``) as an image's colour table."""
    colours = {
        "diverging": diverging(palette),
        "sequential": sequential(palette),
        "dense": dense(palette),
        "grey": grey(),
    }
    return [QColor(*map(int, rgb)).rgb() for rgb in colours[kind]]


ORDINARY = (1e-30, 1e30)
"""Scales with which float32 does: neither they nor their inverses are near its limits."""


def diverging_levels(values: NDArray, scale: float) -> NDArray[np.uint8]:
    """Turn signed values into indices of :func:`diverging`; beyond ±scale the ends.

    What is not a number has the colour of zero.
    """
    half = LEVELS // 2
    levels = _shares(values, scale, -1, half)
    np.rint(levels, out=levels)
    levels += half
    return levels.astype(np.uint8)


def unit_levels(values: NDArray, scale: float = 1.0) -> NDArray[np.uint8]:
    """Turn values from 0 to ``scale`` into indices of :func:`sequential` or :func:`grey`.

    Beyond the scale are its ends. What is not a number has the colour of zero.
    """
    return np.rint(_shares(values, scale, 0, 1) * (LEVELS - 1)).astype(np.uint8)


def _shares(values: NDArray, scale: float, lowest: int, full: int) -> NDArray[np.float32]:
    """Return values as multiples of ``scale / full``, from ``lowest`` scales to one.

    Weights may be as large, or as small, as float64 allows, and a scale too.
    """
    values = np.asarray(values)
    if not scale > 0:
        return np.zeros(values.shape, np.float32)
    if ORDINARY[0] < scale < ORDINARY[1]:
        # First what is beyond the scale, so that no product is too large for float32.
        shares = np.clip(values, lowest * scale, scale)
        shares = np.multiply(shares, full / scale, dtype=np.float32)
    else:
        scale = min(scale, float(np.finfo(np.float64).max))
        shares = np.clip(values.astype(np.float64), lowest * scale, scale) / scale
        shares = (shares * full).astype(np.float32)
    if np.isnan(shares.max(initial=0.0)):
        shares[np.isnan(shares)] = 0
    return shares


def readable_on(fill: Sequence[int]) -> str:
    """Return black or white, whichever can be read better on a colour of red, green and blue."""
    red, green, blue = fill
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "DejaVu Sans"]


def font(pixels: float = 13, *, bold: bool = False) -> QFont:
    """Return the interface font, with figures of one width.

    It is shared: copy it before changing it.

    Parameters
    ----------
    pixels : float
        Its size in logical pixels with text at 100 %.
    bold : bool
    """
    return _font(max(1, scaled(pixels)), bold)


def plain_font(pixels: float = 13, *, bold: bool = False) -> QFont:
    """Return the interface font as it is with text at 100 %, for what is painted scaled.

    It is shared: copy it before changing it.
    """
    return _font(max(1, round(pixels)), bold)


@cache
def _font(pixels: int, bold: bool) -> QFont:
    result = QFont(FAMILIES)
    result.setPixelSize(pixels)
    result.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def style_sheet(palette: Palette) -> str:
    """Return the window's style sheet. Everything sits on a 4-pixel grid with text at 100 %."""
    colours = {name: getattr(palette, name) for name in Palette.__slots__}
    red, green, blue = _rgb(palette.background).astype(int).tolist()
    sheet = _STYLE.format(**colours, veil=f"rgba({red}, {green}, {blue}, 140)")
    # Lines stay lines; what text stands in grows with it.
    return re.sub(r"(radius: )?\b([0-9]{2,}|[3-9])px", _scaled_length, sheet)


def _scaled_length(found: re.Match[str]) -> str:
    """Return a length of the style sheet at the size of text of now."""
    corner, pixels = found[1] or "", int(found[2])
    # A corner must not be rounder than half of what it belongs to, or Qt leaves it sharp.
    return f"{corner}{int(pixels * factor()) if corner else scaled(pixels)}px"


_STYLE = """
* {{ color: {text}; font-size: 13px; }}
QMainWindow, QDialog, #FrameView {{ background: {background}; }}
QMainWindow::separator {{ background: {background}; width: 8px; height: 8px; }}
QMainWindow::separator:hover {{ background: {line}; }}
QLabel {{ background: transparent; }}
#Veil {{ background: {veil}; }}
#Cover {{ background: {panel}; color: {bad}; padding: 4px 12px; }}
#Cover[calm="true"] {{ color: {dim}; }}
#StageBar {{ background: {field}; border: none; border-radius: 6px; }}
#StageBar QLabel[role="caption"] {{ font-size: 13px; }}
QLabel[role="readout"] {{
    background: {panel}; border: 1px solid {line}; border-radius: 4px; padding: 3px 6px;
    font-size: 12px;
}}
QLabel[role="dim"] {{ color: {dim}; font-size: 12px; }}
QLabel[changed="true"] {{ color: {accent}; font-weight: 600; }}
QLabel[role="title"] {{ font-weight: 600; }}
QLabel[role="number"] {{ font-size: 18px; font-weight: 600; }}
QLabel[role="error"] {{ color: {bad}; font-size: 12px; }}
#Bar, #Header, #Body {{ background: {panel}; border: 1px solid {line}; }}
#Bar {{ border-radius: 6px; }}
#Header {{ border-bottom: none; border-top-left-radius: 6px; border-top-right-radius: 6px; }}
#Body {{ border-top: none; border-bottom-left-radius: 6px; border-bottom-right-radius: 6px; }}
QPushButton, QToolButton {{
    background: {field}; border: 1px solid {line}; border-radius: 6px;
    padding: 0 12px; min-height: 30px; qproperty-iconSize: 16px 16px;
}}
QToolButton {{ padding: 0 8px; min-width: 18px; }}
QPushButton[card="true"] {{ background: {panel}; padding: 0; }}
QPushButton:hover, QToolButton:hover, QPushButton[card="true"]:hover {{ background: {hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {line}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {dim}; background: {panel}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QSpinBox:focus,
QDoubleSpinBox:focus {{ border: 1px solid {accent}; }}
QPushButton[primary="true"] {{
    background: {accent}; border: 1px solid {accent}; color: {on_accent}; font-weight: 600;
}}
QPushButton[primary="true"]:focus {{ border: 1px solid {text}; }}
QPushButton[primary="true"]:disabled {{ background: {field}; border-color: {line}; color: {dim}; }}
QPushButton:checked, QToolButton:checked {{ border: 1px solid {bad}; color: {bad}; }}
QTabBar {{ background: transparent; qproperty-drawBase: 0; }}
QTabBar::tab {{
    background: transparent; border: none; border-bottom: 2px solid transparent;
    color: {dim}; padding: 3px 10px 4px 10px; margin: 0 2px 2px 0;
}}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:selected {{ color: {text}; font-weight: 600; border-bottom: 2px solid {accent}; }}
QTabBar::tab:focus {{ color: {accent}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[flat="true"] {{
    background: transparent; border: 1px solid transparent; border-radius: 4px;
    padding: 0 2px; min-height: 20px; min-width: 16px; color: {dim};
}}
QToolButton[flat="true"]:hover {{ background: {hover}; color: {text}; }}
QToolButton[flat="true"]:focus {{ border: 1px solid {accent}; }}
QToolButton[flat="true"]:checked {{ background: {hover}; border: 1px solid {accent}; }}
QComboBox, QLineEdit, QSpinBox, QDoubleSpinBox {{
    background: {field}; border: 1px solid {line}; border-radius: 5px;
    padding: 0 8px; min-height: 24px; selection-background-color: {accent};
    selection-color: {on_accent};
}}
QComboBox:hover, QLineEdit:hover {{ background: {hover}; }}
QLineEdit[wrong="true"], QComboBox[wrong="true"] {{ border: 1px solid {bad}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox[flat="true"] {{
    background: transparent; border: 1px solid transparent; color: {dim}; min-height: 20px;
    padding: 0 2px;
}}
QComboBox[flat="true"]:hover {{ background: {hover}; color: {text}; }}
QComboBox[flat="true"]:focus {{ border: 1px solid {accent}; }}
QAbstractItemView {{
    background: {panel}; border: 1px solid {line}; outline: none;
    selection-background-color: {hover}; selection-color: {text};
}}
#TopRow {{ background: {background}; }}
QMenuBar {{ background: transparent; border: none; }}
QMenuBar::item {{ background: transparent; padding: 4px 10px; border-radius: 4px; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {hover}; }}
QToolButton[workspace="true"] {{
    background: transparent; border: none; border-bottom: 2px solid transparent; border-radius: 0;
    padding: 0 12px; min-height: 26px; color: {dim};
}}
QToolButton[workspace="true"]:hover {{ color: {text}; }}
QToolButton[workspace="true"]:focus {{ color: {accent}; }}
QToolButton[workspace="true"]:checked {{
    border: none; border-bottom: 2px solid {accent}; color: {text}; font-weight: 600;
}}
QMenu {{ background: {panel}; border: 1px solid {line}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {dim}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QToolTip {{
    background: {panel}; color: {text}; border: 1px solid {line}; padding: 4px; font-size: 12px;
}}
QSlider {{ background: transparent; min-height: 20px; }}
QSlider::groove:horizontal {{ height: 4px; background: {line}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {text};
}}
QSlider::handle:horizontal:focus {{ background: {accent}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {line}; border-radius: 4px; min-height: 24px; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {line}; border-radius: 4px; min-width: 24px; }}
QScrollBar::handle:vertical:hover, QScrollBar::handle:horizontal:hover {{ background: {dim}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: transparent; height: 0;
}}
QProgressBar {{
    background: {line}; border: none; border-radius: 2px; max-height: 4px; min-height: 4px;
}}
QProgressBar::chunk {{ background: {accent}; border-radius: 2px; }}
QCheckBox {{ spacing: 8px; }}
QCheckBox:disabled {{ color: {dim}; }}
QCheckBox::indicator {{
    width: 14px; height: 14px; border: 1px solid {dim}; border-radius: 3px; background: {field};
}}
QCheckBox::indicator:checked {{ background: {accent}; border: 1px solid {accent}; }}
QCheckBox::indicator:disabled {{ border: 1px solid {line}; background: {panel}; }}
QCheckBox:focus {{ color: {accent}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
"""
