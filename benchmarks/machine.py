"""What the figures were measured on: they say nothing without it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = {
    "PyQt6": "PyQt6",
    "pyqtgraph": "pyqtgraph",
    "PyTorch": "torch",
    "JAX": "jax",
    "jaxlib": "jaxlib",
    "scikit-learn": "scikit-learn",
}
"""Each by its name and its package's."""


def describe() -> dict[str, str]:
    """Return processor, system, Python, NumPy, its matrix library, and the peers' versions."""
    import numpy as np
    from threadpoolctl import ThreadpoolController

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    # This NumPy's own: peers may have brought others into the process.
    blas = next(
        (
            f"{pool['internal_api']} {pool['version']}, {pool.get('architecture')} kernels"
            for pool in ThreadpoolController().info()
            if pool["user_api"] == "blas" and "numpy" in pool["filepath"]
        ),
        "unknown",
    )
    return {
        "processor": f"{processor()}, {usable} cores",
        "system": platform.system(),
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "BLAS": blas,
        **{name: _version(package) for name, package in LIBRARIES.items()},
    }


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (named or [platform.processor() or platform.machine()])[0]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
