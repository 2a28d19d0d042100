"""The package as a library: its page as it stands, and what it refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nnfs_core as nnfs
from nnfs_core.data.base import Dataset
from nnfs_core.files.meaning import UNKNOWN
from tests.core import plain

ROOT = Path(__file__).resolve().parents[2]


def in_python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_page_is_run_as_it_stands(tmp_path):
    page = (ROOT / "docs" / "library.md").read_text("utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
    done = in_python(code + "\nimport sys; assert 'PyQt6' not in sys.modules", tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    share, count = re.match(r"([\d.]+)% of (\d+) samples", lines[0]).groups()
    assert float(share) > 95 and int(count) == 360
    assert float(lines[4]) == pytest.approx(float(share) / 100, abs=5e-4)
    assert float(lines[-1]) > 0.8
    assert (tmp_path / "digits.npz").exists()


def test_its_name_alone_loads_nothing():
    code = (
        "import sys, nnfs_core\n"
        "print(nnfs_core.__version__, *sorted({'numpy', 'pydantic'} & set(sys.modules)))\n"
        "assert set(nnfs_core.__all__) <= set(dir(nnfs_core))\n"
        "for name in nnfs_core.__all__: getattr(nnfs_core, name)\n"
        "from nnfs_core import *\n"
        "try: nnfs_core.no_such_thing\n"
        "except AttributeError as error: print(error)\n"
    )
    done = in_python(code, ROOT)
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert first == nnfs.__version__, "neither NumPy nor pydantic"
    assert "no_such_thing" in last


@pytest.fixture(scope="module")
def clouds() -> Dataset:
    return plain.make_dataset(samples=90, validation=30, seed=3)


@pytest.fixture(scope="module")
def trained(clouds):
    seen = []
    experiment = nnfs.Experiment(layers=(7,), dtype="float64", epochs=30)
    found = nnfs.train(experiment, clouds, seen.append)
    assert [metrics.epoch for metrics in seen] == list(range(31))
    return found


def test_answers_are_those_of_the_slow_mathematics(trained, clouds):
    zs = plain.pre_activations(trained.experiment, trained.parameters, clouds.validation_x)
    p = plain.probabilities(zs[-1])
    found = nnfs.predict(trained, clouds.validation_x, scaled=True)
    np.testing.assert_allclose(found, p, atol=1e-12)
    result = nnfs.evaluate(trained, clouds)
    right = p.argmax(axis=1) == clouds.validation_y
    assert result.accuracy == pytest.approx(right.mean())
    assert result.loss == pytest.approx(
        plain.loss(trained.experiment, trained.parameters, clouds.validation_x, clouds.validation_y)
    )
    assert nnfs.evaluate(trained, clouds, "train").samples == 90
    assert nnfs.evaluate(trained, clouds, "all").samples == 120


def test_samples_in_their_own_units_are_scaled_as_the_data_was():
    draw = np.random.default_rng(1)
    y = np.arange(200) % 2
    x = np.stack([1000 + 300 * y + draw.normal(0, 20, 200), draw.normal(0, 1e-3, 200)], axis=1)
    data = nnfs.Dataset.from_arrays(x, y, name="two")
    found = nnfs.train(nnfs.Experiment(layers=(4,), epochs=150, learning_rate=1.0), data)
    p = nnfs.predict(found, x)
    assert (p.argmax(axis=1) == y).mean() > 0.98
    np.testing.assert_allclose(nnfs.predict(found, x[3]), p[3:4], rtol=1e-5)
    scale = found.meaning.scale
    by_hand = ((x - scale.low) / (scale.high - scale.low)).astype(np.float32)
    np.testing.assert_allclose(nnfs.predict(found, by_hand, scaled=True), p, atol=1e-6)


def test_what_does_not_fit_is_one_line(trained, clouds, tmp_path):
    digits, unknown = nnfs.load_dataset("digits"), replace(trained, meaning=UNKNOWN)
    for call, words in (
        (
            lambda: nnfs.predict(trained, [1.0, 2.0], scaled=True),
            "expected 6 numbers each, found 2",
        ),
        (
            lambda: nnfs.evaluate(trained, digits),
            "expected 6 inputs and 4 classes, found 64 and 10 classes",
        ),
        (lambda: nnfs.evaluate(trained, clouds, "half"), "there is no such part"),
        (lambda: nnfs.predict(unknown, clouds.validation_x), "scaled=True"),
        (lambda: nnfs.load_weights(tmp_path / "none.npz"), "none.npz"),
        (lambda: nnfs.register(object()), "extending.md"),
    ):
        with pytest.raises(nnfs.UserError, match=re.escape(words)) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_an_activation_and_a_source_are_registered_as_an_optimizer_is(tmp_path):
    guide = (ROOT / "docs" / "extending.md").read_text("utf-8")
    found = dict(re.findall(r"```python file=(\S+)\n(.*?)```", guide, re.DOTALL))
    code = (
        found["softplus.py"]
        + found["rings.py"]
        + found["sign.py"]
        + """
import nnfs_core as nnfs
for one in (ACTIVATION, SOURCE, OPTIMIZER):
    nnfs.register(one)
    try: nnfs.register(one)
    except nnfs.UserError as error: print(error)
trained = nnfs.train(nnfs.Experiment(
    dataset="rings", activation="softplus", optimizer="sign", learning_rate=0.003, epochs=1500,
    layers=(16,),
))
print(nnfs.evaluate(trained).accuracy)
"""
    )
    done = in_python(code, tmp_path)
    assert done.returncode == 0, done.stderr
    *twice, right = done.stdout.splitlines()
    assert [line.split()[-1] for line in twice] == ["softplus", "rings", "sign"]
    assert float(right) > 0.95


def test_a_dataset_of_another_scale_is_refused(trained):
    draw = np.random.default_rng(2)
    other = nnfs.Dataset.from_arrays(
        draw.uniform(0, 9, (40, 6)), [f"class {k % 4}" for k in range(40)], name="other"
    )
    known = nnfs.train(nnfs.Experiment(layers=(), epochs=1), other)
    more = nnfs.Dataset.from_arrays(
        draw.uniform(0, 90, (40, 6)), [f"class {k % 4}" for k in range(40)], name="more"
    )
    with pytest.raises(nnfs.UserError, match="another scale"):
        nnfs.evaluate(known, more)
