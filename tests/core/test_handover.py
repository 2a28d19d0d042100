"""Data from one process to another, in files without a name."""

from __future__ import annotations

import errno
import mmap
import os
import sys
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from nnfs_core.data import Dataset, load_dataset
from nnfs_core.engine import handover
from nnfs_core.engine.codec import decode, encode_parts
from nnfs_core.engine.commands import UseData
from nnfs_core.engine.handover import nameless_file, passes_files, received_file, send_file

needs_passage = pytest.mark.skipif(not passes_files(), reason="no open files are passed here")


def assert_same(memory: bytes | mmap.mmap, data: Dataset) -> None:
    (message,) = decode(memory)
    found = message.dataset
    for name in ("train_x", "train_y", "validation_x", "validation_y"):
        array, wanted = getattr(found, name), getattr(data, name)
        np.testing.assert_array_equal(array, wanted)
        assert array.dtype == wanted.dtype
        assert array.flags.aligned and not array.flags.writeable
    assert (found.name, found.classes, found.scale) == (data.name, data.classes, data.scale)


@needs_passage
@pytest.mark.parametrize("memory", [0, 2**40], ids=["on the disk", "in memory"])
def test_data_comes_through_a_file_that_is_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, memory: int
) -> None:
    monkeypatch.setattr(handover, "_memory", lambda: memory)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    data = load_dataset("digits")
    ours, theirs = Pipe()
    with ours, theirs:
        ours.send_bytes(b"before")
        with nameless_file(encode_parts([UseData(data)])) as file:
            send_file(ours, file)
            assert list(tmp_path.iterdir()) == []
        ours.send_bytes(b"after")
        assert theirs.recv_bytes() == b"before"
        assert_same(received_file(theirs), data)
        assert theirs.recv_bytes() == b"after"


@needs_passage
def test_a_sender_that_is_gone_is_an_error_rather_than_a_wait() -> None:
    ours, theirs = Pipe()
    ours.close()
    with theirs, pytest.raises((OSError, EOFError, RuntimeError)):
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
        nameless_file([b"anything"])
    assert full.closed


@needs_passage
def test_what_is_mapped_outlives_the_file() -> None:
    data = load_dataset("digits")
    with nameless_file(encode_parts([UseData(data)])) as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    assert_same(memory, data)


def test_on_windows_data_goes_the_way_of_all_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not passes_files()
