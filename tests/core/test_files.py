"""Writing whole files, and turning what the system says into one line."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from nnfs_core.disk.whole import atomic_write, existing_file, is_folder, user_path
from tests.core.refusals import refusal


def write(path: Path, content: bytes = b"new") -> None:
    with atomic_write(path) as file:
        file.write(content)


def test_writes_exactly_the_name_that_was_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "weights")
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights"]
    assert (tmp_path / "weights").read_bytes() == b"new"


def test_text_is_utf8_with_its_own_line_ends(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "metrics.csv", "w") as file:
        file.write("epoch,η\r\n0,0.1\n")
    assert (tmp_path / "metrics.csv").read_bytes() == "epoch,η\r\n0,0.1\n".encode()


def test_the_old_content_stays_until_the_new_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with atomic_write(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [RuntimeError("bug"), KeyboardInterrupt()])
def test_any_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(type(error)), atomic_write(path) as file:
        file.write(b"half")
        raise error
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_a_disk_that_fills_up_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "weights.npz"
    refusal(lambda: write(path), path, "No space left", both_sides=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_is_written_to_and_never_replaced() -> None:
    refusal(lambda: write(Path("/dev/full")), "/dev/full", "No space left", both_sides=False)
    assert Path("/dev/full").is_char_device()
    write(Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "file"
    refusal(lambda: write(path), path, f"no folder {path.parent}", both_sides=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "inside"
    refusal(lambda: write(path), path, "no folder", both_sides=False)


def test_a_folder_cannot_be_overwritten(tmp_path: Path) -> None:
    refusal(lambda: write(tmp_path), tmp_path, "expected a file", "found a folder")


def test_a_folder_that_takes_no_files_is_one_line() -> None:
    proc = Path("/proc/self")
    if not proc.is_dir():
        pytest.skip("no /proc here")
    refusal(lambda: write(proc / "weights.npz"), "cannot be written", both_sides=False)


def test_permissions_of_the_replaced_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    before = path.stat().st_mode
    write(path)
    assert path.stat().st_mode == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_is_followed(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_the_longest_possible_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    write(path)
    assert path.exists()
    refusal(lambda: write(tmp_path / ("n" * 5000)), "cannot be written", both_sides=False)


def test_the_home_folder_is_put_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write(Path("~/weights.npz"))
    assert (tmp_path / "weights.npz").exists()
    assert user_path("~/x") == tmp_path / "x"


def test_what_cannot_be_a_path_is_refused() -> None:
    refusal(lambda: user_path("a\0b"), "null character", both_sides=False)
    assert not is_folder("a\0b")
    assert not is_folder("n" * 5000)
    refusal(lambda: user_path("~nobody-has-this-name/x"), "~nobody-has-this", both_sides=False)


def test_only_a_file_is_an_existing_file(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    refusal(
        lambda: existing_file(missing, "an .npz file"),
        missing,
        "no such file",
        "expected an .npz",
        both_sides=False,
    )
    refusal(lambda: existing_file(tmp_path, "a file"), tmp_path, "found a folder")
    refusal(lambda: existing_file("n" * 5000, "a file"), "cannot be read", both_sides=False)
    if Path("/dev/null").exists():
        refusal(lambda: existing_file("/dev/null", "a file"), "found a device")


def test_a_failing_write_is_reported_even_when_closing_fails_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, content: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            super().close()
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("nnfs_core.disk.whole._opened", lambda path, mode: Full())
    refusal(lambda: write(tmp_path / "file"), "cannot be written", both_sides=False)
