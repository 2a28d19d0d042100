"""Makes files of one kind, has them read, and gathers what should not have happened."""

from __future__ import annotations

import contextlib
import json
import selectors
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.kinds import make

ROOT = Path(__file__).resolve().parents[2]

SECONDS = 30
"""For one file; most take milliseconds."""

STARTING = 120
"""Seconds until a process that reads is there."""

MEBIBYTES = {"pictures": 1024, "uploads": 1536}
"""Memory beyond what the process begins with; a picture may have 60 million pixels."""

MOST = 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that did what none may do.

    Attributes
    ----------
    kind, seed, number
        What it is made of.
    path : Path
        Where it is kept.
    why : str
    """

    kind: str
    seed: int
    number: int
    path: Path
    why: str

    def __str__(self) -> str:
        again = f"--kind {self.kind} --seed {self.seed} --number {self.number}"
        return f"{self.kind} {self.number} of seed {self.seed} ({again}), {self.path}:\n{self.why}"


@dataclass(slots=True)
class Hunt:
    """What came of the files of one kind."""

    kind: str
    counts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


class Worker:
    """The other process. One that dies or takes too long is a finding, and another one begins."""

    def __init__(self, kind: str) -> None:
        bound = str(MEBIBYTES.get(kind, MOST))
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "tests.fuzz.worker", kind, bound],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
        )
        self._answer(STARTING)

    def ask(self, path: Path, written: Any) -> tuple[str, str]:
        """Have a file read."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"path": str(path), "written": written}) + "\n")
            self._process.stdin.flush()
        except OSError:
            return "gone", self._last_words()
        line = self._answer(SECONDS)
        if line is None:
            return "gone", f"no answer within {SECONDS} s"
        if not line:
            return "gone", self._last_words()
        verdict, why = json.loads(line)
        return verdict, why

    def _answer(self, seconds: float) -> str | None:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(seconds):
                return None
        return self._process.stdout.readline()

    def _last_words(self) -> str:
        self._process.wait(10)
        self._errors.seek(0)
        return f"the process ended with {self._process.returncode}: {self._errors.read()[-3000:]}"

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def hunt(
    kind: str,
    seed: int,
    numbers: range,
    keep: Path,
    told: Callable[[Finding], object] = lambda finding: None,
) -> Hunt:
    """Make the files of these numbers and have them read.

    Parameters
    ----------
    keep : Path
        Where files are kept that are findings.
    told : callable
        Called with each finding when it is found.
    """
    result = Hunt(kind)
    worker = Worker(kind)
    try:
        for number in numbers:
            with tempfile.TemporaryDirectory() as folder:
                path, written = make(kind, seed, number, Path(folder))
                verdict, why = worker.ask(path, written)
                if verdict in {"finding", "gone"}:
                    keep.mkdir(parents=True, exist_ok=True)
                    kept = keep / f"{kind}-{seed}-{number}{''.join(path.suffixes)}"
                    kept.write_bytes(path.read_bytes())
                    finding = Finding(kind, seed, number, kept, why)
                    result.findings.append(finding)
                    told(finding)
                if verdict == "gone":
                    worker.close()
                    worker = Worker(kind)
                result.counts["finding" if verdict == "gone" else verdict] += 1
                if verdict == "refused":
                    result.refusals[why] += 1
    finally:
        worker.close()
    return result
