"""Lenses: what a picture of the weights can show of each one, and what its colours stand for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QColor

from nnfs_core.model.parameters import Parameters
from nnfs_core.passes.batches import steps_of_epoch
from nnfs_core.text.numbers import number
from nnfs_core.training.trainer import EpochFrame
from visualizer.state.context import ViewContext
from visualizer.style.images import fixed_weight_scale, largest, round_up
from visualizer.style.theme import LEVELS, Palette, colour_table, diverging_levels, unit_levels

SCALES = {
    "fixed": "Weights: the same scale from the first epoch to the last, so that growth shows.\n"
    "Gradients, updates and changes: their scale goes along with the largest, in round steps.\n"
    "log₁₀: from a millionth of the weight to all of it, and higher by the powers of ten of\n"
    "an epoch's steps, since the last update is the sum of them.",
    "per layer": "Full colour is the largest number of each layer, at this epoch.",
    "network": "Full colour is the largest number of the whole network, at this epoch.",
}

RELATIVE = (-6.0, 0.0)
"""The fixed scale of log₁₀ |update / weight| where an epoch is a single step."""

NO_DIFFERENCE = "no number, it is beyond the largest there is"
"""What is said of a change that does not fit into the type of the run."""

NO_NUMBER = LEVELS
"""The colour index, after those of the colormap, of what is not a number: the panel's colour."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers that the two ends of a colormap stand for."""

    low: float
    high: float

    @classmethod
    def signed(cls, largest: float) -> Scale:
        """Return the scale from minus to plus the largest number."""
        return cls(-largest, largest)


def relative_scale(context: ViewContext) -> Scale:
    """Return the fixed scale of log₁₀ |update / weight|: the more steps, the higher it lies."""
    run = context.run
    steps = steps_of_epoch(len(run.dataset.train_x), run.experiment.batch_size)
    more = round(math.log10(steps))
    return Scale(RELATIVE[0] + more, RELATIVE[1] + more)


@dataclass(frozen=True, slots=True)
class Lens:
    """One way to look at the weights.

    Attributes
    ----------
    key : str
        Names the lens in :data:`LENSES`.
    name, short : str
        What it is called on screen, and above a picture, where there may be little room.
    explanation : str
        What it shows, in a sentence.
    symbol : str
        What stands before the equals sign, with ``{now}``, ``{before}`` and ``{pin}`` for the
        epochs, and w for the weight; a bias is written b.
    numbers : callable
        Returns one number for each weight and bias of a frame, or None where there is nothing
        to show. Of logarithms, one that is not finite is none.
    missing : callable
        Says why there is nothing to show, and what to do about it.
    signed : bool
        Whether the numbers have a sign; otherwise they are logarithms.
    """

    key: str
    name: str
    short: str
    explanation: str
    symbol: str
    numbers: Callable[[EpochFrame, ViewContext], Parameters | None]
    missing: Callable[[EpochFrame, ViewContext], str]
    signed: bool = True

    def labels(self, context: ViewContext) -> tuple[str, ...]:
        """Return what may stand above a picture, the longest first."""
        if self.key == "change" and context.pin is not None:
            return f"change since {context.pin.epoch:,}", self.short
        return (self.short,)

    def equation(
        self, value: float, frame: EpochFrame, context: ViewContext, *, bias: bool = False
    ) -> str:
        """Return a number with its symbol and its unit: ``∂J/∂w = 0.0123 nats``."""
        pin = 0 if context.pin is None else context.pin.epoch
        symbol = self.symbol.format(now=frame.epoch, before=frame.epoch - 1, pin=pin)
        if bias:
            symbol = symbol.replace("w", "b")
        if not np.isfinite(value):
            reason = NO_DIFFERENCE if self.signed else _reason(value, "bias" if bias else "weight")
            return f"{symbol}: {reason}"
        unit = ""
        if self.key == "gradient" and context.run.experiment.loss == "cross-entropy":
            unit = " nats"
        return f"{symbol} = {number(value, signed=True)}{unit}"

    def scales(self, mode: str, shown: Parameters, context: ViewContext, /) -> tuple[Scale, ...]:
        """Return the scale of each layer.

        Parameters
        ----------
        mode : str
            One of :data:`SCALES`.
        shown : Parameters
            What :attr:`numbers` returned.
        """
        layers = range(len(shown.weights))
        if not self.signed:
            return self._logarithmic_scales(mode, shown, context)
        if mode == "fixed" and self.key == "value":
            return tuple(Scale.signed(fixed_weight_scale(context.run, layer)) for layer in layers)
        ends = [largest(weights) for weights in shown.weights]
        if mode == "network":
            ends = [max(ends)] * len(ends)
        elif mode == "fixed":
            ends = [round_up(value) for value in ends]
        return tuple(map(Scale.signed, ends))

    def _logarithmic_scales(
        self, mode: str, shown: Parameters, context: ViewContext
    ) -> tuple[Scale, ...]:
        if mode == "fixed":
            return (relative_scale(context),) * len(shown.weights)
        ends = []
        for weights in shown.weights:
            known = weights[np.isfinite(weights)]
            ends.append((float(known.min()), float(known.max())) if known.size else (0.0, 0.0))
        if mode == "network":
            ends = [(min(low for low, _ in ends), max(high for _, high in ends))] * len(ends)
        return tuple(Scale(*pair) for pair in ends)

    def levels(self, values: NDArray, scale: Scale) -> NDArray[np.uint8]:
        """Turn numbers into indices of :meth:`colours`; beyond the scale the ends."""
        if self.signed:
            return diverging_levels(values, scale.high)
        known = np.isfinite(values)
        shifted = np.where(known, values, scale.low) - scale.low
        levels = unit_levels(shifted, scale.high - scale.low)
        levels[~known] = NO_NUMBER
        return levels

    def colours(self, palette: Palette) -> list[int]:
        """Return the colour table of the lens's pictures."""
        kind = "diverging" if self.signed else "sequential"
        return [*colour_table(kind, palette), QColor(palette.panel).rgb()]


