"""Locks that go with the program that holds them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nnfs_core.disk.lock import FileLock

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import sys
from pathlib import Path
from nnfs_core.disk.lock import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def test_one_at_a_time(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.acquire() and one.held
    assert one.acquire(), "it is held already"
    assert not other.acquire() and not other.held
    one.release()
    assert not one.held
    assert other.acquire()
    other.release(remove=True)
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_program_is_free_whatever_number_it_had(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None and other.stdout.readline().strip() == b"True"
        assert not FileLock(path).acquire()
        # What the file says of anybody is of no importance.
        path.write_text(str(os.getpid()))
        assert not FileLock(path).acquire()
        os.kill(other.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        other.wait()
        lock = FileLock(path)
        assert lock.acquire()
        lock.release()


@pytest.mark.skipif(os.name == "nt", reason="there an open file cannot be removed")
def test_a_lock_that_somebody_has_removed_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FileLock(path)
    assert lock.acquire()
    path.unlink()
    assert not lock.held
    other = FileLock(path)
    assert other.acquire()
    lock.release(remove=True)
    assert path.exists(), "that file is another one's"
    assert not FileLock(path).acquire()
    other.release()


@pytest.mark.skipif(os.name == "nt", reason="there an open file cannot be removed")
def test_whoever_waits_at_a_file_that_is_removed_meanwhile_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnfs_core.disk import lock as file_lock

    path, take = tmp_path / "lock", file_lock._take

    def late(file) -> None:
        path.unlink()
        take(file)

    monkeypatch.setattr(file_lock, "_take", late)
    assert not FileLock(path).acquire()
    monkeypatch.undo()
    again = FileLock(path)
    assert again.acquire()
    again.release()


def test_where_no_lock_can_be_made_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        FileLock(tmp_path / "nowhere" / "lock").acquire()
