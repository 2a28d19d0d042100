"""The recording keeps every epoch, in order, and what a reader holds does not move."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from nnfs_core.history.recording import Mark, Recording
from nnfs_core.training.metrics import COLUMNS, EpochMetrics


def row(epoch: int) -> EpochMetrics:
    return EpochMetrics(epoch, 1 / (epoch + 1), 0.5, math.nan, math.nan, 1e-3 * epoch, 0.1)


def recorded(epochs: int) -> Recording:
    recording = Recording()
    for epoch in range(epochs):
        recording.append(row(epoch))
    return recording


def test_every_epoch_comes_back():
    recording = recorded(5000)  # well beyond the first table
    assert len(recording) == 5000
    for epoch in (0, 1, 1023, 1024, 1025, 4999):
        assert repr(recording[epoch]) == repr(row(epoch))
        assert isinstance(recording[epoch].epoch, int)
    assert repr(recording.last) == repr(row(4999))


def test_columns_are_read_only_views_in_order():
    recording = recorded(10)
    np.testing.assert_array_equal(recording.column("epoch"), np.arange(10))
    for name in COLUMNS:
        column = recording.column(name)
        expected = [getattr(row(epoch), name) for epoch in range(10)]
        np.testing.assert_array_equal(column, expected)
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_a_column_in_hand_does_not_change_while_the_run_grows():
    recording = recorded(1000)
    column = recording.column("train_loss")
    before = column.copy()
    for epoch in range(1000, 3000):
        recording.append(row(epoch))
    np.testing.assert_array_equal(column, before)
    assert len(recording.column("train_loss")) == 3000


@pytest.mark.parametrize("epoch", [0, 2, 4])
def test_epochs_come_in_order_without_gaps(epoch):
    with pytest.raises(ValueError, match=f"expected epoch 3, got epoch {epoch}"):
        recorded(3).append(row(epoch))


@pytest.mark.parametrize("epoch", [-1, 3])
def test_epochs_that_are_not_there(epoch):
    with pytest.raises(IndexError, match=rf"epoch {epoch} is not in the recording \(0 … 2\)"):
        recorded(3)[epoch]


def test_the_best_epoch_as_far_as_a_picture_knows():
    generator = np.random.default_rng(0)
    accuracies = np.round(generator.uniform(size=80), 1)  # many are equal: the first one counts
    accuracies[generator.uniform(size=80) < 0.3] = np.nan
    accuracies[:3] = np.nan
    recording = Recording()
    for epoch, accuracy in enumerate(accuracies):
        recording.append(replace(row(epoch), validation_score=float(accuracy)))
        for until in {0, 2, epoch // 2, epoch} if epoch % 5 == 0 else {epoch}:
            known = accuracies[: min(until, epoch) + 1]
            best = None if np.isnan(known).all() else int(np.nanargmax(known))
            assert recording.best_until(until) == best
    assert recording.best_epoch == int(np.nanargmax(accuracies))


def test_what_came_after_an_epoch_can_be_forgotten():
    recording = Recording()
    for epoch, accuracy in enumerate((0.1, 0.6, 0.5, 0.2, 0.9)):
        recording.append(replace(row(epoch), validation_score=accuracy))
    columns = recording.columns
    recording.mark(Mark(2, "saved", "early"))
    recording.mark(Mark(4, "saved", "late"))
    assert recording.best_epoch == 4
    recording.cut(9)
    assert len(recording) == 5
    recording.cut(3)
    np.testing.assert_array_equal(recording.columns, columns[:, :4])
    assert [mark.text for mark in recording.marks] == ["early"]
    assert recording.best_epoch == 1
    recording.append(row(4))
    assert recording.last.train_loss == row(4).train_loss
