"""Programs that benchmarks run in processes of their own: fresh, and without each other's memory.

Each takes its settings as JSON on the command line and prints its figures as one line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import OTHER_KERNELS

ROOT = Path(__file__).resolve().parents[2]

UNUSUAL = (*OTHER_KERNELS, "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS")
"""What some machines set to have other kernels chosen, or every file compiled at every start:
users get what is measured without it."""

LIMIT = 600
"""Seconds after which a program will not end by itself."""

Figures = dict[str, Any]


class ProgramFailed(RuntimeError):
    """A program ended before it had measured what it was to measure."""


def call(
    name: str,
    settings: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> Figures:
    """Run the program of this name to its end and return its figures.

    Parameters
    ----------
    name : str
        Of a module beside this one.
    settings : mapping
        Given to its ``measure``; paths as text.
    environment : mapping, optional
        In place of this process's own.
    options : tuple of str
        Given to Python itself.

    Raises
    ------
    ProgramFailed
        With what it wrote, when its exit status is not 0.
    """
    known = dict(os.environ if environment is None else environment)
    for variable in UNUSUAL:
        known.pop(variable, None)
    done = subprocess.run(
        [sys.executable, *options, "-m", f"{__name__}.{name}", json.dumps(settings)],
        cwd=ROOT,
        env=known,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.strip():
        raise ProgramFailed(f"{name} ended with status {done.returncode}:\n{done.stderr}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    if options:
        figures["said"] = done.stderr
    return figures


def answer(measure: Callable[..., Figures]) -> None:
    """Measure with the settings of the command line and print the figures."""
    print(json.dumps(measure(**json.loads(sys.argv[1]))), flush=True)


def peak_memory() -> float | None:
    """Return the most memory this process has had since it began, in MiB; None if nothing tells.

    Not of ``getrusage``: on Linux that also counts the process it was started by.
    """
    known = _status("VmHWM:")
    if known is not None:
        return known
    try:
        import resource
    except ImportError:  # on Windows
        return None
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (2**20 if sys.platform == "darwin" else 2**10)


def memory_now() -> float | None:
    """Return the memory this process has, in MiB; the most it has had where nothing tells."""
    known = _status("VmRSS:")
    return peak_memory() if known is None else known


def _status(name: str) -> float | None:
    """Return a figure that Linux keeps of this process, in MiB."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) / 1024 for line in lines if line.startswith(name)]
    return found[0] if found else None
