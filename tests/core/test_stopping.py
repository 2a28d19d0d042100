"""Whatever takes long looks often whether to go on, and ends there when it is not to."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnfs_core.aside import aside
from nnfs_core.data import Dataset, csv_lines, csv_table, load_dataset, mnist, prepare
from nnfs_core.data.csv_lines import Lines, opened_lines
from nnfs_core.data.idx import read_idx
from nnfs_core.data.idx_folder import NAMES
from nnfs_core.data.prepare import split
from nnfs_core.diagnose.confusion import Examiner
from nnfs_core.disk.npz import MAX_DIRECTORY, open_npz
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.run import Fingerprint, Run
from nnfs_core.progress import CHUNK, PIECE, Stopped, pieces
from nnfs_core.training.trainer import Trainer
from tests.core.refusals import refusal
from tests.core.timeline import Timeline


class Watch:
    """Counts looks, measures what is read between two of them, and says stop at one."""

    def __init__(self, stop_at: int = 0) -> None:
        self.stop_at, self.looks = stop_at, 0
        self.read = self._before = self.most = 0
        self.what: list[str] = []

    def __call__(self, what: str = "", *_: object) -> None:
        self.looks += 1
        self.what.append(what)
        self.most = max(self.most, self.read - self._before)
        self._before = self.read
        if self.stop_at and self.looks >= self.stop_at:
            raise Stopped


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Counts all that comes out of gzip and Deflate as read."""
    watch = Watch()
    unpack = zlib.decompressobj

    class Counting:
        def __init__(self, *args: Any, **named: Any) -> None:
            self._inner = unpack(*args, **named)

        def decompress(self, *args: Any) -> bytes:
            found = self._inner.decompress(*args)
            watch.read += len(found)
            return found

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    return watch


def members(member: bytes, count: int, start: bytes = b"") -> bytes:
    """A gzip file of the same member again and again: small on disk, and without an end."""
    return (gzip.compress(start) if start else b"") + gzip.compress(member, 9) * count


def idx(shape: tuple[int, ...], data: bytes) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + data


HEADER = b"label,a\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Good files of every kind, each several pieces long."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (3000, 28, 28)).astype(np.uint8)
    y = rng.integers(0, 5, 3000).astype(np.uint8)
    rows = [f"{n % 3},{n},{n * n}" for n in range(60_000)]
    text = "\n".join(["label,a,b", *rows]).encode()
    (folder / "table.csv").write_bytes(text)
    (folder / "table.csv.gz").write_bytes(gzip.compress(text, 1))
    plain = {"x_train": x, "y_train": y, "x_test": x[:1500], "y_test": y[:1500]}
    np.savez(folder / "plain.npz", **plain)
    np.savez_compressed(folder / "packed.npz", **plain)
    np.savez_compressed(folder / "fortran.npz", **{**plain, "x_train": np.asfortranarray(x)})
    (folder / "idx").mkdir()
    for name, array in zip(NAMES, (x, y, x[:1500], y[:1500]), strict=True):
        data = gzip.compress(idx(array.shape, array.tobytes()), 1)
        (folder / "idx" / f"{name}.gz").write_bytes(data)
    return {path.name: path for path in folder.iterdir()}


KINDS = ("table.csv", "table.csv.gz", "plain.npz", "packed.npz", "fortran.npz", "idx")


