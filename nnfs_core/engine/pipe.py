"""The engine in a process of its own, seen from the one that asks; the other end is ``child.py``.

The child listens, on an address that only it and its parent know, and says so on its standard
output. The key comes on its standard input, whose end is also the end of the child. From then on
messages go through a connection, as :mod:`nnfs_core.engine.codec` writes them.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import nnfs_core
from nnfs_core.data.base import Dataset
from nnfs_core.engine.carrier import CarrierLost, Hear
from nnfs_core.engine.codec import CodecError, decode, encode, encode_parts
from nnfs_core.engine.commands import Command, FetchData, Ping, Start, Step, Train, UseData
from nnfs_core.engine.events import Closed, Event, Refused, StoodStill, Training
from nnfs_core.engine.handover import nameless_file, passes_files, send_file
from nnfs_core.training.arranged import Arranged

if TYPE_CHECKING:
    import subprocess
    from multiprocessing.connection import Connection

FULL = 500
"""Milliseconds that a command may have to wait before the process is taken to stand still."""

WATCH_EVERY = 0.5
"""Seconds after which a process that has told nothing is asked whether it is there, and from then
on until it is said that it does not answer."""

LISTENS = "nnfs listens "
"""What the child's line with its address begins with: anything may print before it."""


class Pipe:
    """Starts the process when it is first needed, and has it train one run after the other.

    Commands may come from any thread; events are read by one.
    """

    apart = True

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._data: Dataset | None = None
        self._sending = Lock()
        # It has told something since the run was begun: all that was sent for that is read.
        self._listens = False
        self._listening = self._answer_due = False

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def begin(self, run: Arranged, start: Start) -> None:
        """Have the process stand at a run's newest epoch.

        Raises
        ------
        CarrierLost
            When it cannot be started, or ends.
        """
        self._listens = False
        try:
            self._start()
            with self._sending:
                if self._data is not run.dataset:
                    self._send_data(run.dataset)
                self._connected.send_bytes(encode([start]))
        except (OSError, EOFError, ValueError) as error:
            self.kill()
            raise CarrierLost(str(error) or "it ended") from error

    def send(self, command: Command) -> None:
        """Hand a command on; where the process has ended, whoever listens learns of it."""
        if isinstance(command, Train | Step):
            self._answer_due = True
        if self._listens and self._is_full():
            # It has not listened for a thousand commands. The window does not wait for it, and
            # whoever listens learns that it has ended.
            if self.process is not None:
                self.process.kill()
            return
        with suppress(OSError, CarrierLost), self._sending:
            self._connected.send_bytes(encode([command]))

    def listen(self, hear: Hear) -> None:
        """Hand on what the process tells, until it has left the run.

        Raises
        ------
        CarrierLost
            When it has ended, or refuses the run.
        """
        self._listening = True
        try:
            while not self._hand_on(self._told(hear), hear):
                pass
        finally:
            self._listening = False

    def _hand_on(self, events: tuple[Event, ...], hear: Hear) -> bool:
        """Hand events on; say whether the run is left."""
        for event in events:
            match event:
                case Refused(text):
                    raise CarrierLost(text)
                case Training(training):
                    self._answer_due = training
            hear(event)
            if isinstance(event, Closed):
                return True
        return False

    def _told(self, hear: Hear) -> tuple[Event, ...]:
        """Return what the process tells next; say meanwhile when it does not answer any more."""
        asked = still = False
        try:
            connection = self._connected
            while not connection.poll(WATCH_EVERY):
                if not (self._listens and self._answer_due):
                    continue  # it makes itself ready, which may take a while, or rests
                if not asked:
                    asked = True
                    self.send(Ping())
                elif not still:
                    still = True
                    hear(StoodStill(True))
            events = decode(connection.recv_bytes())
        except (OSError, EOFError, CodecError) as error:
            if isinstance(error, CodecError) and self.process is not None:
                self.process.kill()  # it is there, and nobody can know what it means
            status = self.process.wait() if self.process is not None else None
            raise CarrierLost(f"it ended with status {status}") from error
        if still:
            hear(StoodStill(False))
        self._listens = True
        return events

    def kill(self) -> None:
        """End the process at once; whoever listens learns of it."""
        process = self.process
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):  # what was still to be written has no reader
                        stream.close()
        if not self._listening:  # else its end is read first: a number of a file is soon another's
            self._forget()

    def _forget(self) -> None:
        connection, self._connection, self._data = self._connection, None, None
        if connection is not None:
            connection.close()

    @property
    def _connected(self) -> Connection:
        if self._connection is None:
            raise CarrierLost("it was not started")
        return self._connection

    def _start(self) -> None:
        if self.running and self._connection is not None:
            return
        self.kill()
        # Here, because the window is there before they are needed.
        import subprocess
        from multiprocessing.connection import Client

        # It must find this very program, wherever the one that asks was started.
        root = str(Path(nnfs_core.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        self.process = subprocess.Popen(
            # -P: what is imported does not depend on the folder that somebody stands in.
            [sys.executable, "-P", "-m", "nnfs_core.engine.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            **_apart_from_the_terminal(),
        )
        key = secrets.token_bytes(32)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(key.hex().encode() + b"\n")
        self.process.stdin.flush()
        self._connection = Client(_address(self.process.stdout), authkey=key)

    def _send_data(self, data: Dataset) -> None:
        """Hand data over, in a way that leaves nothing anywhere whoever is killed meanwhile."""
        if passes_files():
            with nameless_file(encode_parts([UseData(data)])) as file:
                self._connected.send_bytes(encode([FetchData()]))
                send_file(self._connected, file)
        else:
            self._connected.send_bytes(encode([UseData(data)]))
        self._data = data

    def _is_full(self) -> bool:
        """Say whether a command would have to wait for long until it is listened to."""
        if not hasattr(select, "poll"):
            return False
        waiting = select.poll()
        try:
            waiting.register(self._connected.fileno(), select.POLLOUT)
        except (OSError, ValueError, CarrierLost):  # closed by now
            return False
        return not waiting.poll(FULL)


def _address(said: Any) -> str:
    """Return the address that a child says it listens on.

    Raises
    ------
    OSError
        When it has ended before.
    """
    for line in said:
        text = line.decode(errors="replace")
        if text.startswith(LISTENS):
            address: str = json.loads(text.removeprefix(LISTENS))
            return address
    raise OSError("it ended before it listened")


def _apart_from_the_terminal() -> dict[str, Any]:
    """Return how a process is started that Ctrl+C in the terminal does not reach.

    Whoever starts it decides when it ends; and before it is there, it could not ignore a signal.
    """
    import subprocess

    if sys.platform == "win32":
        # Without the first, it would open a console of its own.
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}
