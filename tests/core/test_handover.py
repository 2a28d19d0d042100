"""Arrays from one process to another, in files without a name."""

from __future__ import annotations

import errno
import mmap
import os
import socket
from collections.abc import Callable

import numpy as np
import pytest

from nnfs_core.engine import handover
from nnfs_core.engine.handover import (
    arrays_in,
    bytes_of,
    file_passage,
    layout_of,
    nameless_file,
    received_file,
    send_file,
)

ODD = {
    "x": np.arange(15, dtype=np.float32).reshape(5, 3),
    "nothing": np.zeros((0, 3), np.float32),
    "y": np.arange(5),
    "turned": np.arange(12.0).reshape(3, 4).T,
}
"""Sizes after which the next array would not be aligned; an array without numbers; a view."""

needs_passage = pytest.mark.skipif(
    not hasattr(socket, "send_fds"), reason="no open files are passed here"
)


def assert_same(found: dict) -> None:
    assert list(found) == list(ODD)
    for name, array in ODD.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
        assert found[name].flags.aligned and not found[name].flags.writeable


def test_arrays_come_back_from_bytes() -> None:
    memory = b"".join(piece.tobytes() for piece in bytes_of(ODD))
    assert_same(arrays_in(memory, layout_of(ODD)))


@needs_passage
@pytest.mark.parametrize("memory", [0, 2**40], ids=["on the disk", "in memory"])
def test_arrays_come_through_a_file_that_is_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path, memory: int
) -> None:
    monkeypatch.setattr(handover, "_memory", lambda: memory)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    passage = file_passage()
    assert passage is not None
    ours, theirs = passage
    with ours, theirs:
        with nameless_file(ODD) as file:
            send_file(ours, file)
            assert list(tmp_path.iterdir()) == []
        assert_same(arrays_in(received_file(theirs), layout_of(ODD)))


@needs_passage
def test_a_sender_that_is_gone_is_an_error_rather_than_a_wait() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs, pytest.raises(OSError, match="no file has come"):
        received_file(theirs)


@needs_passage
def test_a_full_disk_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        closed = False

        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self) -> None:
            self.closed = True

    full = Full()
    make: Callable[[], object] = lambda: full  # noqa: E731
    monkeypatch.setattr(handover, "_memory_file", make)
    with pytest.raises(OSError, match="No space"):
        nameless_file(ODD)
    assert full.closed


@needs_passage
def test_what_is_mapped_outlives_the_file() -> None:
    with nameless_file(ODD) as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    assert_same(arrays_in(memory, layout_of(ODD)))
