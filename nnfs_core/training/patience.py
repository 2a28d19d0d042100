"""Early stopping: when training no longer helps what is not trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nnfs_core.text.numbers import loss_text
from nnfs_core.training.metrics import EpochMetrics


class Patience:
    """Says when the validation loss has not fallen for so many epochs (Prechelt 1998).

    Parameters
    ----------
    epochs : int or None
        How many; None: for ever.
    """

    def __init__(self, epochs: int | None) -> None:
        self._epochs = epochs
        self._best, self._at = math.inf, 0
        self._since = 0

    def recall(self, losses: Sequence[float]) -> None:
        """Know the validation losses of the epochs so far, from 0 on; NaN where there was none."""
        for epoch, loss in enumerate(losses):
            if loss < self._best:
                self._best, self._at = float(loss), epoch

    @property
    def known(self) -> tuple[float, int]:
        """The lowest loss so far, and its epoch."""
        return self._best, self._at

    @known.setter
    def known(self, best: tuple[float, int]) -> None:
        self._best, self._at = best

    def begin(self, epoch: int) -> None:
        """Wait anew from an epoch on: somebody wants training to go on."""
        self._since = epoch

    def after(self, metrics: EpochMetrics) -> str:
        """Take note of an epoch; return why training ends with it, or nothing."""
        if metrics.validation_loss < self._best:
            self._best, self._at = metrics.validation_loss, metrics.epoch
        if self._epochs is None or math.isinf(self._best):
            return ""
        waited = metrics.epoch - max(self._at, self._since)
        if waited < self._epochs:
            return ""
        return (
            f"stopped early at epoch {metrics.epoch:,}: the validation loss has not fallen for "
            f"{waited:,} epochs; it was lowest, {loss_text(self._best)}, at epoch {self._at:,}"
        )