@pytest.mark.parametrize("kind", KINDS)
def test_a_dataset_stops_at_whichever_look(kind: str, files: dict[str, Path]) -> None:
    whole = Watch()
    load_dataset(files[kind], progress=whole)
    assert whole.looks > 10
    assert any(what.startswith("Scaling") for what in whole.what)
    for stop_at in {1, 2, whole.looks // 2, whole.looks - 1, whole.looks}:
        watch = Watch(stop_at)
        with pytest.raises(Stopped):
            load_dataset(files[kind], progress=watch)
        assert watch.looks == stop_at, "what was told to stop went on"


@pytest.mark.parametrize("kind", KINDS)
def test_little_is_read_between_two_looks(kind: str, files: dict[str, Path], watch: Watch) -> None:
    load_dataset(files[kind], progress=watch)
    assert watch.most <= 2 * CHUNK
    assert watch.looks >= sum(path.stat().st_size for path in [files[kind]]) // PIECE


def test_progress_changes_nothing(files: dict[str, Path]) -> None:
    for kind in KINDS:
        plain, told = load_dataset(files[kind]), load_dataset(files[kind], progress=Watch())
        np.testing.assert_array_equal(plain.train_x, told.train_x, strict=True)
        np.testing.assert_array_equal(plain.validation_x, told.validation_x, strict=True)


class TestTables:
    def test_a_billion_blank_lines_are_refused_early(self, tmp_path: Path, watch: Watch) -> None:
        path = tmp_path / "blank.csv.gz"
        path.write_bytes(members(b"\n" * 10**6, 1000, HEADER))
        refusal(
            lambda: load_dataset(path, progress=watch),
            path,
            "nothing but blank lines",
            f"line {csv_lines.MAX_BLANK + 2}",
            both_sides=False,
        )
        assert watch.read < 2**20

    @pytest.mark.parametrize("start", [b"", HEADER])
    def test_blank_lines_may_not_be_long_either(
        self, tmp_path: Path, watch: Watch, start: bytes
    ) -> None:
        path = tmp_path / "blank.csv.gz"
        path.write_bytes(members(b" " * 2**20 + b"\n", 1000, start))
        refusal(lambda: load_dataset(path), "nothing but blank lines", both_sides=False)
        assert watch.read < 2 * csv_lines.MAX_BLANK_TEXT

    @pytest.mark.parametrize(
        "member", [b"0,1\n" * 250_000, b"\n0,1" * 250_000, b"x" * 10**6, b"0," + b"9" * 10**6]
    )
    def test_what_never_ends_is_given_up(self, tmp_path: Path, watch: Watch, member: bytes) -> None:
        path = tmp_path / "endless.csv.gz"
        path.write_bytes(members(member, 2000, HEADER))
        watch.stop_at = 20
        with pytest.raises(Stopped):
            load_dataset(path, progress=watch)
        assert watch.looks == 20
        assert watch.most <= 2**18

    def test_members_that_hold_nothing_are_given_up_too(self, tmp_path: Path, watch: Watch) -> None:
        path = tmp_path / "empty.csv.gz"
        path.write_bytes(members(b"", 100_000))
        watch.stop_at = 10
        with pytest.raises(Stopped):
            load_dataset(path, progress=watch)
        assert watch.looks == 10

    def test_a_name_that_never_ends_is_given_up_too(self, tmp_path: Path, watch: Watch) -> None:
        path = tmp_path / "name.csv.gz"
        path.write_bytes(b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 10**7)
        watch.stop_at = 10
        with pytest.raises(Stopped):
            load_dataset(path, progress=watch)

    def test_long_lines_are_taken_a_few_at_a_time(self, tmp_path: Path) -> None:
        path = tmp_path / "long.csv"
        path.write_text("\n".join(["1," + "2" * 10**6] * 50))
        with opened_lines(path) as lines:
            assert isinstance(lines, Lines)
            counts = [len(taken) for taken in iter(lines.take, [])]
        assert sum(counts) == 50
        assert max(counts) * 10**6 < csv_lines.BATCH_TEXT + 10**6

    def test_too_many_columns(self, tmp_path: Path) -> None:
        path = tmp_path / "wide.csv"
        path.write_text("label" + ",a" * (csv_table.MAX_COLUMNS + 1) + "\n")
        refusal(lambda: load_dataset(path), "line 1", "too many columns")

    def test_a_label_that_is_a_book(self, tmp_path: Path) -> None:
        path = tmp_path / "label.csv"
        path.write_text("label,a\n" + "x" * (csv_table.MAX_LABEL + 1) + ",1\n")
        message = refusal(lambda: load_dataset(path), "line 2", "label is far too long")
        assert len(message) < len(str(path)) + 200

    def test_more_numbers_than_can_be_meant(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "much.csv"
        path.write_bytes(HEADER + b"0,1\n" * 5000)
        monkeypatch.setattr(prepare, "MAX_NUMBERS", 4000)
        refusal(lambda: load_dataset(path), "too much data", "line 5001")
        monkeypatch.setattr(prepare, "MAX_NUMBERS", 2**30)
        monkeypatch.setattr(prepare, "MAX_SAMPLES", 2000)
        refusal(lambda: load_dataset(path), "too much data", "line 3001")

    def test_one_class_for_each_sample_counts_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "classes.csv"
        path.write_bytes(HEADER + b"".join(b"a%d,%d\n" % (n, n) for n in range(100)))
        monkeypatch.setattr(prepare, "MAX_NUMBERS", 9000)
        refusal(lambda: load_dataset(path), "its classes", "found 100 × 100")

    def test_a_wrong_cell_among_very_many_is_found_without_trying_each(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        columns, wrong = 50_000, 31_415
        cells = ["7"] * columns
        cells[wrong] = "seven"
        path = tmp_path / "wide.csv"
        path.write_text(",".join(["label", *["c"] * columns]) + "\n" + ",".join(["1", *cells]))
        tried: list[object] = []
        parsed = csv_table._Rows._parsed
        monkeypatch.setattr(
            csv_table._Rows, "_parsed", lambda *args: (tried.append(1), parsed(*args))[1]
        )
        refusal(lambda: load_dataset(path), f"line 2, column {wrong + 2} (c)", "found 'seven'")
        assert len(tried) < 30


class TestArchives:
    def test_an_array_that_unfolds_is_given_up(self, tmp_path: Path, watch: Watch) -> None:
        path = tmp_path / "zeros.npz"
        np.savez_compressed(path, zeros=np.zeros(2**25, np.uint8))
        watch.stop_at = 8
        with open_npz(path, progress=watch) as archive, pytest.raises(Stopped):
            archive.read("zeros")
        assert watch.looks == 8
        assert watch.most <= PIECE + 2**16

    def test_a_shape_is_known_before_anything_is_unpacked(
        self, tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "large.npz"
        x, y = np.zeros((5000, 16, 16), np.uint8), np.zeros(5000, np.uint8)
        np.savez_compressed(path, x_train=x, y_train=y, x_test=x, y_test=y)
        with open_npz(path) as archive:
            assert archive.shape("x_train") == (5000, 16, 16)
        monkeypatch.setattr(prepare, "MAX_NUMBERS", 10**6)
        refusal(lambda: load_dataset(path), "x_train", "too much data", "found 5,000 × 256")
        assert watch.read < 2**16

    def test_a_list_of_members_without_an_end(self, tmp_path: Path) -> None:
        path = tmp_path / "many.npz"
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(MAX_DIRECTORY // 1000):
                archive.writestr(f"{number:05}" + "n" * 1500, b"")
        refusal(lambda: open_npz(path).__enter__(), "holds too many members", both_sides=False)

    def test_what_is_longer_packed_than_unpacked(self, tmp_path: Path) -> None:
        """Blocks that hold nothing: Deflate may go on with them for ever."""
        path = tmp_path / "nothing.npz"
        packer = zlib.compressobj(wbits=-15)
        array = np.lib.format.magic(1, 0) + bytes(100)
        data = packer.compress(array) + packer.flush(zlib.Z_FULL_FLUSH)
        data += b"\0\0\0\xff\xff" * 50_000 + packer.flush()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.npy", array)
        head, _, tail = path.read_bytes().partition(b"PK\x01\x02")
        name_end = 30 + len("a.npy")
        fields = struct.pack("<II", len(data), len(array))
        tail = tail[:16] + fields + tail[24:]
        moved = name_end + len(data)
        end = tail.rindex(b"PK\x05\x06") + 16
        tail = tail[:end] + struct.pack("<I", moved) + tail[end + 4 :]
        path.write_bytes(head[:18] + fields + head[26:name_end] + data + b"PK\x01\x02" + tail)
        refusal(lambda: open_npz(path).__enter__(), "longer packed than unpacked")

    def test_a_run_stops_at_whichever_look(self, tmp_path: Path) -> None:
        timeline = Timeline(Experiment(layers=(30, 30)), Budget())
        for _ in range(40):
            timeline.step()
        path = tmp_path / "run.nnfs"
        trainer = timeline.trainer
        data = Fingerprint.of(trainer.dataset)
        run = Run(trainer.experiment, "run", 40, (timeline.recording,), (trainer.state(),), 0, data)
        save_run(path, run)
        whole = Watch()
        load_run(path, progress=whole)
        assert whole.looks > 10
        for stop_at in (1, 2, whole.looks // 2, whole.looks):
            watch = Watch(stop_at)
            with pytest.raises(Stopped):
                load_run(path, progress=watch)
            assert watch.looks == stop_at


class TestIdx:
    def test_a_file_that_unfolds_is_given_up(self, tmp_path: Path, watch: Watch) -> None:
        path = tmp_path / "zeros-idx1-ubyte.gz"
        path.write_bytes(gzip.compress(idx((2**24,), bytes(2**24)), 9))
        watch.stop_at = 5
        with pytest.raises(Stopped):
            read_idx(path, watch)
        assert watch.looks == 5
        assert watch.most <= CHUNK + 2**17

    def test_more_than_can_be_meant_is_refused_before_there_is_room_for_it(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "huge-idx1-ubyte.gz"
        with path.open("wb") as file:
            file.write(gzip.compress(idx((2**31,), b"")))
            file.truncate(2**31 // 1000)
        refusal(lambda: read_idx(path), path, "too much data")


def test_a_server_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import platformdirs

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(mnist, "MIRRORS", (f"http://127.0.0.1:{port}/",))
        monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("NNFS_DATA_DIR", raising=False)
        before = set(threading.enumerate())
        with pytest.raises(Stopped):
            load_dataset("mnist", progress=Watch(3))
        left = set(threading.enumerate()) - before
        assert all(thread.daemon for thread in left), "a program that ends waits for it"
        assert list((tmp_path / "mnist").iterdir()) == []
    for thread in left:  # the server is gone, and with it what it was waiting for
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Half of it zeros, so that it is put in order: 3,000 samples, 1,000 numbers each."""
    rng = np.random.default_rng(1)
    x = rng.random((4000, 1000), np.float32) * (rng.random(1000) < 0.5)
    y = rng.integers(0, 10, 4000)
    names = tuple(map(str, range(10)))
    return Dataset("half", x[:3000], y[:3000], x[3000:], y[3000:], names, None)


class TestSettingUp:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("batch_size", [None, 100])
    def test_a_trainer_stops_at_whichever_look(
        self, data: Dataset, batch_size: int | None, dtype: str
    ) -> None:
        experiment = Experiment(layers=(20,), batch_size=batch_size, dtype=dtype)
        whole = Watch()
        Trainer(experiment, data, look=whole)
        assert whole.looks > 5
        for stop_at in (1, whole.looks // 2, whole.looks):
            with pytest.raises(Stopped):
                Trainer(experiment, data, look=Watch(stop_at))

    def test_it_looks_no_more_once_it_is_there(self, data: Dataset) -> None:
        watch = Watch()
        trainer = Trainer(Experiment(layers=(5,)), data, look=watch)
        looks = watch.looks
        trainer.step_epoch()
        assert watch.looks == looks

    def test_a_fingerprint_and_counting(self, data: Dataset) -> None:
        whole = Watch()
        known = Fingerprint.of(data, whole)
        assert whole.looks >= 4
        assert known == Fingerprint.of(data)
        with pytest.raises(Stopped):
            Fingerprint.of(data, Watch(2))
        with pytest.raises(Stopped):
            known.check(data, Watch(whole.looks))
        trainer = Trainer(Experiment(layers=(5,)), data)
        make = partial(Examiner, trainer.network, data.train_x, data.train_y, np.dtype(np.float32))
        whole = Watch()
        make(whole).confusion(trainer.parameters)
        for stop_at in (1, whole.looks):
            with pytest.raises(Stopped):
                make(Watch(stop_at)).confusion(trainer.parameters)

    def test_validation_is_given_up_with_its_epoch(self, data: Dataset) -> None:
        """And the trainer stands where it stood, as if it had not begun."""
        from nnfs_core.training.trainer import EpochCancelled

        trainer, other = (Trainer(Experiment(layers=(5,)), data) for _ in range(2))
        validate = trainer._crew.evaluate

        def cancelled(*args: Any) -> Any:
            trainer.cancel()
            return validate(*args)

        trainer._crew.evaluate = cancelled  # type: ignore[method-assign]
        with pytest.raises(EpochCancelled):
            trainer.step_epoch()
        assert trainer.epoch == 0
        trainer._crew.evaluate = validate  # type: ignore[method-assign]
        assert trainer.step_epoch().train_loss == other.step_epoch().train_loss
        np.testing.assert_array_equal(trainer.state().numbers, other.state().numbers)

    def test_a_replay_that_is_not_wanted_sets_nothing_up(self) -> None:
        timeline = Timeline(Experiment(layers=(4,), batch_size=8), Budget(stride=1000))
        for _ in range(5):
            timeline.step()
        assert timeline.replayer.state(timeline.recording, 5, lambda *_: True) is None


class TestAside:
    def test_it_gives_what_the_job_gives(self) -> None:
        assert aside(lambda look: 7, lambda: None) == 7

    def test_it_raises_what_the_job_raises(self) -> None:
        def fail(look: Callable[[], object]) -> None:
            raise ZeroDivisionError("of the job")

        with pytest.raises(ZeroDivisionError, match="of the job"):
            aside(fail, lambda: None)

    def test_the_job_is_told_that_it_was_given_up(self) -> None:
        begun, told = threading.Event(), threading.Event()

        def job(look: Callable[[], object]) -> None:
            try:
                while True:
                    begun.set()
                    look()
            except Stopped:
                told.set()
                raise

        def stop() -> None:
            if begun.is_set():
                raise Stopped

        with pytest.raises(Stopped):
            aside(job, stop)
        assert told.wait(60)

    def test_the_order_of_very_many_samples_can_be_given_up(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(prepare, "MANY", 10)
        for one, other in zip(split(1000), split(1000, lambda: None), strict=True):
            np.testing.assert_array_equal(one, other)


def test_pieces_are_all_there_once() -> None:
    told: list[tuple[str, int, int]] = []
    whole = list(range(100))
    cut = pieces(100, PIECE // 7, lambda *step: told.append(step), "w")
    found = [whole[piece] for piece in cut]
    assert list(chain.from_iterable(found)) == whole
    assert max(map(len, found)) == 7
    assert told[0] == ("w", 0, 100 * (PIECE // 7))
    assert told[-1][1] == told[-1][2]
    assert list(pieces(0, 4)) == []
    assert list(pieces(3, 10 * PIECE)) == [slice(0, 1), slice(1, 2), slice(2, 3)]
