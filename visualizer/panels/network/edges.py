"""Which connections of a network are worth drawing: those with the largest numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.model.places import Place

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Edges:
    """Some connections between two columns.

    Attributes
    ----------
    source, target : ndarray of int, shape (edges,)
        Units in the left and the right column.
    flow : ndarray, shape (edges,)
        The number each one stands for: weight × activation of the shown sample, if nothing
        else is said.
    """

    source: NDArray[np.intp]
    target: NDArray[np.intp]
    flow: Array


@dataclass(frozen=True, slots=True)
class Links:
    """The numbers of all connections into a layer.

    Attributes
    ----------
    values : ndarray, shape (units, sources)
        Those that are not a number are never drawn.
    sources : ndarray of int, shape (sources,)
        Ascending; the number of every connection from another one is zero.
    """

    values: Array
    sources: NDArray[np.intp]

    @classmethod
    def whole(cls, values: Array) -> Links:
        """Take a matrix with a column for every source."""
        return cls(values, np.arange(values.shape[1]))

    @classmethod
    def flow(cls, weights: Array, activation: Array) -> Links:
        """Return weight × activation; what a silent unit gives is zero and left out."""
        alive = np.flatnonzero(activation)
        with np.errstate(all="ignore"):  # a product may be beyond the largest number
            return cls(weights[:, alive] * activation[alive], alive)

    def number(self, unit: int, source: int) -> float:
        """Return the number of one connection."""
        at = int(np.searchsorted(self.sources, source))
        if at == len(self.sources) or self.sources[at] != source:
            return 0.0
        return float(self.values[unit, at])

    def largest(self, most: int) -> Edges:
        """Return the so many largest numbers that are not zero, of either sign."""
        return self._edges(_largest(self.values, most), 0, self.sources)

    def into(self, unit: int, most: int) -> Edges:
        """Return the largest numbers of the connections into one unit."""
        return self._edges(_largest(self.values[unit], most), unit, self.sources, row=True)

    def out_of(self, source: int, most: int) -> Edges:
        """Return the largest numbers of the connections out of one source."""
        at = int(np.searchsorted(self.sources, source))
        if at == len(self.sources) or self.sources[at] != source:
            return NO_EDGES
        chosen = _largest(self.values[:, at], most)
        flow = self.values[chosen, at]
        used = _drawn(flow)
        return Edges(
            np.full(int(used.sum()), source, np.intp), chosen[used], flow[used].astype(float)
        )

    def _edges(
        self, chosen: NDArray[np.intp], unit: int, sources: NDArray[np.intp], *, row: bool = False
    ) -> Edges:
        numbers = self.values[unit] if row else self.values.ravel()
        target, source = np.divmod(chosen, max(len(sources), 1))
        flow = numbers[chosen]
        used = _drawn(flow)
        return Edges(sources[source[used]], target[used] + unit, flow[used].astype(float))


NO_EDGES = Edges(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))


def _drawn(flow: Array) -> NDArray[np.bool_]:
    """Say which of some numbers are drawn: zero is nothing, and what is no number is unknown."""
    return (flow != 0) & ~np.isnan(flow)


def _largest(values: Array, most: int) -> NDArray[np.intp]:
    """Return where the largest sizes of an array, flattened, are, ascending."""
    size = np.abs(values).ravel()
    count = min(most, size.size)
    if not count:
        return np.empty(0, np.intp)
    if np.isnan(size.max()):
        size[np.isnan(size)] = 0
    # In one order, whatever the numbers: the same ones are drawn as the same picture.
    return np.sort(np.argpartition(size, size.size - count)[size.size - count :])


def share_out(links: Sequence[Links | None], most: int) -> list[Edges]:
    """Choose the largest numbers of a network, each layer its share.

    Parameters
    ----------
    links : sequence of Links or None
        Of every layer; None where there is nothing to draw.
    most : int
        How many there may be in all. What one layer does not need, the next may have.
    """
    result, left = [], most
    for layer, numbers in enumerate(links):
        share = left // (len(links) - layer)
        result.append(NO_EDGES if numbers is None else numbers.largest(share))
        left -= len(result[-1].flow)
    return result


def edges_of(
    place: Place | None, links: Sequence[Links | None], most: int, *, both: bool
) -> list[Edges] | None:
    """Choose the connections of a unit or an input that is pointed at or selected.

    Parameters
    ----------
    place : Place or None
    links : sequence of Links or None
        Of each layer, from the first on.
    most : int
        Connections on each side.
    both : bool
        Whether a unit's connections to the right count too, and a weight has none of its own.

    Returns
    -------
    list of Edges or None
        One for each layer; None where all connections are of interest.
    """
    if place is None or place.kind == "loss":
        return None
    if place.kind == "weight":
        # Under the mouse it is only framed: the others would flicker. Selected, it stands
        # alone, and is painted with what is pointed at.
        return None if both else [NO_EDGES] * len(links)
    edges = [NO_EDGES] * len(links)
    column = 0 if place.kind == "input" else place.layer + 1
    unit = place.source if place.kind == "input" else place.unit
    if column and (into := links[column - 1]) is not None:
        edges[column - 1] = into.into(unit, most)
    out = links[column] if column < len(links) else None
    if out is not None and (both or not column):
        edges[column] = out.out_of(unit, most)
    return edges
