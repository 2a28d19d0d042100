"""The process that trains for a window: ``python -m nnfs_core.engine.child``.

Drawing and training in one process get in each other's way, however many processors there
are: Python runs one thread of a process at a time. So the window has this program do the
training. It is told what to do on its standard input, and tells what it did on its standard
output, as :mod:`nnfs_core.engine.messages`; it ends when its input does. The other end is
:mod:`nnfs_core.engine.process`.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from dataclasses import asdict
from mmap import mmap
from socket import socket
from threading import Lock, Thread
from time import perf_counter
from typing import Any, BinaryIO

import numpy as np

from nnfs_core.data.base import Dataset
from nnfs_core.data.scale import Scale
from nnfs_core.engine.handover import arrays_in, received_file
from nnfs_core.engine.loop import TrainingLoop
from nnfs_core.engine.messages import (
    Words,
    frame_message,
    message,
    read_message,
    rows,
    state_from,
    state_words,
)
from nnfs_core.experiment import Experiment
from nnfs_core.history.recording import Mark
from nnfs_core.training.metrics import EpochMetrics
from nnfs_core.training.trainer import EpochFrame, Trainer, TrainState

TOLD_EVERY = 0.02
"""Seconds for which epochs may be kept to be told together."""

COMMANDS = (
    "train",
    "step",
    "pause",
    "set_rate",
    "set_recipe",
    "keep_every",
    "request_state",
    "take",
)
"""Methods of a loop that may be asked for."""


class Teller:
    """Tells what the loop does; see :class:`~nnfs_core.engine.loop.Listener`.

    Parameters
    ----------
    stream : binary stream
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stride = 1
        self._stream, self._lock = stream, Lock()
        self._metrics: list[EpochMetrics] = []
        self._waiting: list[bytes] = []
        self._told = 0.0

    def tell(self, words: Words, *numbers: np.ndarray[Any, Any]) -> None:
        """Tell something at once, after all that came before."""
        self._keep(message(words, *numbers))
        self._flush()

    def on_epoch(self, trainer: Trainer, metrics: EpochMetrics) -> None:
        """Tell an epoch, and its state where it is to be a keyframe; not each one at once."""
        self._metrics.append(metrics)
        if metrics.epoch % self.stride == 0:
            state = trainer.state()
            self._keep(message({"told": "keyframe", "state": state_words(state)}, state.numbers))
        if perf_counter() - self._told > TOLD_EVERY:
            self._keep()
            self._flush()

    def on_frame(self, frame: EpochFrame) -> None:
        """Tell a frame."""
        self._keep(frame_message(frame))
        self._flush()

    def on_training(self, trainer: Trainer, training: bool) -> None:
        """Tell whether it trains, and where it stands."""
        state = trainer.state()
        words = {"told": "training", "training": training, "state": state_words(state)}
        self.tell(words, state.numbers)

    def on_state(self, state: TrainState) -> None:
        """Tell a state."""
        self.tell({"told": "state", "state": state_words(state)}, state.numbers)

    def on_change(self, state: TrainState, text: str) -> None:
        """Tell a change."""
        words = {"told": "change", "text": text, "state": state_words(state)}
        self.tell(words, state.numbers)

    def on_marks(self, marks: tuple[Mark, ...]) -> None:
        """Tell what has happened to hidden layers, with the next epochs."""
        self._keep(message({"told": "marks", "marks": [asdict(mark) for mark in marks]}))

    def on_diverged(self, text: str) -> None:
        """Tell where numbers have stopped being finite."""
        self.tell({"told": "diverged", "text": text})

    def on_stopped(self, text: str) -> None:
        """Tell why training has stopped early."""
        self.tell({"told": "stopped", "text": text})

    def on_failed(self, text: str) -> None:
        """Tell why else training has stopped."""
        self.tell({"told": "failed", "text": text})

    def on_wait(self) -> None:
        """Tell what was kept."""
        self._keep()
        self._flush()

    def _keep(self, *messages: bytes) -> None:
        """Put messages behind the epochs that came before them."""
        if self._metrics:
            self._waiting.append(message({"told": "epochs"}, rows(self._metrics)))
            self._metrics = []
        self._waiting.extend(messages)

    def _flush(self) -> None:
        self._told = perf_counter()
        if self._waiting:
            text, self._waiting = b"".join(self._waiting), []
            try:
                with self._lock:
                    self._stream.write(text)
                    self._stream.flush()
            except BrokenPipeError:
                os._exit(0)  # the window is gone: there is nobody to tell


