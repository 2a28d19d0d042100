"""The numbers of one epoch."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class EpochMetrics:
    """Scalars of the network after ``epoch`` epochs; kept for every epoch, always.

    Attributes
    ----------
    epoch : int
        0 is the untrained network.
    train_loss : float
        Mean loss per sample, without the weight-decay penalty: at these very weights
        with full-batch training, the running mean of the epoch with mini-batches.
    train_score : float
        The task's score of the training samples, such as the accuracy; same rule.
    validation_loss, validation_score : float
        At these weights; NaN where it was not computed.
    seconds : float
        Time the epoch took, in seconds, validation included.
    learning_rate : float
        η that led to these weights.
    """

    epoch: int
    train_loss: float
    train_score: float
    validation_loss: float
    validation_score: float
    seconds: float
    learning_rate: float


COLUMNS = tuple(field.name for field in fields(EpochMetrics))
"""Names of the metrics, in order."""
