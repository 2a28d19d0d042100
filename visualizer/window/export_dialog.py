"""What to export, how large, and where to: asked before a picture or a recording."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QGuiApplication, QImage, QPixmap
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QWidget,
)

from nnfs_core.disk.whole import user_path
from nnfs_core.errors import UserError
from visualizer.kit.qt_path import python_path
from visualizer.kit.widgets import ComboBox, label, row
from visualizer.panels import panel_types
from visualizer.panels.base import Panel
from visualizer.panels.experiment.panel import ExperimentForm
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.view.export import LARGEST, SMALLEST

SIZES = {
    "this window": None,
    "slide, 1920 × 1080": (1920, 1080),
    "paper, 1600 × 1000": (1600, 1000),
}


THEMES = {"as in the window": None, "light": "light", "dark": "dark"}

LARGEST_PREVIEW = 2000
"""Pixels of the longer side of a preview, before it is made as small as there is room for."""

PREVIEW, LEAST_PREVIEW = (440, 220), 60
"""Largest width and height of a preview, with text at 100 %, and the least height on a low screen.
"""

FRAME = 40
"""Height that a desktop puts around a window, or somewhat more."""


class ExportDialog(QDialog):
    """Asks for one picture, or for a recording of every k-th epoch.

    Parameters
    ----------
    parent : QWidget
    window_size : QSize
    ratio : float
        Pixels of the screen for each logical one.
    name : str
        Of the file or the folder.
    recording : bool
    preview : callable, optional
        Draws a small picture of what the dialog says.
    """

    def __init__(
        self,
        parent: QWidget,
        window_size: QSize,
        ratio: float,
        name: str,
        *,
        recording: bool = False,
        preview: Callable[[ExportDialog], QImage] | None = None,
    ) -> None:
        super().__init__(parent)
        self._draw_preview = preview
        self.setWindowTitle("Record PNGs" if recording else "Export a PNG")
        self._recording = recording
        self._window_size = window_size
        self._what = ComboBox()
        self._what.addItem("the whole window", None)
        kinds: tuple[type[Panel], ...] = (ExperimentForm, *panel_types())
        for kind in kinds:
            self._what.addItem(f"panel: {kind.title}", kind.key)
        self._theme = ComboBox()
        for text, theme in THEMES.items():
            self._theme.addItem(text, theme)
        self._theme.setToolTip("Light is for slides and paper")
        self._theme.setAccessibleName("Theme of the picture")
        self._bare = QCheckBox("without its header")
        self._bare.setToolTip("Only what the panel shows: no title, and none of its buttons")
        self._preset = ComboBox()
        for text, size in SIZES.items():
            self._preset.addItem(text, size)
        self._preset.activated.connect(self._on_preset_chosen)
        self._width, self._height = QSpinBox(), QSpinBox()
        for box in (self._width, self._height):
            box.setRange(SMALLEST, LARGEST)
            box.setSuffix(" px")
        self._ratio = QDoubleSpinBox()
        self._ratio.setRange(0.5, 8)
        self._ratio.setSingleStep(0.5)
        self._ratio.setValue(ratio)
        self._ratio.setToolTip("Pixels of the file for each pixel of the size: 2 for crisp slides")
        self._every = QSpinBox()
        self._every.setRange(1, 1_000_000)
        self._every.setValue(10)
        self._path = QLineEdit(str(Path.cwd() / name))
        browse = QPushButton("Browse…")
        browse.clicked.connect(self._on_browse)
        # Enter saves; of several buttons that would take it, Qt gives it to the first.
        browse.setAutoDefault(False)
        self._total = label("", "dim")
        form = QFormLayout(self)
        keep(form, "setContentsMargins", 20, 16, 20, 16)
        keep(form, "setVerticalSpacing", 10)
        keep(form, "setHorizontalSpacing", 12)
        self._preview = label("", "dim")
        self._preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._preview.setAccessibleName("Preview of the picture")
        keep(self._preview, "setFixedHeight", PREVIEW[1])
        self._preview.setVisible(preview is not None)
        form.addRow(self._preview)
        form.addRow(label("picture", "dim"), row(self._what, self._bare, 1))
        form.addRow(label("theme", "dim"), row(self._theme, 1))
        form.addRow(label("size", "dim"), self._preset)
        form.addRow("", row(self._width, label("×", "dim"), self._height, 1))
        form.addRow(label("pixel ratio", "dim"), row(self._ratio, self._total, 1))
        if recording:
            form.addRow(label("every", "dim"), row(self._every, label("epochs", "dim"), 1))
        form.addRow(label("folder" if recording else "file", "dim"), row(self._path, browse))
        keep(self._path, "setMinimumWidth", 360)
        for number in (self._width, self._height, self._ratio, self._every):
            number.setButtonSymbols(number.ButtonSymbols.NoButtons)
        buttons = QDialogButtonBox()
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        verb = "Start recording" if recording else "Save"
        save = buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        save.setProperty("primary", True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        # Only now: a button that is in no dialog yet cannot be its default.
        save.setDefault(True)
        for size_box in (self._width, self._height, self._ratio):
            size_box.valueChanged.connect(self._write_total)
        # When nothing has been changed for a moment: each takes a while.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(200)
        self._soon.timeout.connect(self._show_preview)
        for size_box in (self._width, self._height):
            size_box.valueChanged.connect(self._soon.start)
        for choice in (self._what, self._theme):
            choice.currentIndexChanged.connect(self._on_chosen)
        self._bare.toggled.connect(self._soon.start)
        self._on_preset_chosen()
        screen = parent.screen() or QGuiApplication.primaryScreen()
        if preview is not None and screen is not None:
            over = self.sizeHint().height() + scaled(FRAME) - screen.availableSize().height()
            least, usual = map(scaled, (LEAST_PREVIEW, PREVIEW[1]))
            self._preview.setFixedHeight(max(least, min(usual, usual - over)))
        self._on_chosen()

    def _on_chosen(self) -> None:
        self._bare.setEnabled(self.panel() is not None)
        self._soon.start()

    def _show_preview(self) -> None:
        if self._draw_preview is None:
            return
        try:
            image = self._draw_preview(self)
        except UserError as error:
            self._preview.setText(str(error))
            return
        pixels = self.devicePixelRatioF()
        sides = scaled(PREVIEW[0]), self._preview.maximumHeight()
        room = QSize(*(round(side * pixels) for side in sides))
        how = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        shown = QPixmap.fromImage(image.scaled(room, *how))
        shown.setDevicePixelRatio(pixels)
        self._preview.setPixmap(shown)

    def preview_ratio(self) -> float:
        """Return the pixel ratio that a preview is drawn at: small, where the picture is large."""
        wide, high = self.picture_size()
        least = max(SMALLEST / wide, SMALLEST / high)
        return max(least, min(1.0, LARGEST_PREVIEW / max(wide, high)))

    def theme(self) -> str | None:
        """Return the name of the picture's theme; None for the window's."""
        return self._theme.currentData()

    def header(self) -> bool:
        """Return whether a single panel is to have its header."""
        return not (self._bare.isEnabled() and self._bare.isChecked())

    def picture_size(self) -> tuple[int, int]:
        """Return width and height in logical pixels."""
        return self._width.value(), self._height.value()

    def ratio(self) -> float:
        """Return the pixel ratio."""
        return self._ratio.value()

    def panel(self) -> str | None:
        """Return the key of the chosen panel, or None for the whole window."""
        return self._what.currentData()

    def every(self) -> int:
        """Return how many epochs lie between two recorded ones."""
        return self._every.value()

    def path(self) -> Path:
        """Return the file, or the folder of a recording.

        Raises
        ------
        UserError
            When what was typed cannot be a path.
        """
        text = self._path.text().strip()
        if not self._recording and not text.lower().endswith(".png"):
            text += ".png"
        return user_path(python_path(text))

    def accept(self) -> None:
        """Ask before an existing file is replaced."""
        # What cannot be written at all is said afterwards, in the window.
        with suppress(UserError, OSError):
            path = self.path()
            if not self._recording and path.exists():
                answer = QMessageBox.question(self, "Export a PNG", f"Replace {path.name}?")
                if answer != QMessageBox.StandardButton.Yes:
                    return
        super().accept()

    def _on_preset_chosen(self) -> None:
        size = self._preset.currentData() or (self._window_size.width(), self._window_size.height())
        self._width.setValue(size[0])
        self._height.setValue(size[1])
        self._write_total()

    def _write_total(self) -> None:
        width, height = (round(side * self.ratio()) for side in self.picture_size())
        self._total.setText(f"{width:,} × {height:,} pixels in the file")

    def _on_browse(self) -> None:
        if self._recording:
            path = QFileDialog.getExistingDirectory(self, "Record to", self._path.text())
        else:
            path, _ = QFileDialog.getSaveFileName(
                self, "Save as", self._path.text(), "Pictures (*.png)"
            )
        if path:
            self._path.setText(path)
