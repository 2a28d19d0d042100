"""The process that trains for a window: ``python -m nnfs_core.engine.child``.

Drawing and training in one process get in each other's way, however many processors there
are: Python runs one thread of a process at a time. So the window has this program do the
training. The other end, and how the two find each other, is :mod:`nnfs_core.engine.pipe`.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection, Listener
from tempfile import TemporaryDirectory
from threading import Lock, Thread

from nnfs_core.data.base import Dataset
from nnfs_core.engine.codec import decode, encode
from nnfs_core.engine.commands import Close, Command, FetchData, Ping, Start, UseData
from nnfs_core.engine.events import Closed, Closing, Event, Pong, Refused
from nnfs_core.engine.handover import received_file
from nnfs_core.engine.loop import TrainingLoop
from nnfs_core.engine.pipe import LISTENS
from nnfs_core.training.trainer import Trainer

TOGETHER = 0.02
"""Seconds for which epochs may be kept to be told together: to tell each one costs more than many
of them do."""


class Child:
    """Obeys what it is told.

    Parameters
    ----------
    connection : Connection
        To the window.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection, self._sending = connection, Lock()
        self._data: Dataset | None = None
        self._trainer: Trainer | None = None
        self._loop: TrainingLoop | None = None
        self._thread: Thread | None = None

    def serve(self) -> None:
        """Obey until nobody gives commands any more."""
        with suppress(EOFError, OSError):
            while True:
                for command in decode(self._connection.recv_bytes()):
                    self._obey(command)
        self._leave()

    def _obey(self, command: Command) -> None:
        match command:
            case UseData(dataset):
                self._data, self._trainer = dataset, None
            case FetchData():
                for inside in decode(received_file(self._connection)):
                    self._obey(inside)
            case Start():
                self._begin(command)
            case Ping():
                self._tell([Pong()])
            case Close():
                # At once, so that who does not hear it knows that nothing more will come.
                self._tell([Closing()])
                if self._loop is None:
                    self._tell([Closed(None)])
                self._leave()
            case _ if self._loop is not None:
                self._loop.do(command)

    def _begin(self, start: Start) -> None:
        """Stand at a state of a run, and wait for what to do."""
        self._leave()
        assert self._data is not None, "data comes first"
        try:
            if self._trainer is None or self._trainer.experiment != start.experiment:
                self._trainer = None
                self._trainer = Trainer(start.experiment, self._data, state=start.state)
            else:
                self._trainer.restore(start.state)
        except MemoryError:
            self._tell([Refused("not enough memory")])
            return
        self._loop = TrainingLoop(self._trainer, start, self._tell, TOGETHER)
        self._thread = Thread(target=self._run, args=(self._loop,), name="training", daemon=True)
        self._thread.start()

    def _run(self, loop: TrainingLoop) -> None:
        try:
            loop.run()
        except Exception:
            # It has told what happened. Without its loop this process is of no use.
            traceback.print_exc()
            _end(os.EX_SOFTWARE if hasattr(os, "EX_SOFTWARE") else 1)

    def _leave(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.do(Close())
            self._thread.join()
        self._loop = self._thread = None

    def _tell(self, events: Sequence[Event]) -> None:
        try:
            with self._sending:
                self._connection.send_bytes(encode(events))
        except OSError:
            _end(0)  # the window is gone: there is nobody to tell


def _end(status: int) -> None:
    sys.stderr.flush()
    os._exit(status)


def _end_with_the_input() -> None:
    """End when the one who has started this process has, whatever else is done."""
    while sys.stdin.buffer.read(2**10):
        pass
    _end(0)


def _free_address(stack: ExitStack) -> str | None:
    """Return where to listen: nothing of it is left behind when the stack is closed."""
    if sys.platform == "win32":
        return None  # a named pipe
    if sys.platform == "linux":
        return f"\0nnfs-{secrets.token_hex(16)}"  # in no folder
    return f"{stack.enter_context(TemporaryDirectory(prefix='nnfs-'))}/socket"


def main() -> None:
    """Serve the window that has started this process, and end."""
    try:
        _serve()
    except Exception:
        traceback.print_exc()
        _end(1)
    # Not left to Python, which would wait for the thread that reads the input.
    _end(0)


def _serve() -> None:
    # Sent to it all the same, Ctrl+C is for the window, which decides how to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    key = bytes.fromhex(sys.stdin.readline())
    Thread(target=_end_with_the_input, daemon=True).start()
    with ExitStack() as stack:
        listener = stack.enter_context(Listener(_free_address(stack), authkey=key))
        print(LISTENS + json.dumps(os.fsdecode(listener.address)), flush=True)
        # What anything prints from here on is for people.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        connection = listener.accept()
    Child(connection).serve()


if __name__ == "__main__":
    main()