class Trainee:
    """Obeys what it is told.

    Parameters
    ----------
    commands, answers : binary stream
    passage : socket, optional
        What files come through.
    """

    def __init__(
        self, commands: BinaryIO, answers: BinaryIO, passage: socket | None = None
    ) -> None:
        self._commands, self._answers, self._passage = commands, answers, passage
        self._data: Dataset | None = None
        self._trainer: Trainer | None = None
        self._loop: TrainingLoop | None = None
        self._thread: Thread | None = None
        self._teller = Teller(answers)

    def serve(self) -> None:
        """Obey until there are no more commands."""
        while (given := read_message(self._commands)) is not None:
            words, payload = given
            match words["do"]:
                case "data":
                    self._load(words, payload)
                case "begin":
                    self._begin(words, payload)
                case "stride":
                    self._teller.stride = words["stride"]
                case "ping":
                    self._teller.tell({"told": "pong"})
                case "close":
                    # At once, so that who does not hear it knows that nothing more will come.
                    self._teller.tell({"told": "closing"})
                    self._close()
                    self._tell_closed()
                case name if name in COMMANDS and self._loop is not None:
                    getattr(self._loop, name)(*words["arguments"])
        self._close()

    def _load(self, words: Words, payload: bytes) -> None:
        """Take data; where it comes in a file, that is mapped rather than read."""
        meta = words["meta"]
        memory: bytes | mmap = payload
        if words.get("in_file"):
            assert self._passage is not None, "it comes through a socket"
            memory = received_file(self._passage)
        arrays: dict[str, Any] = arrays_in(memory, words["arrays"])
        shape = None if meta["image_shape"] is None else tuple(meta["image_shape"])
        self._data = Dataset(
            name=meta["name"],
            classes=tuple(meta["classes"]),
            image_shape=shape,
            task=meta["task"],
            target=meta["target"],
            target_scale=Scale(*meta["scale"]),
            **arrays,
        )
        self._trainer = None

    def _begin(self, words: Words, payload: bytes) -> None:
        """Stand at a state of a run, and wait for what to do."""
        self._close()
        assert self._data is not None, "data comes first"
        experiment = Experiment.model_validate(words["experiment"])
        state = state_from(words["state"], payload)
        try:
            if self._trainer is None or self._trainer.experiment != experiment:
                self._trainer = None
                self._trainer = Trainer(experiment, self._data, state=state)
            else:
                self._trainer.restore(state)
        except MemoryError:
            self._teller.tell({"told": "refused", "text": "not enough memory"})
            return
        self._teller.stride = words["stride"]
        loop = self._loop = TrainingLoop(self._trainer, self._teller)
        loop.patience.known = words["best"][0], words["best"][1]
        self._thread = Thread(target=self._run, args=(loop,), name="training", daemon=True)
        self._thread.start()
        self._teller.tell({"told": "begun"})

    def _run(self, loop: TrainingLoop) -> None:
        try:
            loop.run()
        except Exception:
            # It has told what happened. Without its loop this process is of no use: when it ends,
            # training goes on in the window's.
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(os.EX_SOFTWARE if hasattr(os, "EX_SOFTWARE") else 1)

    def _tell_closed(self) -> None:
        """Answer that a run is left, and where it stands."""
        trainer = self._trainer
        if trainer is None:
            self._teller.tell({"told": "closed", "state": None})
        else:
            state = trainer.state()
            self._teller.tell({"told": "closed", "state": state_words(state)}, state.numbers)

    def _close(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.close()
            self._thread.join()
            self._loop.closed()
        self._loop = self._thread = None


def main() -> None:
    """Serve the window that has started this process."""
    # Sent to it all the same, Ctrl+C is for the window, which decides how to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    commands, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What anything prints must not come between the messages.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    passage = [socket(fileno=int(descriptor)) for descriptor in sys.argv[1:]]
    Trainee(commands, answers, *passage).serve()


if __name__ == "__main__":
    main()
