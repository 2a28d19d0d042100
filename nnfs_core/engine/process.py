"""A process that trains, seen from the one that asks it to; the other end is ``child.py``."""

from __future__ import annotations

import os
import select
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

import nnfs_core
from nnfs_core.data.base import Dataset
from nnfs_core.engine.handover import (
    ARRAYS,
    bytes_of,
    file_passage,
    layout_of,
    nameless_file,
    send_file,
)
from nnfs_core.engine.messages import Words, message, message_parts, read_message, state_words
from nnfs_core.training.trainer import Trainer

if TYPE_CHECKING:
    import subprocess
    from socket import socket as Socket


PATIENCE = 500
"""Milliseconds that a command may have to wait before the process is taken to stand still."""


class ProcessEnded(Exception):
    """The process is not there any more, or cannot be started."""


class TrainingProcess:
    """Starts the process when it is first needed, and has it train one run after the other.

    Commands may come from any thread; answers are read by one.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._data: Dataset | None = None
        self._writing = Lock()
        self._socket: Socket | None = None
        # It has told something since the run was begun: all that was sent for that is read.
        self._listens = False

    def begin(self, trainer: Trainer, stride: int, best: tuple[float, int]) -> None:
        """Have it stand where a trainer stands.

        Parameters
        ----------
        stride : int
            Every how many epochs it should tell a state to keep.
        best : tuple of float and int
            The lowest validation loss so far, ∞ where there is none, and its epoch.

        Raises
        ------
        ProcessEnded
            When it cannot be started, or ends.
        """
        self._listens = False
        try:
            self._start()
            if self._data is not trainer.dataset:
                self._send_data(trainer.dataset)
            state = trainer.state()
            words = {
                "do": "begin",
                "experiment": trainer.experiment.model_dump(mode="json"),
                "state": state_words(state),
                "stride": stride,
                "best": best,
            }
            self._write(message(words, state.numbers))
        except (OSError, ProcessEnded) as error:
            self.kill()
            raise ProcessEnded(str(error)) from error

    def call(self, command: str, *arguments: object) -> None:
        """Have its loop do something: a method of :class:`~nnfs_core.engine.loop.TrainingLoop`.

        Does nothing where the process has ended, which whoever reads its answers will notice.
        """
        self._tell({"do": command, "arguments": arguments})

    def set_stride(self, stride: int) -> None:
        """Set every how many epochs it tells a state to keep."""
        self._tell({"do": "stride", "stride": stride})

    def ping(self) -> None:
        """Have it tell ``pong``, whatever else it does."""
        self._tell({"do": "ping"})

    def end_loop(self) -> None:
        """Have it give up the epoch under way.

        It answers ``closing`` at once, then ``closed`` with the state it stands at, and waits for
        a new run.
        """
        self._tell({"do": "close"})

    def read(self) -> tuple[Words, bytes]:
        """Wait for what it tells next.

        Raises
        ------
        ProcessEnded
            When it has ended.
        """
        process = self._process
        if process is None or process.stdout is None:
            raise ProcessEnded("it was not started")
        # Where it is killed meanwhile, what is read from is closed.
        with suppress(ValueError):
            if (told := read_message(process.stdout)) is not None:
                self._listens = True
                return told
        status = process.wait()
        if self._process is process:  # and not a new one by now
            self.kill()
        raise ProcessEnded(f"it ended with status {status}")

    def kill(self) -> None:
        """End it at once."""
        process, self._process, self._data = self._process, None, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):  # what was still to be written has no reader
                        stream.close()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def _start(self) -> None:
        if self.running:
            return
        self.kill()
        import subprocess  # here, because the window is there before it is needed

        # It must find this very program, wherever the one that asks was started.
        root = str(Path(nnfs_core.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        self._socket, theirs = file_passage() or (None, None)
        passed = () if theirs is None else (theirs.fileno(),)
        try:
            self._process = subprocess.Popen(
                # -P: what is imported does not depend on the folder that somebody stands in.
                [sys.executable, "-P", "-m", "nnfs_core.engine.child", *map(str, passed)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=passed,
                env={**os.environ, "PYTHONPATH": path},
                **_apart_from_the_terminal(),
            )
        finally:
            if theirs is not None:
                theirs.close()

    def _send_data(self, data: Dataset) -> None:
        """Hand data over, in a way that leaves nothing anywhere whoever is killed meanwhile."""
        arrays = {name: np.asarray(getattr(data, name)) for name in ARRAYS}
        scale = data.target_scale
        meta = {
            "name": data.name,
            "classes": data.classes,
            "image_shape": data.image_shape,
            "task": data.task,
            "target": data.target,
            "scale": [scale.low, scale.high],
        }
        words = {"do": "data", "meta": meta, "arrays": layout_of(arrays)}
        passage = self._socket
        if passage is None:
            self._write(*message_parts(words, *bytes_of(arrays)))
        else:
            with nameless_file(arrays) as file:
                send_file(passage, file)
            self._write(message({**words, "in_file": True}))
        self._data = data

    def _tell(self, words: Words) -> None:
        if self._listens and self._is_full():
            # It has not listened for a thousand commands. The window does not wait for it, and
            # whoever reads its answers learns that it has ended.
            if self._process is not None:
                self._process.kill()
            return
        with suppress(ProcessEnded):
            self._write(message(words))

    def _is_full(self) -> bool:
        """Say whether a command would have to wait for long until it listens."""
        process = self._process
        if process is None or process.stdin is None or not hasattr(select, "poll"):
            return False
        waiting = select.poll()
        try:
            waiting.register(process.stdin.fileno(), select.POLLOUT)
        except ValueError:  # closed by now
            return False
        return not waiting.poll(PATIENCE)

    def _write(self, *parts: bytes | memoryview) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise ProcessEnded("it was not started")
        try:
            with self._writing:
                for part in parts:
                    process.stdin.write(part)
                process.stdin.flush()
        except (OSError, ValueError) as error:  # broken, or closed
            raise ProcessEnded(str(error)) from error


def _apart_from_the_terminal() -> dict[str, Any]:
    """Return how a process is started that Ctrl+C in the terminal does not reach.

    Whoever starts it decides when it ends; and before it is there, it could not ignore a signal.
    """
    import subprocess

    if sys.platform == "win32":
        # Without the first, it would open a console of its own.
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}
