"""Training: one epoch after the other, each with a frame that shows it.

``epoch`` n is the network after n epochs, 0 the untrained one. With full-batch training
the gradient of the weights at hand is already there when an epoch starts; the epoch is
one update with it, then forward and backward at the new weights. So the loss, score
and gradient of frame n are those of the weights of frame n, at no extra cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.compute import aligned, blas
from nnfs_core.data.base import Dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.model.network import Workspace
from nnfs_core.model.parameters import Layout, Parameters
from nnfs_core.optimizers import optimizers, take_step
from nnfs_core.passes.batches import Batches
from nnfs_core.passes.full_pass import AfterBlock, Crew, Passer, Tally, add_decay
from nnfs_core.progress import Look, go_on
from nnfs_core.recipe import Recipe
from nnfs_core.text.numbers import setting
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.dead_layers import DeadLayer, dead_layers
from nnfs_core.training.divergence import FirstNotFinite
from nnfs_core.training.metrics import EpochMetrics

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class TrainState:
    """Everything the next epoch depends on, and nothing else.

    Attributes
    ----------
    epoch : int
    step : int
        Updates taken so far.
    numbers : ndarray, shape (2 + slots, parameters)
        Read-only: the parameters, the gradient at hand, and the optimizer's averages.
    rng_state : dict
        Of the generator that shuffles.
    metrics : EpochMetrics
        Of this epoch.
    recipe : Recipe
        By which the next epoch is trained.
    batches : int
        Over how many batches of the epoch its training loss, score and gradient are means; 0
        where they are of all training samples at these very weights.
    """

    epoch: int
    step: int
    numbers: Array
    rng_state: Mapping[str, Any]
    metrics: EpochMetrics
    recipe: Recipe
    batches: int = 0

    @property
    def learning_rate(self) -> float:
        """η of the next epoch, before the schedule."""
        return self.recipe.learning_rate

    def frame(
        self, layout: Layout | tuple[int, ...], before: TrainState | None = None
    ) -> EpochFrame:
        """Return the picture of this state, for a network of this layout; nothing is copied.

        Parameters
        ----------
        before : TrainState, optional
            Of the epoch before, to show what the last epoch changed.
        """
        parameters, gradients = (Parameters.over(row, layout) for row in self.numbers[:2])
        update = None
        if before is not None:
            update = Parameters.over(_change(before.numbers[0], self.numbers[0]), layout)
        return EpochFrame(self.epoch, parameters, gradients, self.metrics, self, update)


@dataclass(frozen=True, slots=True)
class EpochFrame:
    """What a picture of an epoch is drawn from; read-only copies.

    Attributes
    ----------
    epoch : int
    parameters, gradients : Parameters
        Gradients are ∂J/∂w with J the mean loss plus (λ/2)·Σ w²: of all training samples
        with full batch, the mean over the epoch's batches with mini-batches.
    metrics : EpochMetrics
    state : TrainState
        What the next epoch depends on.
    update : Parameters or None
        What the last epoch changed, w_n − w_{n−1}: one step with full batch, the sum of its
        steps with mini-batches. None at epoch 0, and while it is not known.
    """

    epoch: int
    parameters: Parameters
    gradients: Parameters
    metrics: EpochMetrics
    state: TrainState
    update: Parameters | None = None

    @property
    def slots(self) -> tuple[Parameters, ...]:
        """The optimizer's running averages, in the order of its ``slots``."""
        layout = self.parameters.layout
        return tuple(Parameters.over(row, layout) for row in self.state.numbers[2:])


def _change(before: Array, after: Array) -> Array:
    """Return what has changed, read-only; infinite where that is beyond the largest number."""
    with np.errstate(over="ignore"):
        change: Array = after - before
    change.flags.writeable = False
    return change


def changed_state(arranged: Arranged, state: TrainState, recipe: Recipe) -> TrainState:
    """Return a state that goes on by another recipe, as :meth:`Trainer.change` leads to it."""
    if not _needs_another_gradient(state.recipe, recipe):
        # Numbers of its own: what is worked out of a state is remembered by them, and by another
        # recipe its next step is another one.
        numbers = state.numbers.copy()
        numbers.flags.writeable = False
        return replace(state, numbers=numbers, recipe=recipe)
    trainer = Trainer(arranged.experiment, arranged.dataset, state=state, arranged=arranged)
    trainer.change(recipe)
    return trainer.state()


def _needs_another_gradient(before: Recipe, after: Recipe) -> bool:
    """Say whether the gradient at hand, with which the next epoch begins, is another one then."""
    turned_full, decays = before.batch_size is not None, before.weight_decay != after.weight_decay
    return after.batch_size is None and (turned_full or decays)


class EpochCancelled(Exception):
    """The epoch under way was given up on request; the trainer stands at the one before."""


