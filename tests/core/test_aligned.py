"""Arrays begin with a line of the cache, and are arrays like any other."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs_core.compute import aligned
from nnfs_core.compute.aligned import LINE
from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer

SHAPES = [(1,), (17,), (3, 5), (2, 3, 7), (1000, 33), ()]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, bool])
def test_each_begins_with_a_line(shape, dtype):
    for _ in range(5):
        array = aligned.empty(shape, dtype)
        assert array.ctypes.data % LINE == 0
        assert (array.shape, array.dtype) == (shape, np.dtype(dtype))
        assert array.flags.c_contiguous and array.flags.writeable
        assert not aligned.zeros(shape, dtype).any()


def test_a_copy_is_the_same_in_rows():
    array = np.arange(24.0).reshape(4, 6)[:, ::2].T
    copied = aligned.copy(array)
    np.testing.assert_array_equal(copied, array)
    assert copied.flags.c_contiguous and copied.ctypes.data % LINE == 0
    copied[0, 0] = -1
    assert array[0, 0] == 0


@pytest.mark.parametrize("size", [1, 15, 16, 17, 650])
def test_every_row_begins_with_a_line(size):
    table = aligned.rows(4, size, np.float32)
    assert table.shape == (4, size) and not table.any()
    assert all(row.ctypes.data % LINE == 0 for row in table)
    table[1] = 1
    assert table.sum() == size


def test_what_training_works_on_does():
    """Everything that each block or step goes through from end to end."""
    experiment = Experiment(layers=(10, 7), optimizer="adam", batch_size=100)
    trainer = Trainer(experiment, load_dataset("digits"))
    trainer.step_epoch()
    work = trainer.network.workspace(100, np.float32)
    arrays = [
        *trainer._numbers,
        *trainer._last_good,
        trainer._scratch,
        trainer._batch_gradient.flat,
        *work.z,
        *work.a,
        *work.delta,
        *work.slope,
        work.output.answers,
        *(block.x for block in trainer._train),
        *(block.x for block in trainer._batches.largest),
    ]
    assert [array.ctypes.data % LINE for array in arrays] == [0] * len(arrays)