def _reason(value: float, what: str) -> str:
    """Say why there is no logarithm."""
    if np.isnan(value):
        return f"no number, the {what} is zero and has not changed"
    return f"no number, the {what} has not changed" if value < 0 else f"the {what} is zero"


def _change(frame: EpochFrame, context: ViewContext) -> Parameters | None:
    pin = context.pin
    if pin is None or is_pinned(frame, context):
        return None
    # Two numbers of opposite sign may lie further apart than the largest there is.
    with np.errstate(over="ignore"):
        change = frame.parameters.flat - pin.parameters.flat
    return Parameters.over(change, frame.parameters.layout)


def is_pinned(frame: EpochFrame, context: ViewContext) -> bool:
    """Say whether a frame is the pinned one, since when nothing has changed."""
    return context.pin is not None and context.pin_here and context.pin.epoch == frame.epoch


def _relative(frame: EpochFrame, context: ViewContext) -> Parameters | None:
    if frame.update is None:
        return None
    # As a difference, since the quotient of two numbers that exist may not.
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log10(np.abs(frame.update.flat))
        logarithm -= np.log10(np.abs(frame.parameters.flat))
    return Parameters.over(logarithm, frame.parameters.layout)


def _no_update(frame: EpochFrame, context: ViewContext) -> str:
    if frame.epoch == 0:
        does = "shows" if context.newest else "trains"
        return f"No epoch has changed anything yet.\n→ {does} the first one."
    return f"What epoch {frame.epoch:,} changed is not known yet.\n← and → lead back here."


def _no_change(frame: EpochFrame, context: ViewContext) -> str:
    if is_pinned(frame, context):
        return f"Epoch {frame.epoch:,} is the pinned one.\nGo to another to see what has changed."
    return "No epoch is pinned.\nK pins the shown one."


def _never(frame: EpochFrame, context: ViewContext) -> str:
    return ""


LENSES = {
    lens.key: lens
    for lens in (
        Lens(
            "value",
            "value",
            "value",
            "The weights and biases of the shown epoch",
            "w",
            lambda frame, context: frame.parameters,
            _never,
        ),
        Lens(
            "gradient",
            "gradient",
            "gradient",
            "How the loss J changes with each weight: ∂J/∂w",
            "∂J/∂w",
            lambda frame, context: frame.gradients,
            _never,
        ),
        Lens(
            "update",
            "last update",
            "update",
            "What the last epoch has changed",
            "w({now}) − w({before})",
            lambda frame, context: frame.update,
            _no_update,
        ),
        Lens(
            "change",
            "change since pin",
            "change",
            "What has changed since the pinned epoch  (K pins the shown one)",
            "w({now}) − w({pin})",
            _change,
            _no_change,
        ),
        Lens(
            "relative",
            "log₁₀ |Δw / w|",
            "log₁₀ ratio",
            "The last update in relation to the weight it led to, as a power of ten: −3 is a\n"
            "thousandth. Where the weight is zero or has not changed there is no number, and\n"
            "the picture has the panel's colour.",
            "log₁₀ |Δw / w|",
            _relative,
            _no_update,
            signed=False,
        ),
    )
}
"""Every lens by its key, in the order in which L goes through them."""
