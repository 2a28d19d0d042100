"""Formulas with their numbers, typeset as rich text: signs, powers, fractions, tables, links.

Numbers have a true minus sign and figures of one width. Below zero they are orange, as everywhere;
above it those of a signed quantity are blue, while activations and probabilities have the colour
of the text. What one can go on to is a link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from nnfs_core.model.places import Place
from nnfs_core.text.numbers import SPACE, number
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette

LONGEST_LINE, BETWEEN = 480, 32
"""Widest a table gets, so that a name and its number are seen together, and what is between
two parts side by side; in logical pixels."""


def address(place: Place) -> str:
    """Return a place as the address of a link."""
    return f"{place.kind}/{place.layer}/{place.unit}/{place.source}"


def place_of(link: str) -> Place:
    """Return the place that a link leads to."""
    kind, layer, unit, source = link.split("/")
    return Place(kind, int(layer), int(unit), int(source))  # type: ignore[arg-type]


class Typesetter:
    """Writes rich text in the colours of a palette.

    Parameters
    ----------
    palette : Palette
    size : int
        Of the letters, in logical pixels; what only accompanies is a little smaller.
    """

    def __init__(self, palette: Palette, size: int = 13) -> None:
        self.palette, self.size = palette, size
        self._width, self._narrowed = 'width="100%"', False

    def fit(self, room: int, columns: int) -> None:
        """Keep what belongs together within reach of the eye, however wide the page is.

        Parameters
        ----------
        room : int
            Width of the page in logical pixels.
        columns : int
            How many parts stand side by side on it.
        """
        self._narrowed = room >= columns * scaled(LONGEST_LINE + BETWEEN)
        self._width = f'width="{scaled(LONGEST_LINE) if self._narrowed else "100%"}"'

    def signed(self, value: float, digits: int = 4) -> str:
        """Write a signed quantity in its colour."""
        return self._coloured(number(value, digits, signed=True), value)

    def strong(self, value: float, digits: int = 4, *, signed: bool = False) -> str:
        """Write a result."""
        text = f"<b>{number(value, digits, signed=signed)}</b>"
        return self._coloured(text, value) if signed or value < 0 else text

    def link(self, place: Place, inner: str, tooltip: str, colour: str = "") -> str:
        """Make rich text lead to a place, in the colour of the text unless another is given."""
        return (
            f'<a href="{address(place)}" title="{escape(tooltip)}" '
            f'style="color:{colour or self.palette.text}">{inner}</a>'
        )

    def value(
        self, place: Place, value: float, tooltip: str, digits: int = 4, *, signed: bool = True
    ) -> str:
        """Write a number that leads to its place."""
        text = number(value, digits, signed=signed)
        colour = self._colour(value) if signed or value < 0 else self.palette.text
        return self.link(place, text, tooltip, colour)

    def dim(self, inner: str) -> str:
        """Write what only accompanies."""
        return f'<span style="color:{self.palette.dim}">{inner}</span>'

    def heading(self, text: str, note: str = "", *, lit: bool = False) -> str:
        """Write the heading of a section."""
        colour = self.palette.accent if lit else self.palette.dim
        beside = f" {self.dim(f'· {note}')}" if note else ""
        return (
            f'<p style="margin:10px 0 2px 0; font-size:{self.size - 1}px">'
            f'<span style="color:{colour}">{escape(text)}</span>{beside}</p>'
        )

    def line(self, inner: str) -> str:
        """Write a line of its own."""
        return f'<p style="margin:2px 0; font-size:{self.size}px">{inner}</p>'

    def note(self, inner: str) -> str:
        """Write a dim sentence."""
        style = f"margin:3px 0; color:{self.palette.dim}; font-size:{self.size - 1}px"
        return f'<p style="{style}">{inner}</p>'

    def fraction(self, above: str, below: str) -> str:
        """Set one thing over another, for :meth:`formula`."""
        size = f"font-size:{self.size}px"
        line = f"border-bottom:1px solid {self.palette.dim}"
        return (
            '<table cellspacing="0" cellpadding="1">'
            f'<tr><td align="center" style="{size}; {line}">{SPACE}{above}{SPACE}</td></tr>'
            f'<tr><td align="center" style="{size}">{SPACE}{below}{SPACE}</td></tr></table>'
        )

    def formula(self, *parts: str) -> str:
        """Set texts and fractions side by side."""
        style = f"vertical-align:middle; font-size:{self.size}px"
        cells = "".join(f'<td style="{style}">{part}</td>' for part in parts)
        return f'<table cellspacing="0" cellpadding="0"><tr>{cells}</tr></table>'

    def table(
        self, head: Sequence[str], rows: Iterable[Sequence[str]], last: Sequence[str] = ()
    ) -> str:
        """Set rows of cells: the first column left, the others right.

        Parameters
        ----------
        head : sequence of str
            What stands in each column.
        rows : iterable of sequences of str
        last : sequence of str
            A dim row below the others.
        """
        top = self._row([self.dim(cell) for cell in head], smaller=1, above=4)
        body = "".join(self._row(cells, smaller=1) for cells in rows)
        end = self._row([self.dim(cell or SPACE) for cell in last], smaller=1) if last else ""
        return f'<table {self._width} cellspacing="0" cellpadding="0">{top}{body}{end}</table>'

    def facts(self, rows: Iterable[tuple[str, str]]) -> str:
        """Set what things are at the left and their numbers at the right."""
        body = "".join(self._row(cells) for cells in rows)
        return f'<table {self._width} cellspacing="0" cellpadding="0">{body}</table>'

    def _row(self, cells: Sequence[str], smaller: int = 0, above: int = 1) -> str:
        # An empty cell at the end of a table takes the space of what follows with it.
        sides = ("left", *("right" for _ in cells[1:]))
        whole = "; white-space:nowrap"
        style = f"font-size:{self.size - smaller}px; padding-top:{above}px; padding-bottom:1px"
        gap = {
            "left": whole if len(cells) > 2 else "",
            "right": f"; padding-left:8px{whole}",
        }
        row = "".join(
            f'<td align="{side}" style="{style}{gap[side]}">{cell or SPACE}</td>'
            for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{row}</tr>"

    def columns(self, parts: Sequence[str]) -> str:
        """Set parts of a page side by side."""
        if self._narrowed:
            width = f"{scaled(LONGEST_LINE + BETWEEN)}"
            whole = f"{scaled(LONGEST_LINE + BETWEEN) * len(parts)}"
        else:
            width, whole = f"{100 // len(parts)}%", "100%"
        gap = f"padding-top:8px; padding-right:{scaled(BETWEEN)}px"
        cells = "".join(
            f'<td width="{width}" style="vertical-align:top; {gap}">{part}</td>' for part in parts
        )
        return f'<table width="{whole}" cellspacing="0" cellpadding="0"><tr>{cells}</tr></table>'

    def _colour(self, value: float) -> str:
        if value == 0 or math.isnan(value):
            return self.palette.text
        return self.palette.above if value > 0 else self.palette.below

    def worked(self, formula: str, result: str, numbers: str) -> str:
        """Set a formula with its result at the right, and its numbers below."""
        return self.facts([(formula, result)]) + self.note(f"= {numbers}")

    def _coloured(self, text: str, value: float) -> str:
        return f'<span style="color:{self._colour(value)}">{text}</span>'
