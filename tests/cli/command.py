"""Running the command line from tests: in this process where that is quick, else for real."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from nnfs_cli.app import run

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one error line, without its prefix."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert self.status == 2, self
        assert len(lines) == 1, self.err
        assert self.err.splitlines()[-1] == lines[0]
        assert "Traceback" not in self.err
        return lines[0].removeprefix("error: ")


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> Result:
    """Run a command line in this process."""
    capsys.readouterr()
    status = run([str(argument) for argument in arguments])
    return Result(status, *capsys.readouterr())


def call_for_real(*arguments: object, **options) -> Result:
    """Run a command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "main.py", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        **options,
    )
    return Result(done.returncode, done.stdout, done.stderr)
