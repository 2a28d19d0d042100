"""Runs saved without being asked for: when, what is said, and who gets them afterwards."""

from __future__ import annotations

import errno
import os
import re
import signal
import threading
from pathlib import Path

import pytest
from PyQt6.QtCore import QLockFile

from nnfs_core.disk import whole as files
from nnfs_core.files.runfile import load_run
from visualizer.state import autosave as module
from visualizer.state import kept_runs as kept_module
from visualizer.state.autosave import Autosave, folder
from visualizer.state.kept_runs import KeptRun, clear, kept_runs
from visualizer.window.ending import Ending


def train(viewer, qtbot, until: int) -> None:
    viewer.step(until - viewer.newest)
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == until)


def epoch_in(path: Path) -> int:
    return load_run(path).newest[0].epoch


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Whoever waits for a save waits for a signal, and that soon."""
    for name in ("FIRST", "EVERY", "RETRY", "RETRY_MOST"):
        monkeypatch.setattr(module, name, 0.01)


@pytest.fixture
def programs(make_viewer, tmp_path):
    """Make programs that save to one folder; what they said is in ``said``."""
    made = []

    def make(*given) -> tuple:
        viewer = make_viewer(*given)
        autosave = Autosave(viewer, tmp_path / "autosave")
        autosave.said = []
        viewer.failed.connect(autosave.said.append)
        viewer.noted.connect(autosave.said.append)
        autosave.noted.connect(autosave.said.append)
        made.append((viewer, autosave))
        return made[-1]

    yield make
    for viewer, autosave in made:
        viewer.close()
        autosave.finish(wished=False)


def close(viewer, autosave, *, wished: bool = True) -> None:
    """Close a program as its window does."""
    autosave.save_last()
    viewer.close()
    autosave.finish(wished=wished)


def saved(viewer, autosave, qtbot, until: int) -> None:
    """Train, and wait until all of it has been saved."""
    train(viewer, qtbot, until)
    qtbot.waitUntil(lambda: not (viewer.saver.busy or autosave._is_new))


@pytest.fixture
def left(programs, qtbot, tmp_path):
    """A run of six epochs that was left behind."""
    viewer, autosave = programs()
    saved(viewer, autosave, qtbot, 6)
    close(viewer, autosave, wished=False)
    (kept,) = clear(tmp_path / "autosave")
    return kept


class TestSaving:
    def test_soon_after_the_first_epochs(self, programs, qtbot, tmp_path):
        viewer, autosave = programs()
        assert not (tmp_path / "autosave").exists(), "nothing was trained yet"
        with qtbot.waitSignal(viewer.saver.saved):
            train(viewer, qtbot, 1)
        saved(viewer, autosave, qtbot, 3)
        assert epoch_in(autosave.path) == 3
        assert autosave.said == []

    def test_again_while_it_trains(self, programs, qtbot):
        viewer, _ = programs()
        epochs = []
        viewer.saver.saved.connect(lambda one: epochs.append(one.newest[0].epoch))
        viewer.step(10**6)
        qtbot.waitUntil(lambda: len(epochs) >= 3, timeout=30_000)
        viewer.pause()
        assert 0 < epochs[0] < epochs[1] < epochs[2]

    def test_after_what_somebody_else_saves(self, programs, qtbot, tmp_path):
        viewer, autosave = programs()
        viewer.saver.ask(tmp_path / "own.nnfs", thin=False)
        assert viewer.saver.busy
        train(viewer, qtbot, 2)
        saved(viewer, autosave, qtbot, 2)
        assert epoch_in(autosave.path) == 2

    def test_each_time_after_twice_as_long(self, programs, qtbot, monkeypatch):
        monkeypatch.setattr(module, "EVERY", 0.05)
        viewer, autosave = programs()
        waits = []
        for epoch in range(1, 6):
            waits.append(autosave._wait)
            with qtbot.waitSignal(viewer.saver.saved):
                train(viewer, qtbot, epoch)
            viewer.saver.seconds = 0.0
        assert waits[:2] == [0.01, max(0.02, waits[1])]
        viewer.saver.seconds = 3.0
        autosave._saving = autosave._saved
        snapshot = type("Snapshot", (), {"path": autosave.path})
        autosave._on_saved(snapshot)
        assert autosave._wait == 3.0 / module.SHARE, "what takes long is done less often"

    def test_nothing_of_a_run_that_was_opened_and_left_as_it_was(self, programs, qtbot, tmp_path):
        viewer, autosave = programs()
        train(viewer, qtbot, 4)
        with qtbot.waitSignal(viewer.saved):
            viewer.save(tmp_path / "own.nnfs")
        close(viewer, autosave)
        for kept in kept_runs(tmp_path / "autosave"):
            assert kept.claim()
            kept.remove()
        viewer, autosave = programs()
        with qtbot.waitSignal(viewer.run_started):
            viewer.open(tmp_path / "own.nnfs")
        autosave.save()
        close(viewer, autosave, wished=False)
        assert list((tmp_path / "autosave").iterdir()) == []

    def test_the_run_before_is_kept_until_there_is_something_of_the_new_one(
        self, programs, qtbot, tmp_path
    ):
        viewer, autosave = programs()
        saved(viewer, autosave, qtbot, 5)
        first = autosave.path
        viewer.start_now(viewer.run.experiment.but(seed=7), "another")
        assert autosave.path is None and first.exists()
        saved(viewer, autosave, qtbot, 2)
        assert epoch_in(autosave.path) == 2
        assert not first.exists() and epoch_in(first.with_name("ended.nnfs")) == 5

    @pytest.fixture
    def saving(self, programs, qtbot, monkeypatch):
        """A program that is in the middle of an autosave until somebody waits for it."""
        monkeypatch.setattr(module, "FIRST", 1000.0)
        viewer, autosave = programs()
        train(viewer, qtbot, 2)
        reached, gate, wait = threading.Event(), threading.Event(), viewer.saver.wait

        def fsync(descriptor: int) -> None:
            reached.set()
            assert gate.wait(60)

        def wait_for_it() -> None:
            gate.set()
            wait()

        monkeypatch.setattr(files.os, "fsync", fsync)
        monkeypatch.setattr(viewer.saver, "wait", wait_for_it)
        autosave.save()
        qtbot.waitUntil(reached.is_set)
        return viewer, autosave

    def test_closed_in_the_middle_of_a_save_the_newest_epoch_is_saved(self, saving, qtbot):
        viewer, autosave = saving
        train(viewer, qtbot, 9)
        close(viewer, autosave)
        (kept,) = kept_runs(autosave._where)
        assert epoch_in(kept.ended) == 9

    def test_what_somebody_saves_is_not_lost_behind_an_autosave(self, saving, tmp_path):
        """Ctrl+S, and the window closed at once, while the run is being saved anyway."""
        viewer, autosave = saving
        viewer.save(tmp_path / "own.nnfs")
        close(viewer, autosave)
        assert epoch_in(tmp_path / "own.nnfs") == 2


class TestFailing:
    def test_said_once_tried_again_and_said_when_it_works(self, programs, qtbot, tmp_path):
        (tmp_path / "autosave").write_text("a file where a folder should be")
        viewer, autosave = programs()
        tries = []
        plain = autosave._claimed

        def claimed() -> Path:
            tries.append(autosave._retry)
            return plain()

        autosave._claimed = claimed
        train(viewer, qtbot, 3)
        qtbot.waitUntil(lambda: len(tries) >= 4)
        (line,) = autosave.said
        assert line.startswith("autosave does not work, and is tried again: ")
        assert str(tmp_path / "autosave") in line
        (tmp_path / "autosave").unlink()
        qtbot.waitUntil(lambda: len(autosave.said) > 1)
        assert autosave.said[1:] == ["autosave works again"]
        assert epoch_in(autosave.path) == 3

    def test_tries_are_further_and_further_apart(self, programs, qtbot, tmp_path, monkeypatch):
        monkeypatch.setattr(module, "RETRY", 5.0)
        monkeypatch.setattr(module, "RETRY_MOST", 30.0)
        (tmp_path / "autosave").write_text("a file where a folder should be")
        viewer, autosave = programs()
        train(viewer, qtbot, 1)
        qtbot.waitUntil(lambda: autosave._failing)
        waits = []
        for _ in range(5):
            waits.append(autosave._timer.interval())
            autosave.save()
        assert waits == [5_000, 10_000, 20_000, 30_000, 30_000]

    def test_a_disk_that_fills_up_in_the_middle(self, programs, qtbot, monkeypatch):
        viewer, autosave = programs()
        saved(viewer, autosave, qtbot, 2)
        opened = files._opened

        class Full:
            def __init__(self, file) -> None:
                self.file, self.room = file, 5000

            def write(self, data) -> int:
                self.room -= len(data)
                if self.room < 0:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return self.file.write(data)

            def __enter__(self):
                return self

            def __exit__(self, *_) -> None:
                self.file.close()

            def __getattr__(self, name):
                return getattr(self.file, name)

        monkeypatch.setattr(files, "_opened", lambda path, mode: Full(opened(path, mode)))
        train(viewer, qtbot, 5)
        qtbot.waitUntil(lambda: bool(autosave.said))
        assert "No space left" in autosave.said[0]
        qtbot.waitUntil(lambda: not viewer.saver.busy)
        assert epoch_in(autosave.path) == 2, "the one before is whole"
        monkeypatch.undo()
        monkeypatch.setattr(module, "RETRY", 0.01)
        qtbot.waitUntil(lambda: "autosave works again" in autosave.said, timeout=20_000)
        assert epoch_in(autosave.path) == 5
        assert [path.name for path in autosave.path.parent.iterdir()] == ["unfinished.nnfs"]

    @pytest.mark.skipif(os.name == "nt", reason="there an open file cannot be removed")
    @pytest.mark.parametrize("what", ["all", "folder", "lock"])
    def test_somebody_removes_it_while_it_goes_on(self, programs, qtbot, tmp_path, what):
        import shutil

        viewer, autosave = programs()
        saved(viewer, autosave, qtbot, 2)
        where, lock = tmp_path / "autosave", autosave.path.parent.with_suffix(".lock")
        if what == "all":
            shutil.rmtree(where)
        elif what == "folder":
            shutil.rmtree(autosave.path.parent)
        else:
            lock.unlink()
        saved(viewer, autosave, qtbot, 4)
        assert autosave.said == []
        assert epoch_in(autosave.path) == 4
        assert clear(where) == [], "its program still runs"
        close(viewer, autosave, wished=False)
        assert len(clear(where)) == 1

    @pytest.mark.parametrize("answer", ["~/.local/share", None])
    def test_without_a_home(self, make_viewer, qtbot, monkeypatch, answer):
        def user_data_dir(*_, **__) -> str:
            if answer is None:
                raise RuntimeError("could not determine the home directory")
            return answer

        monkeypatch.setattr("platformdirs.user_data_dir", user_data_dir)
        assert folder() is None
        viewer = make_viewer()
        autosave, said = Autosave(viewer, folder()), []
        viewer.failed.connect(said.append)
        autosave.noted.connect(said.append)
        train(viewer, qtbot, 2)
        qtbot.waitUntil(lambda: bool(said))
        assert "there is no home folder" in said[0]
        autosave.open_last()
        assert said[1:] == ["no run has been kept"]
        assert autosave.left_behind() == []
        viewer.close()
        autosave.finish(wished=True)


class TestTwoWindows:
    def test_one_gets_what_was_left_and_the_other_is_told(self, programs, qtbot, left):
        one, other = programs(), programs()
        offers = [autosave.left_behind()[0] for _, autosave in (one, other)]
        with qtbot.waitSignal(one[0].run_started):
            one[1].open(offers[0])
        other[1].open(offers[1])
        other[1].discard(offers[1])
        assert one[0].newest == 6 and other[0].newest == 0
        assert len(other[1].said) == 2
        assert all("open in another window" in line for line in other[1].said)
        assert other[1].left_behind() == [], "nobody else is offered it"
        assert left.unfinished.exists()

    def test_the_run_that_was_opened_goes_on_in_its_file(self, programs, qtbot, left, tmp_path):
        viewer, autosave = programs()
        with qtbot.waitSignal(viewer.run_started):
            autosave.open(autosave.left_behind()[0])
        assert autosave.path == left.unfinished
        saved(viewer, autosave, qtbot, 9)
        close(viewer, autosave)
        (kept,) = kept_runs(tmp_path / "autosave")
        assert kept.folder == left.folder and epoch_in(kept.ended) == 9

    def test_opened_and_killed_it_is_offered_again(self, programs, qtbot, left, tmp_path):
        viewer, autosave = programs()
        with qtbot.waitSignal(viewer.run_started):
            autosave.open(autosave.left_behind()[0])
        close(viewer, autosave, wished=False)
        assert [one.folder for one in clear(tmp_path / "autosave")] == [left.folder]

    def test_discarded_in_one_window_it_is_gone_in_the_other(self, programs, left):
        one, other = programs(), programs()
        offers = [autosave.left_behind()[0] for _, autosave in (one, other)]
        one[1].discard(offers[0])
        assert not left.folder.exists()
        other[1].open(offers[1])
        assert other[1].said == ["that run is open in another window, or was discarded there"]

    def test_a_file_that_cannot_be_opened_is_left_to_others(self, programs, qtbot, left):
        left.unfinished.write_bytes(b"half a run")
        viewer, autosave = programs()
        with qtbot.waitSignal(viewer.failed):
            autosave.open(autosave.left_behind()[0])
        assert autosave.path is None
        assert left.claim(), "nobody has it"
        left.let_go()

    def test_another_run_started_meanwhile_gives_it_back(self, programs, qtbot, left):
        viewer, autosave = programs()
        autosave.open(autosave.left_behind()[0])
        viewer.start_now(viewer.run.experiment.but(seed=7), "another")
        viewer.cancel_preparation()
        assert autosave.path is None
        assert left.claim()
        left.let_go()

    def test_both_are_closed_and_both_are_kept(self, programs, qtbot, tmp_path):
        one, other = programs(), programs()
        saved(*one, qtbot, 3)
        saved(*other, qtbot, 5)
        close(*other)
        close(*one)
        newest, before = kept_runs(tmp_path / "autosave")
        os.utime(before.ended, (1, 1))
        assert (epoch_in(newest.ended), epoch_in(before.ended)) == (3, 5)

        one, other = programs(), programs()
        for (viewer, autosave), epoch in ((one, 3), (other, 5)):
            with qtbot.waitSignal(viewer.run_started):
                autosave.open_last()
            assert viewer.newest == epoch
        third = programs()
        third[1].open_last()
        assert third[1].said == ["the run of last time is open in another window"]

    def test_nothing_has_been_kept(self, programs):
        _, autosave = programs()
        autosave.open_last()
        assert autosave.said == ["no run has been kept"]


class TestKept:
    @pytest.fixture
    def where(self, tmp_path):
        return tmp_path / "autosave"

    def put(self, where: Path, name: str = "ended", size: int = 10, age: int = 0) -> KeptRun:
        kept = KeptRun.new(where)
        path = getattr(kept, name)
        path.write_bytes(b"x" * size)
        os.utime(path, (10**9 - age, 10**9 - age))
        kept.let_go()
        return kept

    def test_so_many_ended_ones_and_every_unfinished_one(self, where):
        made = [self.put(where, age=age) for age in range(8)]
        unfinished = [self.put(where, "unfinished", age=age) for age in range(8)]
        assert [one.folder for one in clear(where)] == [one.folder for one in unfinished]
        assert [one.folder.exists() for one in made] == [True] * 5 + [False] * 3
        assert all(one.folder.exists() for one in unfinished)

    def test_so_many_bytes_but_the_newest_in_any_case(self, where, monkeypatch):
        monkeypatch.setattr(kept_module, "MOST_BYTES", 100)
        made = [self.put(where, size=size, age=age) for age, size in enumerate((150, 10, 20))]
        clear(where)
        assert [one.folder.exists() for one in made] == [True, False, False]

    def test_what_a_living_program_has_is_left_alone(self, where):
        kept = KeptRun.new(where)
        half = kept.folder / ".nnfs-0123.tmp"
        half.write_bytes(b"half a run")
        kept.unfinished.write_bytes(b"a run")
        assert clear(where) == []
        assert half.exists() and kept.unfinished.exists()
        kept.let_go()
        assert len(clear(where)) == 1 and not half.exists()

    def test_a_lock_without_a_run_goes(self, where):
        where.mkdir()
        (where / f"{'0' * 32}.lock").touch()
        (where / ("1" * 32)).mkdir()
        (where / "something else.txt").write_text("nobody knows whose")
        assert clear(where) == []
        assert [path.name for path in where.iterdir()] == ["something else.txt"]

    def test_discarding_what_went_on_leaves_what_had_ended(self, where):
        kept = self.put(where)
        kept.unfinished.write_bytes(b"newer")
        (found,) = clear(where)
        assert found.file == kept.unfinished
        assert found.claim()
        found.discard()
        assert clear(where) == [] and kept.ended.exists()

    def test_files_of_earlier_versions_are_found(self, where):
        where.mkdir()
        (where / "last.run").write_bytes(b"ended")
        for name in ("a" * 32, "b" * 32):
            (where / f"{name}.nnfs").write_bytes(name.encode())
        lives = QLockFile(str(where / f"{'b' * 32}.lock"))
        assert lives.tryLock(0)
        (found,) = clear(where)
        assert found.unfinished.read_bytes() == b"a" * 32
        assert (where / f"{'b' * 32}.nnfs").exists(), "its program still runs"
        assert [one.file.read_bytes() for one in kept_runs(where) if one.file == one.ended] == [
            b"ended"
        ]
        lives.unlock()

    def test_a_folder_that_is_another_users(self, where, monkeypatch):
        kept = self.put(where, "unfinished")

        def refuse(self) -> bool:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr(kept_module.FileLock, "acquire", refuse)
        assert clear(where) == []
        assert kept.unfinished.exists()


def test_discarding_one_offers_the_next(window, programs, qtbot, tmp_path):
    where = tmp_path / "autosave"
    for _ in range(2):
        viewer, autosave = programs()
        saved(viewer, autosave, qtbot, 2)
        close(viewer, autosave, wished=False)
    autosave = Autosave(window.viewer, where)
    window.offers.use_autosave(autosave)
    window.offers.left_behind(autosave.left_behind(), autosave)
    bar = window.view.messages
    for left in (1, 0):
        assert bar.isVisible() and "left unfinished" in bar.text.text()
        (discard,) = (one for one in bar._actions if one.text() == "Discard")
        discard.click()
        assert len(clear(where)) == left
    assert not bar.isVisible()
    autosave.finish(wished=True)


class TestEnding:
    @pytest.fixture
    def ending(self, qapp):
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        made = Ending(qapp)
        yield made
        made.stop()
        assert before == {number: signal.getsignal(number) for number in before}

    @pytest.mark.parametrize(("name", "wished"), [("SIGINT", True), ("SIGTERM", False)])
    def test_a_signal_closes_the_windows(self, window, ending, qtbot, name, wished):
        signal.raise_signal(getattr(signal, name))
        assert not window.closed, "not in the middle of whatever is being done"
        qtbot.waitUntil(lambda: window.closed)
        assert ending.wished is wished

    def test_a_log_out_is_not_a_wish_until_it_is_called_off(self, ending, qtbot, monkeypatch):
        monkeypatch.setattr("visualizer.window.ending.LOG_OUT", 1)
        with qtbot.waitSignal(ending._called_off.timeout):
            ending._on_log_out()
            assert not ending.wished
        assert ending.wished

    @pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs a system with SIGHUP")
    def test_what_was_ignored_is_ignored(self, qapp):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            ending = Ending(qapp)
            signal.raise_signal(signal.SIGHUP)
            assert ending.wished
            ending.stop()
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGHUP, before)


def test_the_names_of_kept_runs_are_no_words():
    """A folder that somebody has put there is never taken for one."""
    assert re.fullmatch(kept_module.NAME, "0123456789abcdef" * 2)
    assert not re.fullmatch(kept_module.NAME, "important")