class NotFiniteError(ArithmeticError):
    """Numbers overflowed or became undefined; the trainer stands at the last good epoch.

    Attributes
    ----------
    epoch : int
        The epoch that failed.
    place : str
        Which numbers of which layer were the first not to be finite.
    """

    def __init__(self, epoch: int, place: str, learning_rate: float) -> None:
        self.epoch = epoch
        self.place = place
        super().__init__(
            f"epoch {epoch}: {place} stopped being finite first; the learning rate "
            f"{setting(learning_rate)} is probably too large (the run stands at epoch {epoch - 1})"
        )


class Trainer:
    """Trains one network on one dataset, an epoch at a time.

    Parameters
    ----------
    experiment : Experiment
    dataset : Dataset
    parameters : Parameters, optional
        Start from these instead of drawing them.
    state : TrainState, optional
        Start from this state of an earlier run of the same experiment on the same data.
    arranged : Arranged, optional
        The data as another trainer of the same run has it, to share.
    look : callable
        Called between two pieces of setting up, which takes seconds for large data; by any
        thread. What it raises gives the trainer up.

    Raises
    ------
    UserError
        When given parameters do not fit the experiment and the data, or are so large that
        the untrained network's numbers are not finite.

    Examples
    --------
    >>> from nnfs_core.data import load_dataset
    >>> trainer = Trainer(Experiment(epochs=3), load_dataset("digits"))
    >>> while trainer.epoch < trainer.experiment.epochs:
    ...     metrics = trainer.step_epoch()
    """

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset,
        parameters: Parameters | None = None,
        *,
        state: TrainState | None = None,
        arranged: Arranged | None = None,
        look: Look = go_on,
    ) -> None:
        started = perf_counter()
        self.arranged = arranged or Arranged.of(experiment, dataset, look)
        self.experiment, self.dataset = experiment, dataset
        self.network, task = self.arranged.network, self.arranged.network.task
        self._recipe = Recipe.of(experiment) if state is None else state.recipe
        self._optimizer = optimizers()[experiment.optimizer]

        layout, dtype = self.network.layout, np.dtype(experiment.dtype)
        if state is not None:
            parameters = Parameters.over(state.numbers[0], layout)
        start = parameters or self.network.initial(
            experiment.initializer, experiment.seed, experiment.dtype
        )
        if start.layout != layout:
            raise UserError(
                "the weights do not fit the data and the layers",
                expected=" → ".join(map(str, layout.sizes)),
                found=" → ".join(map(str, start.sizes)),
            )
        # One array holds all numbers of the run, so that keeping a state is one copy.
        self._numbers = aligned.rows(2 + len(self._optimizer.slots), start.flat.size, dtype)
        with np.errstate(over="ignore"):  # float64 weights can be too large for float32
            self._numbers[0] = start.flat
        self._last_good = aligned.rows(len(self._numbers), start.flat.size, dtype)
        np.copyto(self._last_good, self._numbers)
        self._parameters = Parameters.over(self._numbers[0], layout)
        self._gradient = Parameters.over(self._numbers[1], layout)
        self._slots = tuple(self._numbers[2:])
        self._batch_gradient = Parameters.allocate(layout, dtype)
        self._scratch = aligned.empty(start.flat.shape, dtype)

        self._look = look
        self._train, self._validation = self.arranged.train, self.arranged.validation
        self._spreads = task.spread(dataset.train_y), task.spread(dataset.validation_y)
        self._all_batches: dict[int, Batches] = {}
        self._batches = self._batches_of(self._recipe.batch_size)
        self._crew = Crew(self.network, dtype)
        self._generator = np.random.default_rng([experiment.seed, 1])
        blas.use_one_thread()
        largest = self._train if self._batches is None else self._batches.largest
        self.threads = self._crew.threads_for(largest)
        self._step = self._averaged = 0
        self._eta = self._recipe.learning_rate
        self._cancelled = False
        self._stepped = False  # whether _last_good is the epoch before this one
        if state is not None:
            self.restore(state)
            self._look = go_on
            return

        with np.errstate(all="ignore"):
            self.metrics = self._metrics(0, *self._full_pass(), started)
            if not self._finite(self.metrics):
                watch = FirstNotFinite()
                self._full_pass(watch)
                raise UserError(
                    f"the weights to start from are too large: {watch.place or 'the loss'} "
                    f"would not be finite in {dtype}"
                )
        self._look = go_on

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return self.metrics.epoch

    @property
    def parameters(self) -> Parameters:
        """The live parameters: changed by the next epoch, so copy what is to be kept."""
        return self._parameters

    def step_epoch(self) -> EpochMetrics:
        """Train one epoch and return its metrics.

        Raises
        ------
        NotFiniteError
            When a number stops being finite. The trainer is then back at the epoch before.
        EpochCancelled
            After :meth:`cancel`; the trainer is then back at the epoch before, as it is after
            any other error.
        """
        np.copyto(self._last_good, self._numbers)
        self._stepped = False
        step = self._step
        self._eta = self.experiment.rate_at(self.epoch + 1, self._recipe.learning_rate)
        # Only mini-batches draw at random, and reading a generator's state takes a while.
        rng_state = self._generator.bit_generator.state if self._batches else None
        started = perf_counter()
        with np.errstate(all="ignore"):
            try:
                loss, score = self._one_epoch()
                metrics = self._metrics(self.epoch + 1, loss, score, started)
            except BaseException as error:
                if isinstance(error, EpochCancelled):
                    self._cancelled = False
                self._rewind(step, rng_state)
                raise
            if not self._finite(metrics):
                self._rewind(step, rng_state)
                watch = FirstNotFinite()
                try:
                    self._one_epoch(watch)
                finally:  # also when the repetition is cancelled
                    self._rewind(step, rng_state)
                place = watch.place or "the validation loss"
                raise NotFiniteError(metrics.epoch, place, self._eta)
        self.metrics, self._stepped = metrics, True
        self._averaged = 0 if self._batches is None else len(self._batches)
        return metrics

    @property
    def recipe(self) -> Recipe:
        """By what the next epoch is trained."""
        return self._recipe

    @property
    def learning_rate(self) -> float:
        """η of the recipe; set it to go on with another one."""
        return self._recipe.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate: float) -> None:
        self.change(replace(self._recipe, learning_rate=learning_rate))

    def change(self, recipe: Recipe) -> None:
        """Go on by another recipe from the next epoch on.

        With full batch the next epoch begins with the gradient at hand, so where that would be
        another one by the new recipe, it is worked out anew.
        """
        before = self._recipe
        self._use(recipe)
        if _needs_another_gradient(before, recipe):
            with np.errstate(all="ignore"):
                self._full_pass()

    def _use(self, recipe: Recipe) -> None:
        if recipe.batch_size != self._recipe.batch_size:
            self._batches = self._batches_of(recipe.batch_size)
        self._recipe = recipe

    def _batches_of(self, size: int | None) -> Batches | None:
        if size is not None and size not in self._all_batches:
            self._all_batches[size] = Batches(
                self.arranged.train_x,
                self.dataset.train_y,
                self.network.sizes,
                self.network.task,
                size,
                self._look,
            )
        return None if size is None else self._all_batches[size]

    @property
    def gradient(self) -> Parameters:
        """The live gradient of the present epoch: changed by the next one."""
        return self._gradient

    def dead_layers(self, *, before: bool = False) -> tuple[DeadLayer, ...]:
        """Return which hidden layers are dead at the weights of the present epoch.

        It goes through the training samples, up to those that show that none is. Nothing of the
        run changes.

        Parameters
        ----------
        before : bool
            At the weights of the epoch before, right after :meth:`step_epoch`.

        Raises
        ------
        EpochCancelled
            After :meth:`cancel`.
        """
        if not self.network.is_dense:
            return ()  # what is known of dead layers is known of dense ones
        parameters, blocks = self._parameters, self._train
        if before:
            parameters = Parameters.over(self._last_good[0], self.network.layout)
        if blocks.features is not None:
            ordered = Parameters.allocate(self.network.layout, parameters.flat.dtype)
            parameters = blocks.to_order(parameters, ordered)
        passer = Passer(self.network, parameters.flat.dtype)
        with np.errstate(all="ignore"):
            return dead_layers(passer, parameters, blocks, self._go_on)

    def has_moved(self, layers: int) -> bool:
        """Say whether the last epoch has changed the first so many layers' parameters."""
        end = self.network.layout.count(layers)
        return self._stepped and not np.array_equal(
            self._last_good[0, :end], self._numbers[0, :end]
        )

    def cancel(self, wanted: bool = True) -> None:
        """Give up the epoch under way, or the next one; from any thread. False takes it back."""
        self._cancelled = wanted

    def frame(self) -> EpochFrame:
        """Return a read-only picture of the present epoch."""
        frame = self.state().frame(self.network.layout)
        if not self._stepped:
            return frame
        change = _change(self._last_good[0], self._numbers[0])
        return replace(frame, update=Parameters.over(change, self.network.layout))

    def state(self) -> TrainState:
        """Return a read-only copy of everything the next epoch depends on."""
        numbers = self._numbers.copy()
        numbers.flags.writeable = False
        return TrainState(
            self.epoch,
            self._step,
            numbers,
            self._generator.bit_generator.state,
            self.metrics,
            self._recipe,
            self._averaged,
        )

    def restore(self, state: TrainState) -> None:
        """Go to a state of this run; the next epochs are then the very ones that followed it."""
        np.copyto(self._numbers, state.numbers)
        self._stepped = False
        self._step, self.metrics = state.step, state.metrics
        self._averaged = state.batches
        self._generator.bit_generator.state = state.rng_state
        self._use(state.recipe)

    @classmethod
    def replaying(cls, arranged: Arranged, state: TrainState, look: Look = go_on) -> Trainer:
        """Return a trainer that repeats epochs of a run, standing at one of its states.

        It can work beside the run's own, in another thread. It does not validate: a replay
        repeats numbers that are already known.

        Parameters
        ----------
        arranged : Arranged
            The run's data.
        state : TrainState
        look : callable
            As for any trainer.
        """
        data = arranged.for_replay()
        return cls(data.experiment, data.dataset, state=state, arranged=data, look=look)

    def _rewind(self, step: int, rng_state: Mapping[str, Any] | None) -> None:
        np.copyto(self._numbers, self._last_good)
        self._step = step
        if rng_state is not None:
            self._generator.bit_generator.state = rng_state

    def _one_epoch(self, watch: FirstNotFinite | None = None) -> tuple[float, float]:
        """Update once with the gradient at hand, or once for each batch; loss and score."""
        if self._batches is None:
            self._update(self._gradient, watch)
            return self._full_pass(watch)
        total, samples = Tally(), 0
        mean, batch = self._gradient.flat, self._batch_gradient
        mean.fill(0)
        after_block = self._after_block(watch)
        with closing(self._batches.shuffled(self._generator)) as batches:
            for blocks in batches:
                total.add(
                    self._crew.learn(
                        self._parameters, blocks, batch, after_block, alone=watch is not None
                    )
                )
                self._decay(batch)
                self._update(batch, watch, mean)
                samples += blocks.samples
        np.divide(mean, len(self._batches), out=mean)
        return total.loss / samples, self._scored(total, samples, 0)

    def _full_pass(self, watch: FirstNotFinite | None = None) -> tuple[float, float]:
        after_block = self._after_block(watch)
        total = self._crew.learn(
            self._parameters, self._train, self._gradient, after_block, alone=watch is not None
        )
        if watch:
            watch.after_sum(self._gradient)
        self._decay(self._gradient)
        samples = self._train.samples
        return total.loss / samples, self._scored(total, samples, 0)

    def _scored(self, total: Tally, samples: int, part: int) -> float:
        return self.network.task.scored(total.score, samples, self._spreads[part])

    def _decay(self, gradient: Parameters) -> None:
        add_decay(gradient, self._parameters, self._recipe.weight_decay, self._scratch)

    def _after_block(self, watch: FirstNotFinite | None) -> AfterBlock:
        """Return what to do after each block: look whether to go on, and at its numbers."""

        def after_block(work: Workspace, gradient: Parameters) -> None:
            if watch:
                watch.after_pass(work, gradient)
            self._go_on()

        return after_block

    def _go_on(self) -> None:
        """Look, between two blocks, whether to go on.

        Raises
        ------
        EpochCancelled
            When the epoch was cancelled.
        """
        self._look()
        if self._cancelled:
            raise EpochCancelled

    def _update(
        self, gradient: Parameters, watch: FirstNotFinite | None, total: Array | None = None
    ) -> None:
        self._step += 1
        take_step(
            self._optimizer,
            self._parameters.flat,
            gradient.flat,
            self._slots,
            self._scratch,
            self._recipe,
            self._eta,
            self._step,
            total,
        )
        if watch:
            watch.after_update(self._parameters)

    def _metrics(self, epoch: int, loss: float, score: float, started: float) -> EpochMetrics:
        validation = self._validate() if self._validates(epoch) else (math.nan, math.nan)
        seconds = perf_counter() - started
        return EpochMetrics(epoch, loss, score, *validation, seconds, self._eta)

    def _validates(self, epoch: int) -> bool:
        return epoch % self.experiment.validate_every == 0 and self._validation.samples > 0

    def _validate(self) -> tuple[float, float]:
        total = self._crew.evaluate(self._parameters, self._validation, self._go_on)
        samples = self._validation.samples
        return total.loss / samples, self._scored(total, samples, 1)

    def _finite(self, metrics: EpochMetrics) -> bool:
        # One infinite or undefined number anywhere makes the sum so. A dead ReLU can hide
        # an infinite weight from the loss, hence the look at the parameters themselves.
        # The sum of numbers near the largest there is may be infinite without any of them being.
        skipped = not self._validates(metrics.epoch)
        numbers = self._numbers[:2]
        return (
            math.isfinite(metrics.train_loss)
            and (skipped or math.isfinite(metrics.validation_loss))
            and (
                math.isfinite(float(np.add.reduce(numbers, axis=None)))
                or bool(np.isfinite(numbers).all())
            )
        )
