"""The process that watches: it begins the program with the monkey, and sees how it fares."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import IO, Any

import psutil

from tests.monkey.action import Action, read_log
from tests.monkey.finding import Finding, without_noise
from tests.monkey.home import environment
from tests.monkey.order import Order
from tests.monkey.run_queue import waiting_time

LOOK = 0.2
"""Seconds from one look at the program to the next."""

START, END = 120.0, 60.0
"""Seconds within which the first sign of life comes, and within which all ends after the last."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much.

    Attributes
    ----------
    pause : float
        Seconds in which the event loop of the window gives no sign of life. Time in which the
        system had given its processor to others does not count.
    stuck : float
        Seconds in which nothing is done and the program does not end, although it is alive.
    memory : int
        Bytes of the program and of the processes it has begun.
    """

    pause: float = 5.0
    stuck: float = 120.0
    memory: int = 3 * 2**30


@dataclass(slots=True)
class Outcome:
    """How it went.

    Attributes
    ----------
    findings : list of Finding
    actions : list of Action
        What was done, the last one perhaps not to its end.
    opened : int
        How often the window was opened.
    memory : int
        Bytes the program had at its end, or at most where it did not get there.
    longest : float
        Seconds of the longest pause of the event loop.
    """

    findings: list[Finding] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    opened: int = 0
    memory: int = 0
    longest: float = 0.0


def run(
    order: Order, folder: Path, display: str | None = None, limits: Limits | None = None
) -> Outcome:
    """Have one program run with a monkey at it, to its end or to the first finding.

    Parameters
    ----------
    order : Order
        Its files are set here.
    folder : Path
        Is made; everything that is written lies in it.
    display : str or None
        An X display; None for Qt's offscreen platform.
    """
    folder.mkdir(parents=True)
    work = folder / "work"
    work.mkdir()
    order = replace(order, log=str(folder / "actions.jsonl"), trace=str(folder / "trace.txt"))
    with (folder / "stderr.txt").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.monkey.child", order.words()],
            cwd=work,
            env=environment(folder, display),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    watched = _Watched(process, folder, limits or Limits())
    try:
        watched.follow()
    finally:
        watched.kill()
    log = folder / "actions.jsonl"
    watched.outcome.actions = read_log(log) if log.exists() else []
    return watched.outcome


class _Watched:
    """A running child, and what is known of it."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, limits: Limits) -> None:
        self.process, self.limits = process, limits
        self.errors, self.trace = folder / "stderr.txt", folder / "trace.txt"
        self.outcome = Outcome()
        self._told: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._reader.start()
        self._last, self._waited = monotonic(), waiting_time(self.process.pid)
        self._alive = self._done = False
        self._count, self._counted = -1, monotonic()

    def _read(self, told: IO[str]) -> None:
        for line in told:
            try:
                words = json.loads(line)
            except ValueError:
                words = None
            printed = {"finding": "said", "text": f"on standard output: {line}"}
            self._told.put(words if isinstance(words, dict) else printed)
        self._told.put(None)

    def follow(self) -> None:
        """Look until it has ended or something was found."""
        while self._take() and not self.outcome.findings:
            self._look()
        found = self.outcome.findings
        if found and found[0].kind != "pause":
            # What led to it may be printed only now, and the worst may still come.
            self._wait(1.0)
        if not found:
            self._wait(END)
        if self.process.poll() is not None:
            self._judge_end(self.process.returncode)
        elif not found:
            self._find("end", f"the program does not end\n{self._stacks()}")
        said = without_noise(self.errors.read_text("utf-8", "replace"))
        if said and not any(one.kind in ("said", "crash") for one in found):
            found.insert(0, Finding("said", said))

    def _take(self) -> bool:
        """Take what was told since; False when nothing will be any more."""
        wait = LOOK
        while True:
            try:
                told = self._told.get(timeout=wait)
            except queue.Empty:
                return True
            wait = 0.0
            if told is None:
                return False
            if "at" in told:
                self._measure(told["at"], told["waited"])
            if told.get("beat", self._count) != self._count:
                self._count, self._counted = told["beat"], monotonic()
            if "finding" in told:
                self._find(told["finding"], told["text"])
            if "done" in told:
                self._done = True
                self.outcome.opened, self.outcome.memory = told["opened"], told["memory"]

    def _measure(self, at: float, waited: float) -> None:
        if self._alive:
            pause = at - self._last - (waited - self._waited)
            self.outcome.longest = max(self.outcome.longest, pause)
        self._last, self._waited, self._alive = at, waited, True

    def _look(self) -> None:
        pause = monotonic() - self._last - (waiting_time(self.process.pid) - self._waited)
        limit = self.limits.pause if self._alive else START
        if pause > (END if self._done else limit):
            self.outcome.longest = max(self.outcome.longest, pause)
            first = self._stacks()
            self._find("pause", f"no sign of life for {pause:.1f} s\n{first}")
            return
        if self._alive and monotonic() - self._counted > self.limits.stuck:
            what = "the program does not end" if self._count else "nothing is done"
            self._find("stuck", f"{what}, after {self._count} actions\n{self._stacks()}")
            return
        if without_noise(self.errors.read_text("utf-8", "replace")):
            self._wait(1.0)
            self._find("said", without_noise(self.errors.read_text("utf-8", "replace")))
            return
        size = self._memory()
        self.outcome.memory = max(self.outcome.memory, size)
        if size > self.limits.memory:
            self._find("memory", f"{size / 2**20:,.0f} MiB\n{self._stacks()}")

    def _judge_end(self, status: int) -> None:
        if status < 0:
            # The program keeps a trace of its own beside its settings.
            own = self.trace.parent.rglob("crash-*.txt")
            files = [file for file in (self.trace, *own) if file.exists()]
            trace = "\n".join(file.read_text("utf-8", "replace") for file in files)
            name = signal.Signals(-status).name
            said = without_noise(self.errors.read_text("utf-8", "replace"))
            when = " after all was done" if self._done else ""
            self.outcome.findings.insert(0, Finding("crash", f"{name}{when}\n{trace}\n{said}"))
        elif status > 0:
            self._find("end", f"exit status {status}")
        elif not self._done:
            self._find("end", "it ended before all was done")
        for left in self._session():
            self._find("left over", f"a process: {' '.join(left.cmdline())}")

    def _find(self, kind: str, text: str) -> None:
        self.outcome.findings.append(Finding(kind, text))

    def _wait(self, seconds: float) -> None:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def _stacks(self) -> str:
        """Have it write down where each of its threads is."""
        if not hasattr(signal, "SIGUSR1") or self.process.poll() is not None:
            return ""
        self.process.send_signal(signal.SIGUSR1)
        self._wait(1.0)
        return self.trace.read_text("utf-8", "replace") if self.trace.exists() else ""

    def _memory(self) -> int:
        def size(process: psutil.Process) -> int:
            return _or_nothing(lambda: process.memory_info().rss)

        try:
            own = psutil.Process(self.process.pid)
            return size(own) + sum(size(child) for child in own.children(recursive=True))
        except psutil.NoSuchProcess:
            return 0

    def _session(self) -> list[psutil.Process]:
        """Return the processes that it has begun, and that are there although it may not be."""
        if not hasattr(os, "getsid"):
            return []
        mine = self.process.pid
        return [
            one
            for one in psutil.process_iter()
            if one.pid != mine
            and _or_nothing(lambda one=one: os.getsid(one.pid)) == mine
            and one.status() != psutil.STATUS_ZOMBIE
        ]

    def kill(self) -> None:
        """End it and all that it has begun."""
        left = self._session()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for one in left:
            _or_nothing(lambda one=one: one.kill() or 0)
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()


def _or_nothing(ask: Callable[[], int]) -> int:
    """Return what is asked of a process, or 0 of one that has gone meanwhile."""
    try:
        return ask()
    except (OSError, psutil.NoSuchProcess):
        return 0
