"""The process of the program: the real window, with the monkey at it.

``python -m tests.monkey.child`` with one argument, an :class:`~tests.monkey.order.Order` as
JSON. It is begun by :mod:`tests.monkey.watch`, in a home of its own.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import signal
import sys
from pathlib import Path

import psutil
from PyQt6.QtCore import QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PyQt6.QtWidgets import QApplication

from nnfs_core.experiment import Experiment
from nnfs_core.leaving import leave
from tests.monkey.action import read_log
from tests.monkey.checks import left_over
from tests.monkey.order import Order
from tests.monkey.plan import Replayed, Seeded
from tests.monkey.session import Session, tell
from tests.monkey.world import World
from visualizer import app as program
from visualizer.window.crash_trace import CrashTrace


def main(order: Order) -> int:
    """Open the window as often as it is closed while there is something left to do."""
    # Never closed: what crashes while Python ends is to be written down too.
    trace = Path(order.trace).open("w")  # noqa: SIM115
    with Path(order.log).open("w", encoding="utf-8") as log:
        faulthandler.enable(trace)
        if hasattr(signal, "SIGUSR1"):
            faulthandler.register(signal.SIGUSR1, trace)
        traces = _keep_traces()
        _prepare(order)
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
        program.application()
        qInstallMessageHandler(_on_qt_message)
        plan = Replayed(read_log(Path(order.replay))) if order.replay else None
        session = Session(World(Path(order.zoo)), plan or Seeded(order.seed, order.count), log)
        statuses = []
        while not session.over:
            engine = "process" if order.process else "thread"
            opened = program.open_window(Experiment(), "digits", None, play=False, engine=engine)
            statuses.append(opened)
            for made in traces:
                made.finish()  # as at the end of a process, which comes only once here
        for text in left_over():
            tell(finding="left over", text=text)
        tell(done=session.done, opened=len(statuses), memory=psutil.Process().memory_info().rss)
        return max(statuses)


def _keep_traces() -> list[CrashTrace]:
    """Return a list that every crash trace which the program begins will be in."""
    kept: list[CrashTrace] = []

    def begin(folder: Path) -> CrashTrace:
        kept.append(CrashTrace(folder))
        return kept[-1]

    program.CrashTrace = begin
    return kept


def _prepare(order: Order) -> None:
    if order.collector:
        program.GarbageCollector.start = lambda collector: None
        program.GarbageCollector.settle = lambda collector: None
    if order.plant:
        module, _, function = order.plant.partition(":")
        getattr(importlib.import_module(module), function)()


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
        print(f"Qt: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    leave(main(Order(**json.loads(sys.argv[1]))))
