"""What a network makes of one picture, as data; no page yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.errors import UserError
from nnfs_core.model.network import Trace
from nnfs_core.pictures.prepare import Prepared, prepare
from nnfs_web.model import Model

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One picture and everything the network computes of it.

    Attributes
    ----------
    pixels : ndarray of float32, shape (rows, columns)
        The picture as the network sees it, 0…1.
    steps : tuple of str
        What was done to it before, in words.
    doubts : tuple of str
        Why the answer may be wrong, in words; empty for a clean picture.
    trace : Trace
        The activations of each layer; the last are the probabilities.
    classes : tuple of str
        The name of each class.
    named : bool
        Whether it has one, or is called by its position.
    truth : int, or None
        What it really is, where that is known.
    activation : str
        The function of the hidden layers, which decides their scale.
    """

    pixels: Array
    steps: tuple[str, ...]
    doubts: tuple[str, ...]
    trace: Trace
    classes: tuple[str, ...]
    named: bool
    truth: int | None
    activation: str


def answer_sample(model: Model, index: int) -> Answer:
    """Run one of the test pictures through the network.

    Raises
    ------
    UserError
        When there is no such picture.
    """
    if not 0 <= index < len(model.x):
        raise UserError("there is no such picture", expected=f"0 … {len(model.x) - 1}", found=index)
    x = model.x[index]
    seen = Prepared(x.reshape(model.shape), ())
    return _answer(model, seen, x, int(model.y[index]))


def answer_picture(model: Model, grey: Array) -> Answer:
    """Prepare a picture as the training data was, and run it through the network.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns)
        0 black … 1 white.

    Raises
    ------
    UserError
        When nothing is drawn on it.
    """
    prepared = prepare(grey, model.shape)
    return _answer(model, prepared, model.takes.x(prepared.pixels), None)


def _answer(model: Model, picture: Prepared, x: Array, truth: int | None) -> Answer:
    trained = model.trained
    with np.errstate(all="ignore"):
        trace = trained.network.trace(trained.parameters, x)
    if not all(np.isfinite(layer).all() for layer in (*trace.z, *trace.a)):
        raise UserError(
            "the weights are too large: the network's numbers are not finite", where=model.name
        )
    kind = trained.network.activation.name
    seen = picture.pixels, picture.steps, picture.doubts
    return Answer(*seen, trace, model.classes, model.named, truth, kind)
