"""What the window says of weights that were opened, and how it asks for data to try them on."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QWidget

from nnfs_core.data import dataset_names
from nnfs_core.errors import one_line
from nnfs_core.text.numbers import percent
from visualizer.kit.qt_path import python_path
from visualizer.view.message_bar import MessageBar

if TYPE_CHECKING:
    from visualizer.state.preparation import Prepared
    from visualizer.state.viewer import Viewer
    from visualizer.state.weights_source import WeightsSource

FILE = "a file…"
OTHER, CHOOSE = "On other data…", "Choose data…"


class WeightsOpening(QObject):
    """Tells how good opened weights are, and offers to try them on other data.

    Parameters
    ----------
    viewer : Viewer
    messages : MessageBar
        Where it is said.
    window : QWidget
        Over which the data is asked for.
    """

    def __init__(self, viewer: Viewer, messages: MessageBar, window: QWidget) -> None:
        super().__init__(window)
        self._viewer, self._messages, self._window = viewer, messages, window
        viewer.weights_opened.connect(self._on_opened)
        viewer.weights_failed.connect(self._on_failed)

    def _on_opened(self, source: WeightsSource, prepared: Prepared) -> None:
        data, metrics = prepared.arranged.dataset, prepared.active.last
        right, part, count = (
            metrics.validation_score,
            data.validation_name,
            len(data.validation_y),
        )
        if math.isnan(right):
            right, part, count = metrics.train_score, "training", len(data.train_y)
        name = one_line(source.path.name, 40)
        self._messages.show_offer(
            f"{name} gets {percent(right, 2)} of {count:,} {part} samples of "
            f"{one_line(data.name, 40)} right. Train goes on from these weights.",
            {OTHER: lambda: self._ask(source)},
        )

    def _on_failed(self, source: WeightsSource, message: str) -> None:
        self._messages.show_offer(message, {CHOOSE: lambda: self._ask(source)})

    def _ask(self, source: WeightsSource) -> None:
        """Ask which data to try the weights on, and do so."""
        names = [name for name in dataset_names() if not name.startswith(".")]
        chosen, accepted = QInputDialog.getItem(
            self._window,
            "Try the weights on data",
            f"{one_line(source.path.name, 40)} is to be tried on",
            [*names, FILE],
            0,
            False,
        )
        if not accepted:
            return
        if chosen == FILE:
            chosen, _ = QFileDialog.getOpenFileName(
                self._window, "Open data", "", "Data (*.csv *.csv.gz *.npz);;All files (*)"
            )
            chosen = str(python_path(chosen)) if chosen else ""
        if chosen:
            self._viewer.open_weights(replace(source, dataset=chosen))
