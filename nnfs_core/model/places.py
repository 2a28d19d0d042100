"""What one can point at in a network: a number, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nnfs_core.model.parameters import Layout

Kind = Literal["input", "unit", "weight", "bias", "loss"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number of the network stands.

    Attributes
    ----------
    kind : str
        ``input`` (a feature of the sample), ``unit`` (a neuron: its z and its activation, or
        its probability in the output layer), ``weight``, ``bias``, or ``loss``.
    layer : int
        0 for the first layer after the input; meaningless for an input and the loss.
    unit : int
        Row of the weight matrix; meaningless for an input and the loss.
    source : int
        Column of the weight matrix: the unit of the layer before, or the feature. For an
        ``input`` the feature.
    """

    kind: Kind
    layer: int = 0
    unit: int = 0
    source: int = 0

    def fits(self, layout: Layout | tuple[int, ...]) -> bool:
        """Say whether a network of this layout, or of dense layers of these sizes, has it."""
        layout = Layout.of(layout)
        if self.kind == "loss":
            return True
        if self.kind == "input":
            return 0 <= self.source < layout.sizes[0]
        if not 0 <= self.layer < len(layout.shapes):
            return False
        rows, columns, biases = layout.shapes[self.layer]
        match self.kind:
            case "weight":
                return 0 <= self.unit < rows and 0 <= self.source < columns
            case "bias":
                return 0 <= self.unit < biases
        return 0 <= self.unit < layout.sizes[self.layer + 1]
