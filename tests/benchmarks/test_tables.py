"""Every table, measured on tiny data: a row for all that is asked, and the same loss for all.

How long anything takes is no matter of a test.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest

from benchmarks import digits, full_batch, growth, mini_batch
from benchmarks.peers import is_there


@pytest.fixture(scope="module")
def tables():
    modules = {"full": full_batch, "mini": mini_batch, "digits": digits, "growth": growth}
    return {name: module.measure(None, small=True) for name, module in modules.items()}


def starting(rows, start):
    return [row for row in rows if row.what.startswith(start)]


def test_all_have_something_to_say_and_can_be_kept(tables):
    for rows in tables.values():
        assert all(row.what and row.figure for row in rows)
        whats = [row.what for row in rows]
        assert len(set(whats)) == len(whats)
        json.dumps([asdict(row) for row in rows], allow_nan=False)


@pytest.mark.parametrize("name", ["full", "mini", "digits"])
def test_all_reach_the_same_loss(tables, name):
    rows = [row for row in tables[name] if "loss after" in row.what]
    assert rows
    for row in rows:
        ours, *others = row.numbers["first loss"]
        assert row.numbers["names"][0] == "ours" and len(others) + 1 == len(row.numbers["names"])
        assert others == pytest.approx([ours] * len(others), rel=1e-4)
        assert row.ratio.startswith("the same")
        assert row.numbers["last loss"][0] < ours  # they train


def test_full_batch_is_against_everybody_with_the_targets(tables):
    rows = {row.what.partition(": ")[2]: row for row in tables["full"]}
    assert rows["the original recipe (float64 · float32)"].target == "≥ 20 ×"
    assert rows["PyTorch eager"].target == "≥ 4 ×"
    assert rows["JAX jit"].target == rows["JAX jit, blocks summed by lax.scan"].target == "≥ 1.4 ×"
    assert "plain NumPy, float32" in rows


def test_mini_batches_are_of_four_networks_against_everybody(tables):
    names = ["64-10-10-10 b256", "64-128-10 b128", "64-128-64-10 b32", "64-512-256-10 b128"]
    for number, name in enumerate(names):
        rows = {row.what.partition(": ")[2]: row for row in starting(tables["mini"], f"{name}: ")}
        assert rows["ours"].figure.endswith("µs")
        for kind in mini_batch.KINDS:
            row = rows[kind.name]
            wanted = "≥ 1.5 ×" if number < 2 and kind.requires != "jax" else "≥ 1 ×"
            assert row.target == wanted
            assert is_there(kind) != row.figure.startswith("left out")


def test_digits_are_with_and_without_a_recording(tables):
    for batch in ("full batch", "batch 32"):
        for kept in ("nothing kept", "metrics kept", "metrics and keyframes kept"):
            (row,) = starting(tables["digits"], f"{batch}: {kept}")
            assert "epochs/s" in row.figure
            assert bool(row.ratio) == (kept != "nothing kept")


def test_growth_is_by_doublings(tables):
    rows = tables["growth"]
    firsts = [row for row in rows if not row.ratio]
    assert [row.what for row in firsts] == [
        "7,500 samples, 784-10-10",
        "784-16-10, 5,000 samples",
        "1 × 64 hidden units, 5,000 samples",
    ]
    for cases in (growth.SAMPLES, growth.WIDTH, growth.DEPTH):
        sizes = [samples * sum(layers) for _, samples, layers in cases]
        assert all(b == 2 * a for a, b in pairwise(sizes))


def test_the_noise_has_as_much_to_leave_out_as_mnist():
    """MNIST: 19.1 % of the pixels, and the first 52.4 % of the features by use, on average."""
    x = growth.made_data(5_000).train_x
    assert x.shape == (5_000, 784) and x.dtype == np.float32
    assert x.min() == 0 and 0.99 < x.max() <= 1
    assert np.count_nonzero(x) / x.size == pytest.approx(0.191, abs=0.01)
    by_use = x[:, np.argsort(-np.count_nonzero(x, axis=0))] != 0
    last = 784 - np.argmax(by_use[:, ::-1], axis=1)
    assert last.mean() / 784 == pytest.approx(0.524, abs=0.03)


def test_keyframes_are_kept_only_where_it_is_said():
    data, experiment = digits.load_dataset("digits"), digits.presets()["digits"]
    held = []
    for kind in (digits.Metrics, digits.Keyframes):
        peer = kind(experiment, data)
        for _ in range(10):
            peer.epoch()
        assert len(peer._recording) == 11
        held.append(len(peer._recording.keyframes))
    assert held[0] == 1 < held[1]


@pytest.mark.parametrize("module", [full_batch, mini_batch])
def test_without_mnist_a_row_says_so(module, tmp_path, monkeypatch):
    from nnfs_core.errors import UserError

    def no_data(*_):
        raise UserError("it is not there")

    monkeypatch.setattr(module, "load_dataset", no_data)
    (row,) = module.measure(tmp_path)
    assert row.figure == "left out: it is not there"
