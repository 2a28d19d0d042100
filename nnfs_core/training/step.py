"""The training step that follows an epoch, taken apart: its batch, its gradient, its update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.base import Dataset
from nnfs_core.experiment import Experiment
from nnfs_core.model.network import Network, Workspace
from nnfs_core.model.parameters import Parameters
from nnfs_core.optimizers import optimizers, take_step
from nnfs_core.passes.batches import first_batch
from nnfs_core.passes.full_pass import Crew, add_decay
from nnfs_core.recipe import Recipe
from nnfs_core.training.trainer import TrainState


@dataclass(frozen=True, slots=True)
class Step:
    """The training step that follows an epoch, taken apart; all arrays are read-only.

    Attributes
    ----------
    number : int
        t, 1 for the first step of the run.
    rows : ndarray of int, shape (samples,), or None
        The batch: rows of the training part, in the order they are taken. None is all of them,
        a full batch.
    samples : int
        How many samples the batch has.
    learning_rate : float
        η of this step.
    recipe : Recipe
        By which it is taken.
    gradient : Parameters
        The mean over the batch, with the weight-decay pull λ·w on weights.
    before, after : Parameters
        The parameters the step starts from, and those it makes.
    slots_before, slots_after : tuple of Parameters
        The optimizer's running averages, in the order of its ``slots``.
    """

    number: int
    rows: NDArray[np.intp] | None
    samples: int
    learning_rate: float
    recipe: Recipe
    gradient: Parameters
    before: Parameters
    after: Parameters
    slots_before: tuple[Parameters, ...]
    slots_after: tuple[Parameters, ...]

    def has(self, row: int) -> bool:
        """Say whether the sample in this row of the training part is in the batch."""
        return self.rows is None or bool((self.rows == row).any())


def _go_on(work: Workspace, gradient: Parameters) -> None:
    pass


def next_step(
    experiment: Experiment, network: Network, dataset: Dataset, state: TrainState
) -> Step:
    """Return the step that training takes next from a state, bit for bit.

    With full batch it is the next epoch, and its gradient is at hand. With mini-batches it is
    the first step of the next epoch, and takes one pass over its batch.

    Parameters
    ----------
    experiment : Experiment
    network : Network
    dataset : Dataset
        Only the rows of the batch are read; no copy of the data is made.
    state : TrainState
        Of an epoch of this experiment's run on this data.
    """
    layout, dtype = network.layout, np.dtype(experiment.dtype)
    numbers = state.numbers.copy()
    parameters, gradient = numbers[0], Parameters.over(numbers[1], layout)
    scratch = np.empty_like(parameters)
    rows, samples, recipe = None, len(dataset.train_x), state.recipe
    rate = experiment.rate_at(state.epoch + 1, recipe.learning_rate)
    with np.errstate(all="ignore"):
        if recipe.batch_size is not None:
            generator = np.random.default_rng()
            generator.bit_generator.state = state.rng_state
            rows, blocks = first_batch(
                dataset.train_x,
                dataset.train_y,
                network.sizes,
                network.task,
                recipe.batch_size,
                dtype,
                generator,
            )
            samples = len(rows)
            before = Parameters.over(parameters, layout)
            Crew(network, dtype).learn(before, blocks, gradient, _go_on)
            add_decay(gradient, before, recipe.weight_decay, scratch)
        take_step(
            optimizers()[experiment.optimizer],
            parameters,
            gradient.flat,
            tuple(numbers[2:]),
            scratch,
            recipe,
            rate,
            state.step + 1,
        )
    numbers.flags.writeable = False
    if rows is not None:
        rows.flags.writeable = False

    def over(of_numbers: NDArray[Any]) -> list[Parameters]:
        return [Parameters.over(row, layout) for row in of_numbers]

    (before, _, *slots_before), (after, used, *slots_after) = over(state.numbers), over(numbers)
    return Step(
        number=state.step + 1,
        rows=rows,
        samples=samples,
        learning_rate=rate,
        recipe=recipe,
        gradient=used,
        before=before,
        after=after,
        slots_before=tuple(slots_before),
        slots_after=tuple(slots_after),
    )
