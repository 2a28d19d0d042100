"""How fast pictures are drawn off screen: into files, and in the window as its network grows."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from time import perf_counter

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
from PyQt6.QtCore import QSettings, QTimer
from PyQt6.QtWidgets import QApplication

from benchmarks.programs import Figures, answer
from benchmarks.programs.stopwatch import Stopwatch, TimedAtOnce
from nnfs_core.data.base import Dataset
from nnfs_core.engine.by_hand import ByHand
from nnfs_core.engine.codec import decode, encode
from nnfs_core.engine.events import Frame
from nnfs_core.engine.pipe import Pipe
from nnfs_core.experiment import Experiment, presets
from nnfs_core.leaving import leave
from nnfs_core.model.places import Place
from nnfs_core.training.trainer import Trainer
from visualizer.app import application
from visualizer.state.viewer import Viewer
from visualizer.style.theme import DARK
from visualizer.view.export import FrameExporter, Picture, frame_name, save_png
from visualizer.window.main_window import MainWindow


def measure(what: str, **settings) -> Figures:
    """Measure one of ``render``, ``record`` and ``grow`` with what else it wants to know."""
    application()
    return {"render": render, "record": record, "grow": grow}[what](**settings)


def render(preset: str, frames: int, size: list[int]) -> Figures:
    """Train and save every epoch as ``render`` does; seconds of each part of each frame.

    The first two pictures are not counted: plots settle in them.
    """
    viewer = Viewer()
    viewer.start_now(presets()[preset], preset)
    exporter = FrameExporter(Picture((size[0], size[1]), 1.0, DARK))
    parts: dict[str, list[float]] = {"train": [], "draw": [], "write": []}
    sizes = []
    with tempfile.TemporaryDirectory(prefix="nnfs-bench-") as folder:
        for number in range(frames + 2):
            path = Path(folder) / frame_name(number)
            started = perf_counter()
            frame = viewer.advance_now()
            trained = perf_counter()
            image = exporter.image(frame, viewer.context)
            drawn = perf_counter()
            save_png(image, path)
            written = perf_counter()
            if number >= 2:
                parts["train"].append(trained - started)
                parts["draw"].append(drawn - trained)
                parts["write"].append(written - drawn)
                sizes.append(path.stat().st_size)
    exporter.close()
    viewer.close()
    return {**parts, "bytes": sizes, "pixels": [image.width(), image.height()]}


def record(preset: str, frames: int, size: list[int]) -> Figures:
    """Train for the window at full speed while it records every epoch; when each one was there.

    A process of its own trains, as for the window that users get.
    """
    app, times, process, apart = application(), [], Pipe(), []
    with tempfile.TemporaryDirectory(prefix="nnfs-bench-") as folder:
        viewer = Viewer(carrier=process)
        kept = QSettings(f"{folder}/window.ini", QSettings.Format.IniFormat)
        kept.setValue("workspace", "explain")  # where most panels are in sight
        window = MainWindow(viewer, kept)
        window.resize(*size)
        viewer.start_now(presets()[preset].but(epochs=frames + 2), preset)
        window.show()
        viewer.set_rate(None)
        viewer.shown.connect(lambda frame, _: times.append((frame.epoch, perf_counter())))
        viewer.training_changed.connect(lambda _: apart.append(process.running))
        viewer.training_changed.connect(lambda training: None if training else window.close())
        window.pictures.recorder.start(
            Path(folder) / "frames", 1, Picture((size[0], size[1]), 1.0, window.view.palette_now)
        )
        QTimer.singleShot(0, viewer.train)
        try:
            app.exec()
        finally:
            process.kill()
        found = len(list((Path(folder) / "frames").glob("*.png")))
    first: dict[int, float] = {}
    for epoch, at in times:
        first.setdefault(epoch, at)
    counted = [at for epoch, at in sorted(first.items()) if epoch >= 2]
    return {"seconds": np.diff(counted).tolist(), "files": found, "apart": all(apart)}


GROW_PARTS = ("tell", "hear", "context", "explain", "show", "paint")


def grow(width: int, inputs: list[int], samples: int, frames: int, size: list[int]) -> Figures:
    """Show frames of a network with two hidden layers in the window; seconds of each part.

    Every part is done in turn in this process, also those that a window leaves to others while
    it goes on: telling a frame (the process that trains) and what panels have worked out beside
    it (a thread).

    Parameters
    ----------
    width : int
        Units of each hidden layer.
    inputs : list of int
        Rows and columns of a sample; the pictures are made up.
    samples : int
    frames : int
        Counted after two that are not.
    size : list of int
        Of the window.
    """
    random = np.random.default_rng(0)
    x = random.random((samples, inputs[0] * inputs[1]), np.float32)
    y = np.arange(samples) % 10
    validation = max(1, samples // 5)
    classes = tuple("0123456789")
    data = Dataset(
        "made up",
        x[validation:],
        y[validation:],
        x[:validation],
        y[:validation],
        classes,
        tuple(inputs),
    )
    parts: dict[str, list[float]] = {name: [] for name in GROW_PARTS}
    app, painting = application(), Stopwatch()
    folder = tempfile.TemporaryDirectory(prefix="nnfs-bench-")

    class PaintedWindow(MainWindow):
        def event(self, event) -> bool:
            if event.type() != event.Type.UpdateRequest:
                return super().event(event)
            with painting:
                return super().event(event)

    viewer = Viewer()
    settings = QSettings(f"{folder.name}/window.ini", QSettings.Format.IniFormat)
    settings.setValue("workspace", "explain")  # where most panels are in sight
    window = PaintedWindow(viewer, settings)
    window.resize(*size)
    beside = TimedAtOnce()
    for panel in window.view.panels.values():
        panel.background = beside
    experiment = Experiment(layers=(width, width), learning_rate=0.01, epochs=frames + 2)
    trainer = Trainer(experiment, data)
    viewer.adopt(trainer, "made up")
    viewer.select_place(Place("unit", 0, 0))
    window.show()
    # Its own hand is steadier: nothing is shown in between.
    hand, number = ByHand(trainer.arranged, viewer.recording), 0

    def next_frame() -> None:
        nonlocal number
        if number:
            # What was asked for while showing has been painted by now.
            parts["paint"].append(painting.take())
        if number == frames + 2:
            window.close()
            return
        number += 1
        hand.advance(show=False)
        painting.take(), beside.watch.take()
        started = perf_counter()
        told = encode([Frame(hand.trainer.frame())])
        sent = perf_counter()
        (event,) = decode(told)
        frame = viewer.frame = event.frame
        heard = perf_counter()
        context = viewer.context
        traced = perf_counter()
        viewer.shown.emit(frame, context)
        shown = perf_counter()
        parts["tell"].append(sent - started)
        parts["hear"].append(heard - sent)
        parts["context"].append(traced - heard)
        parts["explain"].append(beside.watch.take())
        parts["show"].append(shown - traced - parts["explain"][-1])
        QTimer.singleShot(60, next_frame)

    QTimer.singleShot(200, next_frame)
    app.exec()
    folder.cleanup()
    return {
        **{name: times[2:] for name, times in parts.items()},
        "parameters": int(trainer.parameters.flat.size),
    }


if __name__ == "__main__":
    answer(measure)
    # Windows end before the application does.
    QApplication.closeAllWindows()
    leave(0)
