"""The benchmarks that open windows and draw pictures: what they count, and the rows they write."""

from __future__ import annotations

import json
import shutil
import sys
import time
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest
from PyQt6.QtGui import QImage

from benchmarks import export, frame_growth, programs, start, time_machine, window, x_window
from benchmarks.programs import ProgramFailed, call, stopwatch
from benchmarks.programs import memory as memory_program
from benchmarks.programs.epoch_ends import EpochEnds
from benchmarks.programs.headless import rate
from benchmarks.programs.watched_window import Watch
from visualizer.panels.inspector.panel import AT_ONCE

needs_screen = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X windows are Linux's here"),
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed"),
]


def on_screen(test):
    for mark in needs_screen:
        test = mark(test)
    return test


def row_that(rows, words: str):
    found = [row for row in rows if words in row.what]
    assert len(found) == 1, f"{words}: {[row.what for row in rows]}"
    return found[0]


def readable(rows) -> None:
    """Every row says something, and a machine can read it."""
    assert json.loads(json.dumps([asdict(row) for row in rows]))
    assert all(row.what and row.figure for row in rows)
    assert len({row.what for row in rows}) == len(rows)


# Counting


def test_epochs_are_counted_from_end_to_end():
    ends = [0.5, 1.0, 1.5, 2.0, 2.5, 3.5]
    # From the one that ends at 1.0 to the one that was under way at 2.2.
    assert rate(ends, 0.9, 2.2) == pytest.approx(3 / 1.5)


def test_an_epoch_longer_than_the_measurement_is_counted_whole():
    assert rate([1.0, 4.0], 1.5, 2.0) == pytest.approx(1 / 3)
    assert rate([1.0, 4.0, 8.0], 5.0, 6.0) == pytest.approx(1 / 4)


def test_one_epoch_is_no_measurement():
    with pytest.raises(ValueError, match="longer"):
        rate([1.0], 0.0, 2.0)


def test_a_program_that_fails_is_told():
    with pytest.raises(ProgramFailed, match="headless ended with status 1"):
        call("headless", {"preset": "no such preset"})


