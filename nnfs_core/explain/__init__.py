"""The microscope: why a number of the network has the value it has, as data.

Everything about one sample is computed in float64 from the run's own parameters; the numbers
of training itself (gradients of a batch, new parameters) are read from the run.
"""

from nnfs_core.explain.backward import (
    HiddenBackward,
    InputBackward,
    LossBackward,
    OutputBackward,
    ParameterBackward,
    ValueBackward,
)
from nnfs_core.explain.differences import Check
from nnfs_core.explain.exact_pass import ExactPass, follow
from nnfs_core.explain.explanation import Explanation, Subject, explain
from nnfs_core.explain.forward import (
    InputForward,
    LossForward,
    ParameterForward,
    Softmax,
    UnitForward,
    ValueLoss,
)
from nnfs_core.explain.learning import Average, BatchGradient, Update
from nnfs_core.explain.sums import Term, WeightedSum

__all__ = [
    "Average",
    "BatchGradient",
    "Check",
    "ExactPass",
    "Explanation",
    "HiddenBackward",
    "InputBackward",
    "InputForward",
    "LossBackward",
    "LossForward",
    "OutputBackward",
    "ParameterBackward",
    "ParameterForward",
    "Softmax",
    "Subject",
    "Term",
    "UnitForward",
    "Update",
    "ValueBackward",
    "ValueLoss",
    "WeightedSum",
    "explain",
    "follow",
]
