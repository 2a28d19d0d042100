"""Where MNIST and the weights of the original are, for the tests that need them.

``NNFS_DATA_DIR`` names MNIST's folder, or the one that holds it as ``mnist``; without it they are
looked for in ``../shared/data``, beside the checkout. The weights lie in either folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"

_named = Path(os.environ.get("NNFS_DATA_DIR") or BESIDE)
MNIST = _named / "mnist" if (_named / "mnist").is_dir() else _named
"""MNIST's four files."""

FOLDERS = (MNIST, MNIST.parent) if MNIST.name == "mnist" else (MNIST,)
"""Every folder that may be given as MNIST's."""

HAS_MNIST = any(MNIST.glob("train-images*"))

SEED_WEIGHTS = next(
    (path for folder in (MNIST, MNIST.parent) if (path := folder / "seed-weights.npz").exists()),
    MNIST.parent / "seed-weights.npz",
)
"""The original's weights."""

needs_original = pytest.mark.skipif(
    not (SEED_WEIGHTS.exists() and HAS_MNIST),
    reason="the original's weights or MNIST are not here; NNFS_DATA_DIR can say where they are",
)
