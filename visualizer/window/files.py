"""Files of a window: opened, whatever they are, and saved."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QWidget

from nnfs_core.data.mnist import CURE
from nnfs_core.data.reading import AUTO
from nnfs_core.disk.kinds import Kind, kind_of
from nnfs_core.errors import UserError, one_line
from nnfs_core.experiment import Experiment, load_experiment
from nnfs_core.pictures.file import PICTURE_SUFFIXES
from visualizer.kit.qt_path import python_path
from visualizer.state.viewer import Viewer
from visualizer.state.weights_source import WeightsSource
from visualizer.state.writing import ShownWeights
from visualizer.view.frame_view import FrameView
from visualizer.window.recent_files import RecentFiles

LONGEST_NAME = 60
"""Characters of the name of a file in a question."""

WEIGHTS, SAMPLES = "the weights of a network", "samples and their labels"
"""What two arrays without names can be."""


class Files(QObject):
    """What opens and saves for a window.

    Parameters
    ----------
    window : QWidget
        What dialogs stand before.
    view : FrameView
        Where messages are shown, and pictures are taken.
    viewer : Viewer
    recent : RecentFiles
    """

    def __init__(
        self, window: QWidget, view: FrameView, viewer: Viewer, recent: RecentFiles
    ) -> None:
        super().__init__(window)
        self._window, self._view, self._viewer = window, view, viewer
        self.recent = recent
        self._closed = False
        viewer.saver.weights_saved.connect(self._on_weights_saved)
        viewer.failed.connect(self.say_failed)

    def close(self) -> None:
        """Open nothing any more: a dialog may still be there that asks for a file."""
        self._closed = True

    def open_file(self) -> None:
        """Ask for a file and open it."""
        path, _ = QFileDialog.getOpenFileName(
            self._window,
            "Open a run, data, weights or an experiment",
            "",
            "Runs, data, weights, experiments (*.nnfs *.csv *.csv.gz *.npz *.safetensors *.toml "
            "*.json);;All files (*)",
        )
        if path:
            self.open_path(python_path(path))

    def open_path(self, path: Path) -> None:
        """Open a run, or start one: on data, from weights, or from an experiment's file."""
        if self._closed:  # behind the dialog that asked for the file
            return
        if path.suffix.lower() in PICTURE_SUFFIXES:
            self.open_picture(path)
            return
        try:
            kind: Kind | None = kind_of(path)
            self.recent.add(path)
            if kind == "either":
                kind = self._asked_kind(path)
            if kind == "run":
                self._viewer.open(path)
            elif kind == "experiment":
                self._viewer.start(load_experiment(str(path)), path.stem)
            elif kind == "weights":
                self._viewer.open_weights(WeightsSource(path))
            elif kind == "data":
                experiment = self._viewer.run.experiment if self._viewer.run else Experiment()
                new = experiment.but(dataset=str(path), image=AUTO)
                self._viewer.start(new, path.name)
        except UserError as error:
            self._view.messages.show_error(str(error))

    def _asked_kind(self, path: Path) -> Kind | None:
        """Ask what a file is that may be two things; None when nobody says."""
        answers: dict[str, Kind] = {WEIGHTS: "weights", SAMPLES: "data"}
        chosen, accepted = QInputDialog.getItem(
            self._window,
            "Open a file",
            f"{one_line(path.name, LONGEST_NAME)} can be read in two ways: as",
            list(answers),
            0,
            False,
        )
        return answers[chosen] if accepted else None

    def open_picture(self, source: Path | QImage) -> None:
        """Show a picture to the network, in the panel that takes pictures."""
        if not any(panel.open_picture(source) for panel in self._view.panels.values()):
            self._view.messages.show_error("no panel takes pictures")

    def save_run(self) -> None:
        """Ask for a name and save the run with all its branches."""
        run = self._viewer.run
        if run is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save the run", f"{Path(run.name).stem}.nnfs", "Runs (*.nnfs)"
        )
        if path:
            self._viewer.save(python_path(path))

    def save_weights(self) -> None:
        """Ask for a name and save the weights that are shown."""
        frame, run = self._viewer.frame, self._viewer.run
        if frame is None or run is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save the weights", f"weights-{frame.epoch:06d}.npz", "Weights (*.npz)"
        )
        if not path:
            return
        accuracy = frame.metrics.validation_score
        shown = frame.parameters, run.experiment, run.dataset, accuracy, frame.epoch
        self._viewer.saver.write_weights(ShownWeights(str(python_path(path)), *shown))

    def _on_weights_saved(self, weights: ShownWeights) -> None:
        self._view.messages.show_note(
            f"saved {weights.path}: the weights after {weights.epoch:,} epochs"
        )

    def say_failed(self, message: str) -> None:
        """Say what failed; where data is nowhere, with a button to say where it is."""
        if CURE in message:
            self._view.messages.show_offer(
                f"error: {one_line(message)}", {"Choose folder…": self._choose_data_dir}
            )
        else:
            self._view.messages.show_error(message)

    def _choose_data_dir(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self._window, "The folder with MNIST's four files"
        )
        if folder:
            self._viewer.start_with(python_path(folder))