def test_memory_is_that_of_the_program_alone():
    """A process inherits the peak of the one that starts it, in one of the system's figures."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux says what is asked for here")
    ballast = bytearray(b"x") * (300 * 2**20)
    found = call("memory", {"epochs": [10, 20], "budget": 2**20})
    assert len(ballast) == 300 * 2**20
    assert 0 < max(found["peak"]) < 200


def test_where_nothing_tells_a_process_its_memory_a_row_says_so(monkeypatch):
    """As on Windows, which has neither Linux's files nor Unix's module."""
    monkeypatch.setattr(programs, "_status", lambda name: None)
    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.setattr(
        time_machine, "call", lambda name, settings: memory_program.measure(**settings)
    )
    rows = time_machine.memory(10, 20)
    readable(rows)
    row = row_that(rows, "memory of the process")
    assert row.figure.startswith("left out: ") and not row.numbers
    assert row_that(rows, "keyframes, of a budget").numbers["MiB"]


def test_what_python_says_of_imports_is_added_up_by_package():
    said = """
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   numpy.core
import time:      2400 |       2500 | numpy
import time:       300 |       2800 | visualizer.app
something else | that | was said
"""
    assert start.import_times(said) == {"numpy": 2.5, "visualizer": 0.3}


def test_speed_is_measured_until_an_epoch_has_been_seen(tmp_path, monkeypatch):
    """However long the first picture takes: on a busy machine longer than was meant."""
    ends = EpochEnds(str(tmp_path / "ends"), 9)
    watch = Watch(0.0, 0.1, 1, "weights", ends)
    watch._heart = MagicMock(spec=watch._heart)
    watch.window = SimpleNamespace(
        view=SimpleNamespace(docks={}), width=lambda: 1440, height=lambda: 900
    )
    waits = []
    monkeypatch.setattr(watch, "_after", lambda seconds, then: waits.append(then))
    watch._begin_speed()
    now = watch._started
    ends.times[1:5] = np.linspace(now, now + 1e-6, 4)
    watch._begin_stalls()
    assert waits.pop() and watch.figures == {}  # to come again
    for epoch in (0, 4):  # nobody knows how old the untrained network is
        assert watch.figures == {}
        watch._begin_stalls()
        watch.on_painted()
        watch._on_shown(SimpleNamespace(epoch=epoch))
        watch.on_painted()
    watch._begin_stalls()
    assert watch.figures["ages"][0] > 0 and watch.figures["pictures"] > 0


# On a screen


def test_without_an_x_server_there_is_a_row_that_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    for benchmark in (window, start):
        rows = benchmark.measure(None, small=True)
        assert [row.figure for row in rows] == ["left out: Xvfb is not installed"]


@on_screen
def test_training_in_the_window():
    rows = window.measure(None, small=True)
    readable(rows)
    speed = row_that(rows, "epochs per second in the window")
    assert "1440 × 900" in speed.what
    numbers = speed.numbers
    assert numbers["ratios"] == [numbers["window"][0] / numbers["headless"][0]]
    for panel in ("network", "weights", "loss", "inspector", "samples"):
        assert panel in numbers["in sight"]
    pictures = row_that(rows, "new pictures").numbers
    assert 0 < pictures["pictures"][0] <= pictures["paintings"][0]
    # Something was painted meanwhile, and no more than there was.
    assert 0 < pictures["window's thread"][0] <= pictures["all threads of the window's process"][0]
    age = row_that(rows, "age of a picture").numbers
    assert 0 < age["median"][0] <= age["99th percentile"][0] <= age["oldest"][0]
    assert age["median"][0] <= age["whole, median"][0]
    stall = row_that(rows, "stall").numbers
    assert 0 < stall["median"][0] <= stall["99th percentile"][0] <= stall["worst"][0]
    pause = row_that(rows, "pause").numbers
    assert len(pause["pauses"]) == len(pause["until the window says so"]) == 1
    assert 0 < pause["pauses"][0] <= pause["until the window says so"][0]
    row_that(rows, "recorded / plain")


@on_screen
@pytest.mark.parametrize("tab", window.OTHER_TABS)
def test_another_tab_in_front_of_a_window_that_trains(tab):
    settings = {"preset": "digits", "data_dir": None, "warm": 0.2, "seconds": 0.3, "epochs": 10**5}
    with x_window.XScreen() as screen:
        watched = {"pauses": 2, "front": tab}
        found = call("watched_window", settings | watched, screen.environment)
    assert tab in found["in sight"]
    assert "weights" not in found["in sight"]
    assert len(found["pauses"]) == 2


@on_screen
def test_a_window_does_not_take_over_what_the_one_before_it_remembered():
    settings = {"preset": "digits", "data_dir": None, "warm": 0.2, "seconds": 0.3, "epochs": 10**5}
    with x_window.XScreen() as screen:
        before, first, second = (
            call("watched_window", settings | {"pauses": 1, "front": tab}, screen.environment)
            for tab in ("followed", "weights", "weights")
        )
    assert before["size"] == first["size"] == second["size"] == [1440, 900]
    assert first["in sight"] == second["in sight"]
    assert set(before["in sight"]) ^ set(first["in sight"]) == {"followed", "weights"}


@pytest.mark.parametrize(
    ("size", "panels", "told"),
    [
        ([1438, 874], ["network", "weights"], "round 2 is (1438, 874), expected (1440, 900)"),
        ([1440, 900], ["network", "followed"], "expected weights in front"),
        ([1440, 900], ["network", "weights", "health"], "expected weights in front"),
        ([1440, 900], ["weights"], "round 2 shows ['weights'], the first one ['network', "),
    ],
)
def test_rounds_that_measured_different_windows_are_a_row_that_says_so(
    size, panels, told, monkeypatch
):
    figures = iter([{"size": [1440, 900], "in sight": ["network", "weights"]}, {}])

    def call(name, settings, environment=None):
        if name == "headless":
            return {"rate": 10.0}
        return next(figures) or {"size": size, "in sight": panels}

    monkeypatch.setattr(window, "call", call)
    monkeypatch.setattr(window, "missing", lambda: "")
    monkeypatch.setattr(window, "XScreen", lambda: nullcontext(SimpleNamespace(environment={})))
    monkeypatch.setattr(window, "PLANS", (window.Plan("digits", 2, 1.0, 1.0, 1),))
    (row,) = window.measure(None)
    assert row.what == "digits" and row.figure.startswith("failed: ") and told in row.figure


def test_all_plans_are_measured_on_a_slow_machine_in_fewer_rounds(monkeypatch):
    clock, rounds = [1000.0], {}

    def call(name, settings, environment=None):
        clock[0] += 40
        if name == "headless":
            return {"rate": 10.0}
        plan = settings["preset"], settings["front"]
        rounds[plan] = rounds.get(plan, 0) + 1
        return {"size": [1440, 900], "in sight": [settings["front"]]}

    monkeypatch.setattr(window, "call", call)
    monkeypatch.setattr(window, "monotonic", lambda: clock[0])
    monkeypatch.setattr(window, "missing", lambda: "")
    monkeypatch.setattr(window, "load_dataset", lambda *_: None)
    monkeypatch.setattr(window, "rows_from", lambda *_: [])
    monkeypatch.setattr(window, "XScreen", lambda: nullcontext(SimpleNamespace(environment={})))
    window.measure(None)
    assert list(rounds) == [(plan.preset, plan.front) for plan in window.PLANS]
    # 400 s for the first plan, the second ends at 560 s: late.
    assert list(rounds.values()) == [3, 1, 1, 1, 1, 1]


@on_screen
def test_a_run_that_is_over_before_the_measurement_is_no_measurement():
    settings = {"preset": "digits", "data_dir": None, "warm": 0.1, "seconds": 5, "epochs": 3}
    with x_window.XScreen() as screen, pytest.raises(ProgramFailed, match="the run ended before"):
        call("watched_window", settings | {"pauses": 1, "front": "weights"}, screen.environment)


@on_screen
def test_the_screen_is_gone_after_its_block():
    with x_window.XScreen() as screen:
        home = screen.environment["HOME"]
        assert Path(home).is_dir()
        server = screen._server
    assert server.poll() is not None
    assert not Path(home).exists()


@on_screen
def test_start_against_an_empty_window():
    rows = start.measure(None, small=True)
    readable(rows)
    for words in ("first picture", "peak memory"):
        numbers = row_that(rows, words).numbers
        assert numbers["ratios"] == [numbers["ours"][0] / numbers["empty"][0]]
        assert min(numbers["ours"] + numbers["empty"]) > 0
    parts = row_that(rows, "event loop").numbers
    for name in ("ours", "empty"):
        loop, painted, whole = (
            parts[f"{name}, {part}"][0] for part in ("event loop", "painted", "seconds")
        )
        assert 0 < loop < painted < whole
    imports = row_that(rows, "imports").numbers
    assert {"numpy", "PyQt6", "pyqtgraph"} <= set(imports)
    assert list(imports.values()) == sorted(imports.values(), reverse=True)


@on_screen
@pytest.mark.parametrize("empty", [False, True])
def test_the_first_picture_shows_the_window(empty, tmp_path):
    kept = tmp_path / "picture.png"
    settings = {"started": time.monotonic(), "empty": empty, "arguments": [], "kept": str(kept)}
    with x_window.XScreen() as screen:
        found = call("first_picture", settings, screen.environment)
    assert found["size"] == [1440, 900]
    picture = QImage(str(kept))
    assert [picture.width(), picture.height()] == found["size"]
    steps = [(x, y) for x in range(0, 1440, 3) for y in range(0, 900, 3)]
    colours = len({picture.pixel(x, y) for x, y in steps})
    # Weights, connections and a digit have hundreds of colours; an empty plot has axes.
    assert colours > 400 if not empty else 5 < colours < 400


@on_screen
def test_every_start_is_that_of_someone_who_has_never_opened_the_window(monkeypatch):
    sizes, remembered = [], []

    def called(name, settings, environment, options=()):
        config = Path(environment["XDG_CONFIG_HOME"])
        remembered.append(list(config.rglob("*.ini")))
        found = call(name, settings, environment, options)
        sizes.append(found["size"])
        # Whatever it has remembered itself, this is there for the next one.
        (config / "window.ini").write_text("[General]\n")
        return found

    monkeypatch.setattr(start, "call", called)
    rows = start.measure(None, small=True)
    assert len(remembered) == 5 and not any(remembered)
    assert sizes == 5 * [[1440, 900]]
    assert "both 1440 × 900" in row_that(rows, "first picture").what


def test_sizes_are_those_of_the_pictures():
    def figures(*sizes):
        return [{"size": list(size)} for size in sizes]

    assert start.told_sizes(figures((9, 8), (9, 8)), figures((9, 8))) == "both 9 × 8"
    assert start.told_sizes(figures((7, 6), (9, 8)), figures((9, 8))) == "7 × 6 and 9 × 8 / 9 × 8"


# Off screen


def test_pictures_into_files():
    rows = export.measure(None, small=True)
    readable(rows)
    rendered = row_that(rows, "render saves").numbers
    parts = row_that(rows, "to train its epoch").numbers
    assert len(rendered["seconds"]) == len(rendered["bytes"]) == export.SMALL_FRAMES
    assert min(rendered["bytes"]) > 10_000
    for number, whole in enumerate(rendered["seconds"]):
        assert whole == pytest.approx(sum(times[number] for times in parts.values()) / 1e3)
    recorded = row_that(rows, "while the window records").numbers
    # Epochs 0 to 5 are recorded, and what is counted lies between the last four.
    assert recorded["files"] == export.SMALL_FRAMES + 3
    assert len(recorded["seconds"]) == export.SMALL_FRAMES
    assert recorded["apart"] is True  # another process trained, as it does for users


def test_pictures_of_networks_that_grow():
    rows = frame_growth.measure(None, small=True)
    readable(rows)
    for width, row in zip(frame_growth.SMALL_WIDTHS, rows, strict=True):
        assert row.what.startswith(f"64-{width}-{width}-10")
        assert row.numbers["parameters"] == (64 + width + 10 + 1) * width + width + 10
        for part in frame_growth.PARTS:
            # What so small a network has to be explained is done while panels are prepared.
            assert part == "explain" or min(row.numbers[part]) > 0
        assert row.numbers["whole"] == pytest.approx(
            [
                sum(times)
                for times in zip(*(row.numbers[p] for p in frame_growth.PARTS), strict=True)
            ]
        )
        assert "explanations" not in row.figure
    assert rows[0].ratio == ""
    assert rows[1].ratio.endswith("the one before")


def test_what_a_thread_works_out_for_a_large_network_is_counted():
    settings = {"what": "grow", "samples": 20, "size": [900, 700], "inputs": [8, 8], "frames": 1}
    found = call("pictures", {**settings, "width": 200})
    assert found["parameters"] > AT_ONCE
    assert min(found["explain"]) > 0


def test_only_what_happens_under_the_watch_is_counted(monkeypatch):
    times = iter([1.0, 3.0, 10.0, 10.5, 20.0, 24.0])
    monkeypatch.setattr(stopwatch, "perf_counter", lambda: next(times))
    watch = stopwatch.Stopwatch()
    for _ in range(2):
        with watch:
            pass
    assert watch.take() == 2.5
    with watch:
        pass
    assert watch.take() == 4 and watch.take() == 0


def test_what_is_done_with_a_result_belongs_to_the_window(monkeypatch):
    clock = [0.0]

    def taking(seconds, result=None):
        clock[0] += seconds
        return result

    monkeypatch.setattr(stopwatch, "perf_counter", lambda: clock[0])
    beside, got = stopwatch.TimedAtOnce(), []
    beside.submit("kind", lambda: taking(3.0, "found"), lambda result: got.append(result))
    beside.submit("kind", lambda: taking(1.0), lambda _: taking(100.0))
    assert got == ["found"] and beside.watch.take() == 4.0


def test_going_back_in_small():
    rows = time_machine.measure(None, small=True)
    readable(rows)
    seeks = row_that(rows, "seek, median").numbers["seeks"]
    assert min(seeks) > 0
    memory = row_that(rows, "memory of the process").numbers
    assert len(memory["MiB"]) == len(memory["peak"]) == 2
    assert all(now <= peak for now, peak in zip(memory["MiB"], memory["peak"], strict=True))
    held = row_that(rows, "keyframes, of a budget").numbers["MiB"]
    assert all(0 < size <= 1 for size in held)
