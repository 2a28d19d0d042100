"""Recording: every so-many-th epoch as a PNG, without missing one."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from nnfs_core.errors import UserError
from nnfs_core.history.recording import Recording
from nnfs_core.training.trainer import EpochFrame
from visualizer.state.viewer import ViewContext, Viewer
from visualizer.view.export import FrameExporter, Picture, frame_name


class Recorder(QObject):
    """Draws epochs off screen as they are shown, or passed while one looks back.

    The epochs of a second branch are other pictures under the same numbers, and go into a folder
    of their own.
    """

    changed = pyqtSignal(bool)
    """Whether it records now."""

    recorded = pyqtSignal(int)
    """So many pictures are there."""

    said = pyqtSignal(str)
    failed = pyqtSignal(str)

    def __init__(self, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._exporter: FrameExporter | None = None
        self._folder = Path()
        self._every = 1
        self._done: dict[Recording, set[int]] = {}
        viewer.passed.connect(self.record_if_due)

    @property
    def running(self) -> bool:
        """Whether it records."""
        return self._exporter is not None

    @property
    def pictures(self) -> int:
        """How many pictures the recording has."""
        return sum(map(len, self._done.values()))

    def start(self, folder: Path, every: int, picture: Picture) -> None:
        """Save every so-many-th epoch from now on.

        Raises
        ------
        UserError
            When the folder cannot be made or the first picture cannot be written.
        """
        exporter = FrameExporter(picture)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            exporter.close()
            raise UserError("cannot be made", where=folder, found=error.strerror) from None
        self._exporter, self._folder, self._every, self._done = exporter, folder, every, {}
        self._viewer.keep_every(every)
        self.changed.emit(True)
        self.said.emit(f"recording every {every} epochs to {folder}")
        frame = self._viewer.frame
        if frame is not None and frame.epoch % every == 0:
            self._record(frame, self._viewer.context)

    def record_if_due(self, frame: EpochFrame, context: ViewContext) -> None:
        """Take a picture of an epoch if it is one of those that are wanted."""
        if self._exporter is not None and frame.epoch % self._every == 0:
            self._record(frame, context)

    def _record(self, frame: EpochFrame, context: ViewContext) -> None:
        assert self._exporter is not None
        branch = context.recording
        done = self._done.setdefault(branch, set())
        if frame.epoch in done:
            return  # Only the sample or a name has changed: that picture is there.
        second = list(self._done).index(branch)
        folder = self._folder / (f"branch-{second + 1}" if second else "")
        done.add(frame.epoch)
        try:
            if second:
                folder.mkdir(exist_ok=True)
            self._exporter.save(frame, context, folder / frame_name(frame.epoch))
        except OSError as error:
            self.stop()
            self.failed.emit(f"{folder}: cannot be made ({error.strerror})")
        except UserError as error:
            self.stop()
            self._viewer.pause()
            self.failed.emit(str(error))
        else:
            self.recorded.emit(self.pictures)

    def stop(self) -> None:
        """Record no more."""
        if self._exporter is not None:
            self._exporter.close()
            count = self.pictures
            pictures = "1 picture" if count == 1 else f"{count:,} pictures"
            self.said.emit(f"the recording of {pictures} is in {self._folder}")
        self._exporter = None
        self._viewer.keep_every(None)
        self.changed.emit(False)

    def where(self) -> str:
        """Return how many pictures there are, and where: for a tooltip."""
        return f"{self.pictures:,} recorded, in {self._folder}"
