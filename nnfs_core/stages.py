"""One training step in slow motion: its stages, in the order they are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a training step.

    Attributes
    ----------
    kind : str
        ``input``, ``forward`` and ``backward`` of one layer, ``loss``, or ``update``.
    layer : int
        0 for the first layer after the input; −1 where the stage is of no one layer.
    """

    kind: Literal["input", "forward", "loss", "backward", "update"]
    layer: int = -1


def stages(layers: int) -> tuple[Stage, ...]:
    """Return the stages of a step of a network with so many layers after the input."""
    return (
        Stage("input"),
        *(Stage("forward", layer) for layer in range(layers)),
        Stage("loss"),
        *(Stage("backward", layer) for layer in reversed(range(layers))),
        Stage("update"),
    )
