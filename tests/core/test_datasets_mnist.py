"""MNIST from a folder, from the cache, and from mirrors that misbehave."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest

from nnfs_core.data import load_dataset, mnist
from nnfs_core.data.idx_folder import NAMES
from tests.core.refusals import refusal
from tests.core.test_datasets_idx import fill
from tests.original import HAS_MNIST, MNIST


def real_folder() -> Path:
    """Return the folder that holds MNIST; the tests never download it."""
    if not HAS_MNIST:
        pytest.skip("MNIST is not here; NNFS_DATA_DIR can say where it is")
    return MNIST


def test_the_real_one() -> None:
    folder = real_folder()
    data = load_dataset("mnist", folder)
    assert data.train_x.shape == (60000, 784)
    assert data.validation_x.shape == (10000, 784)
    assert data.validation_name == "test"
    assert data.image_shape == (28, 28)
    assert data.classes == tuple("0123456789")
    assert data.train_y[:5].tolist() == [5, 0, 4, 1, 9]
    inner = folder / "mnist" if (folder / "mnist").is_dir() else folder
    plain = load_dataset(inner)
    np.testing.assert_array_equal(plain.train_x, data.train_x, strict=True)
    pixels = np.rint(data.train_x * 255).astype(np.uint8)
    expected = pixels.astype(np.float32) / 255
    np.testing.assert_array_equal(data.train_x, expected, strict=True)


@pytest.fixture
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let four small files be MNIST, and keep the user's own cache and folder out of it."""
    files = fill(tmp_path / "original")
    hashes = {name: hashlib.sha256((files / name).read_bytes()).hexdigest() for name in NAMES}
    monkeypatch.setattr(mnist, "SHA256", hashes)
    monkeypatch.delenv("NNFS_DATA_DIR", raising=False)
    monkeypatch.setattr(mnist, "MIRRORS", ())
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return files


@pytest.mark.usefixtures("small_mnist")
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("by_variable", [False, True])
def test_a_folder_may_be_named_in_four_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool, by_variable: bool
) -> None:
    (tmp_path / "data").mkdir()
    fill(tmp_path / "data" / "mnist" if inside else tmp_path / "data")
    if by_variable:
        monkeypatch.setenv("NNFS_DATA_DIR", str(tmp_path / "data"))
    data = load_dataset("mnist", None if by_variable else tmp_path / "data")
    assert data.name == "mnist"
    assert data.train_x.shape == (20, 20)
    assert not (tmp_path / "cache").exists()


def test_the_argument_goes_before_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_mnist: Path
) -> None:
    monkeypatch.setenv("NNFS_DATA_DIR", str(tmp_path / "nowhere"))
    assert load_dataset("mnist", small_mnist).name == "mnist"


@pytest.mark.usefixtures("small_mnist")
def test_a_named_folder_without_the_files_is_refused_and_nothing_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    refusal(lambda: load_dataset("mnist", empty), empty, *NAMES, "found an empty folder")
    missing = tmp_path / "missing"
    refusal(
        lambda: load_dataset("mnist", missing),
        missing,
        "no such folder",
        NAMES[0],
        both_sides=False,
    )
    monkeypatch.setenv("NNFS_DATA_DIR", str(empty))
    refusal(lambda: load_dataset("mnist"), empty, NAMES[0])
    assert not (tmp_path / "cache").exists()


