"""A process that trains, seen from the one that asks it to; the other end is nnfs_core.trainee."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

import nnfs_core
from nnfs_core.datasets.base import Dataset
from nnfs_core.messages import ARRAYS, Words, message, read_message, state_words
from nnfs_core.training import Trainer

if TYPE_CHECKING:
    import subprocess
    from tempfile import TemporaryDirectory

SHARED_MEMORY = Path("/dev/shm")
"""Where files are in memory, on Linux."""


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
        self._folders: list[TemporaryDirectory[str]] = []

    def begin(self, trainer: Trainer, stride: int) -> None:
        """Have it stand where a trainer stands.

        Parameters
        ----------
        stride : int
            Every how many epochs it should tell a state to keep.

        Raises
        ------
        ProcessEnded
            When it cannot be started, or ends.
        """
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
            }
            self._write(message(words, state.numbers))
        except (OSError, ProcessEnded) as error:
            self.kill()
            raise ProcessEnded(str(error)) from error

    def call(self, command: str, *arguments: object) -> None:
        """Have its loop do something: a method of :class:`~nnfs_core.training_loop.TrainingLoop`.

        Does nothing where the process has ended, which whoever reads its answers will notice.
        """
        self._tell({"do": command, "arguments": arguments})

    def set_stride(self, stride: int) -> None:
        """Set every how many epochs it tells a state to keep."""
        self._tell({"do": "stride", "stride": stride})

    def end_loop(self) -> None:
        """Have it give up the epoch under way.

        It answers ``closed`` with the state it stands at, and waits for a new run.
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
            while (told := read_message(process.stdout)) is not None:
                if told[0]["told"] != "loaded":
                    return told
                if os.name != "nt":
                    # What was mapped stays there for as long as it is. Windows lets nobody
                    # remove a file that somebody maps.
                    self._forget_folders()
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
        self._forget_folders()

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
        self._process = subprocess.Popen(
            # -P: what is imported does not depend on the folder that somebody stands in.
            [sys.executable, "-P", "-m", "nnfs_core.trainee"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # On Windows it would open a console of its own.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            env={**os.environ, "PYTHONPATH": path},
        )

    def _send_data(self, data: Dataset) -> None:
        """Hand data over in files, which it maps rather than reads."""
        from tempfile import TemporaryDirectory

        arrays = {name: np.asarray(getattr(data, name)) for name in ARRAYS}
        size = sum(array.nbytes for array in arrays.values())
        folder = TemporaryDirectory(
            prefix="nnfs-", dir=_folder_for(size), ignore_cleanup_errors=True
        )
        self._folders.append(folder)
        for name, array in arrays.items():
            np.save(Path(folder.name) / f"{name}.npy", array, allow_pickle=False)
        meta = {"name": data.name, "classes": data.classes, "image_shape": data.image_shape}
        self._write(message({"do": "data", "folder": folder.name, "meta": meta}))
        self._data = data

    def _forget_folders(self) -> None:
        while self._folders:
            self._folders.pop().cleanup()

    def _tell(self, words: Words) -> None:
        with suppress(ProcessEnded):
            self._write(message(words))

    def _write(self, text: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise ProcessEnded("it was not started")
        try:
            with self._writing:
                process.stdin.write(text)
                process.stdin.flush()
        except (OSError, ValueError) as error:  # broken, or closed
            raise ProcessEnded(str(error)) from error


def _folder_for(size: int) -> Path | None:
    """Return where files of this size are in memory, or None for the usual place."""
    import shutil

    try:
        roomy = shutil.disk_usage(SHARED_MEMORY).free > 2 * size
    except OSError:
        return None
    return SHARED_MEMORY if roomy and os.access(SHARED_MEMORY, os.W_OK) else None
