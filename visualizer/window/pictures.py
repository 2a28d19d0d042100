"""Pictures of what is shown: one, or every so-many-th epoch; what is asked, and what is said."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QDialog, QWidget

from nnfs_core.errors import UserError
from nnfs_core.training.trainer import EpochFrame
from visualizer.state.viewer import ViewContext, Viewer
from visualizer.style.theme import PALETTES
from visualizer.view.arrangement import LAYOUT_VERSION
from visualizer.view.export import FrameExporter, Picture, frame_name
from visualizer.view.frame_view import FrameView
from visualizer.window.export_dialog import ExportDialog
from visualizer.window.recorder import Recorder
from visualizer.window.workspace_keeper import WorkspaceKeeper


class Pictures(QObject):
    """Exports and recordings of a window.

    Parameters
    ----------
    window : QWidget
        What dialogs stand before.
    view : FrameView
    viewer : Viewer
    workspaces : WorkspaceKeeper
    """

    def __init__(
        self, window: QWidget, view: FrameView, viewer: Viewer, workspaces: WorkspaceKeeper
    ) -> None:
        super().__init__(window)
        self._window, self._view, self._viewer = window, view, viewer
        self._workspaces = workspaces
        self._closed = False
        self.recorder = Recorder(viewer, self)
        self.recorder.changed.connect(self._on_recording_changed)
        self.recorder.recorded.connect(self._say_what_is_recorded)
        self.recorder.said.connect(view.messages.show_note)
        self.recorder.failed.connect(view.messages.show_error)

    def close(self) -> None:
        """End a recording; none begins any more."""
        self._closed = True
        if self.recorder.running:
            self.recorder.stop()

    def export(self) -> None:
        """Ask what to save and save it."""
        viewer, messages = self._viewer, self._view.messages
        if viewer.frame is None:
            return
        frame, context = viewer.frame, viewer.context
        dialog = ExportDialog(
            self._window,
            self._window.size(),
            self._window.devicePixelRatioF(),
            frame_name(frame.epoch),
            preview=partial(self.preview, frame, context),
        )
        try:
            if dialog.exec() != QDialog.DialogCode.Accepted:
                return
            path = self.export_to(dialog.path(), self.picture(dialog), frame, context)
        except UserError as error:
            messages.show_error(str(error))
        else:
            messages.show_note(f"saved {path}")
        finally:
            dialog.deleteLater()

    def export_to(
        self, path: Path, picture: Picture, frame: EpochFrame, context: ViewContext
    ) -> Path:
        """Save a picture of a frame.

        Raises
        ------
        UserError
            When the size cannot be, or the file cannot be written.
        """
        exporter = FrameExporter(picture)
        try:
            return exporter.save(frame, context, path)
        finally:
            exporter.close()

    def preview(self, frame: EpochFrame, context: ViewContext, dialog: ExportDialog) -> QImage:
        """Draw what a dialog asks for, as large as its preview needs it."""
        exporter = FrameExporter(replace(self.picture(dialog), ratio=dialog.preview_ratio()))
        try:
            return exporter.image(frame, context)
        finally:
            exporter.close()

    def picture(self, dialog: ExportDialog) -> Picture:
        """Return what a dialog asks for, with the panels as they are in the window."""
        theme = dialog.theme()
        return Picture(
            dialog.picture_size(),
            dialog.ratio(),
            self._view.palette_now if theme is None else PALETTES[theme],
            dialog.panel(),
            self._view.host.saveState(LAYOUT_VERSION),
            {key: panel.choices() for key, panel in self._view.panels.items()},
            self._workspaces.current,
            dialog.header(),
        )

    def toggle_recording(self) -> None:
        """Ask where to and how often, then record; or stop."""
        if self.recorder.running:
            self.recorder.stop()
            return
        self._view.bar.record.setChecked(False)
        if self._viewer.frame is None:
            return
        frame, context = self._viewer.frame, self._viewer.context
        dialog = ExportDialog(
            self._window,
            self._window.size(),
            1.0,
            "frames",
            recording=True,
            preview=partial(self.preview, frame, context),
        )
        try:
            # The window may have been closed behind the dialog: then nothing begins any more.
            if dialog.exec() == QDialog.DialogCode.Accepted and not self._closed:
                self.recorder.start(dialog.path(), dialog.every(), self.picture(dialog))
        except UserError as error:
            self._view.messages.show_error(str(error))
        finally:
            dialog.deleteLater()

    def _on_recording_changed(self, on: bool) -> None:
        self._view.bar.record.setChecked(on)
        self._view.bar.show_recorded(0, self.recorder.where() if on else "")

    def _say_what_is_recorded(self, pictures: int) -> None:
        self._view.bar.show_recorded(pictures, self.recorder.where())