def test_other_data_does_not_pass_for_mnist(
    small_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(mnist.SHA256, NAMES[3], "0" * 64)
    refusal(lambda: load_dataset("mnist", small_mnist), small_mnist, NAMES[3], "SHA-256 00000")


class Mirrors:
    """A server on this machine that plays several mirrors, each with its own bad habit."""

    def __init__(self, files: Path) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _, habit, name = self.path.split("/")
                outer.asked.append(f"{habit} {name}")
                if habit.isdigit():
                    self.send_error(int(habit))
                    return
                content = (files / name.removesuffix(".gz")).read_bytes()
                if habit != "plain":
                    content = gzip.compress(content)
                if habit == "wrong":
                    content = gzip.compress(b"\0\0\x08\x01\0\0\0\x02ab")
                if habit == "page":
                    content = b"<html>please log in</html>"
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if habit == "cut" else content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def urls(self, *habits: str) -> tuple[str, ...]:
        port = self.server.server_address[1]
        return tuple(f"http://127.0.0.1:{port}/{habit}/" for habit in habits)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def mirrors(small_mnist: Path) -> Iterator[Mirrors]:
    server = Mirrors(small_mnist)
    yield server
    server.close()


def cached(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache" / "mnist").iterdir())


ALL = sorted(f"{name}.gz" for name in NAMES)


def test_files_are_downloaded_once_and_progress_is_told(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", mirrors.urls("good"))
    told: list[tuple[str, int, int]] = []
    first = load_dataset("mnist", progress=lambda *step: told.append(step))
    assert cached(tmp_path) == ALL
    assert len(mirrors.asked) == 4
    downloads = {what for what, _, _ in told if what.startswith("Downloading ")}
    assert downloads == {f"Downloading {name}" for name in ALL}
    assert all(0 <= done <= total or not total for _, done, total in told)
    last = {what: (done, total) for what, done, total in told}
    assert all(done == total > 0 for what, (done, total) in last.items() if what in downloads)
    second = load_dataset("mnist")
    assert len(mirrors.asked) == 4
    np.testing.assert_array_equal(first.train_x, second.train_x, strict=True)


@pytest.mark.parametrize("habit", ["404", "403", "500", "cut", "wrong", "page"])
def test_a_bad_mirror_is_passed_over_and_not_asked_first_again(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch, habit: str
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", mirrors.urls(habit, "good"))
    assert load_dataset("mnist").train_x.shape == (20, 20)
    assert cached(tmp_path) == ALL
    assert [asked.split()[0] for asked in mirrors.asked] == [habit] + ["good"] * 4


def test_a_mirror_that_unzips_is_fine(mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", mirrors.urls("plain"))
    load_dataset("mnist")
    load_dataset("mnist")
    assert len(mirrors.asked) == 4


def test_when_every_mirror_fails_each_is_named_with_its_reason(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = (*mirrors.urls("403", "cut", "wrong", "page"), "http://127.0.0.1:9/")
    monkeypatch.setattr(mnist, "MIRRORS", urls)
    message = refusal(
        lambda: load_dataset("mnist"),
        NAMES[0],
        "unreachable",
        "(HTTP 403)",
        "(wrong content)",
        "127.0.0.1:9 (unreachable)",
        "--data-dir DIR",
        both_sides=False,
    )
    assert message.count("(wrong content)") == 2
    assert cached(tmp_path) == []


def test_a_damaged_file_in_the_cache_is_fetched_anew(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", mirrors.urls("good"))
    load_dataset("mnist")
    damaged = tmp_path / "cache" / "mnist" / ALL[0]
    damaged.write_bytes(damaged.read_bytes()[:-5])
    load_dataset("mnist")
    assert mirrors.asked[4:] == [f"good {ALL[0]}"]


def test_an_endless_file_is_given_up(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", mirrors.urls("good"))
    monkeypatch.setattr(mnist, "MAX_DOWNLOAD_BYTES", 10)
    refusal(lambda: load_dataset("mnist"), "(wrong content)", both_sides=False)
    assert cached(tmp_path) == []


def test_a_cancelled_download_leaves_nothing(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancel(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(mnist, "MIRRORS", mirrors.urls("good"))
    with pytest.raises(KeyboardInterrupt):
        load_dataset("mnist", progress=cancel)
    assert cached(tmp_path) == []


def test_a_cache_that_cannot_be_written_is_one_line(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "MIRRORS", mirrors.urls("good"))
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    refusal(
        lambda: load_dataset("mnist"), tmp_path / "cache", "cannot be written", both_sides=False
    )
    assert mirrors.asked == []
