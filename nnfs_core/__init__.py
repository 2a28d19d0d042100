"""A neural network written by hand in NumPy: the mathematics, without a window.

``nnfs_core`` never imports Qt. :mod:`nnfs_core.plain` is all of it on one page;
:mod:`nnfs_core.model.network` has the forward and backward pass that is used, and
:mod:`nnfs_core.training.trainer` the loop around them. What is named here is for other programs;
docs/library.md shows how.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnfs_core.data import Dataset, load_dataset
    from nnfs_core.errors import UserError
    from nnfs_core.experiment import Experiment, load_experiment, presets
    from nnfs_core.library import evaluate, load_weights, predict, register, save_weights, train
    from nnfs_core.training.trainer import Trainer

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Experiment",
    "Trainer",
    "UserError",
    "evaluate",
    "load_dataset",
    "load_experiment",
    "load_weights",
    "predict",
    "presets",
    "register",
    "save_weights",
    "train",
]

_HOMES = {
    "Dataset": "data",
    "Experiment": "experiment",
    "Trainer": "training.trainer",
    "UserError": "errors",
    "load_dataset": "data",
    "load_experiment": "experiment",
    "presets": "experiment",
}
"""Where each lies that is not in the library. Nothing is loaded before it is asked for."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'nnfs_core' has no attribute {name!r}")
    return getattr(import_module(f"nnfs_core.{_HOMES.get(name, 'library')}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
