"""Bookmarks in the window: made and found again, with what was to be seen there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QWidget

from nnfs_core.history.bookmarks import LONGEST_NAME, LONGEST_NOTE, MOST, Bookmark
from nnfs_core.history.recording import Recording
from visualizer.kit.widgets import label
from visualizer.state.context import Sample
from visualizer.state.viewer import Viewer
from visualizer.style.lengths import keep
from visualizer.view.frame_view import FrameView
from visualizer.window.undoing import Undoing
from visualizer.window.workspace_keeper import WorkspaceKeeper

Found = tuple[Recording, Bookmark]


class BookmarkDialog(QDialog):
    """Asks for a name and a note.

    Parameters
    ----------
    parent : QWidget
    bookmark : Bookmark
        What stands there at first.
    """

    def __init__(self, parent: QWidget, bookmark: Bookmark) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Bookmark at epoch {bookmark.epoch:,}")
        self.name, self.note = QLineEdit(bookmark.name), QLineEdit(bookmark.note)
        self.name.setMaxLength(LONGEST_NAME)
        self.note.setMaxLength(LONGEST_NOTE)
        self.name.selectAll()
        self.note.setPlaceholderText("What there is to see, if you like")
        for field, title in ((self.name, "Name"), (self.note, "Note")):
            field.setAccessibleName(title)
            field.setToolTip(f"{title} of the bookmark: one line")
            keep(field, "setMinimumWidth", 360)
        form = QFormLayout(self)
        keep(form, "setContentsMargins", 16, 16, 16, 12)
        form.addRow("Name", self.name)
        form.addRow("Note", self.note)
        form.addRow(label("Sample, selection, lenses and workspace are remembered with it.", "dim"))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel,
            parent=self,  # whose style says that buttons have no icons
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)


class Bookmarks(QObject):
    """Makes bookmarks, and leads to them.

    Parameters
    ----------
    viewer : Viewer
    view : FrameView
    workspaces : WorkspaceKeeper
    undoing : Undoing
    """

    said = pyqtSignal(str)
    """What is to be said in a line."""

    reached = pyqtSignal(object, int, int)
    """A :class:`Bookmark` is shown: it, which it is, from 1, and how many there are."""

    def __init__(
        self, viewer: Viewer, view: FrameView, workspaces: WorkspaceKeeper, undoing: Undoing
    ) -> None:
        super().__init__(view)
        self._viewer, self._view = viewer, view
        self._workspaces, self._undoing = workspaces, undoing
        self._at: Bookmark | None = None

    def all(self) -> list[Found]:
        """Return every bookmark with its branch: branch by branch, epoch by epoch."""
        return [(one, bookmark) for one in self._viewer.branches for bookmark in one.bookmarks]

    def here(self) -> Bookmark | None:
        """Return the bookmark at the shown epoch of the shown branch, if there is one."""
        viewer = self._viewer
        if viewer.frame is None:
            return None
        here = [one for one in viewer.recording.bookmarks if one.epoch == viewer.frame.epoch]
        return here[0] if here else None

    def ask(self) -> None:
        """Ask for a name and a note, and keep the shown epoch; or change what is kept of it."""
        viewer = self._viewer
        if viewer.frame is None:
            return
        before, recording = self.here(), viewer.recording
        if before is None and len(recording.bookmarks) >= MOST:
            self.said.emit(f"a branch has at most {MOST} bookmarks")
            return
        new = before or self._of_now()
        dialog = BookmarkDialog(self._view, new)
        try:
            if dialog.exec() != QDialog.DialogCode.Accepted:
                return
            name = " ".join(dialog.name.text().split()) or f"epoch {new.epoch:,}"
            note = " ".join(dialog.note.text().split())
        finally:
            dialog.deleteLater()
        # What is chosen now belongs to the epoch that was asked about, wherever a run has got to.
        after = replace(new, name=name, note=note)
        text = f"the bookmark {name}"
        self._change(recording, before, after, text)
        self.said.emit(f"bookmark {name} at epoch {new.epoch:,}")

    def _of_now(self) -> Bookmark:
        viewer = self._viewer
        context, frame = viewer.context, viewer.frame
        assert frame is not None, "somebody has seen it"
        sample = context.chosen or context.sample
        part = sample.part if sample.part != "drawn" else "validation"
        lenses = self._view.panels["weights"].choices()
        return Bookmark(
            frame.epoch,
            f"epoch {frame.epoch:,}",
            "",
            part,
            _index(sample),
            context.selection,
            {side: str(lenses[side]) for side in ("left", "right") if lenses.get(side)},
            self._workspaces.current.name,
        )

    def remove(self) -> None:
        """Take away the bookmark of the shown epoch."""
        here = self.here()
        if here is None:
            self.said.emit("there is no bookmark at this epoch  (Ctrl+B makes one)")
            return
        self._change(self._viewer.recording, here, None, f"removing the bookmark {here.name}")
        self.said.emit(f"removed the bookmark {here.name}  (Ctrl+Z brings it back)")

    def _change(
        self, recording: Recording, before: Bookmark | None, after: Bookmark | None, text: str
    ) -> None:
        def put(old: Bookmark | None, new: Bookmark | None) -> Callable[[], None]:
            def do() -> None:
                others = [one for one in recording.bookmarks if one is not old]
                kept = [*others, *([new] if new is not None else [])]
                recording.bookmarks = tuple(sorted(kept, key=lambda one: one.epoch))
                self._viewer.show_bookmarks()

            return do

        put(before, after)()
        self._undoing.did(text, put(after, before), put(before, after))

    def go(self, found: Found) -> None:
        """Show a bookmark's epoch with everything that was chosen there."""
        recording, bookmark = found
        viewer = self._viewer
        if recording not in viewer.branches:
            return
        viewer.pause()
        if recording is not viewer.recording:
            viewer.switch_to(recording)
        if bookmark.workspace in self._workspaces.workspaces:
            self._workspaces.show(bookmark.workspace)
        viewer.select_sample(bookmark.part, bookmark.index)
        viewer.select_place(bookmark.selection)
        self._view.panels["weights"].choose(bookmark.lenses)
        viewer.seek(bookmark.epoch)
        self._at = bookmark
        every = [one for _, one in self.all()]
        self.reached.emit(bookmark, every.index(bookmark) + 1, len(every))

    def go_on(self, by: int) -> None:
        """Show the next bookmark, or the one before; from the ends it goes round."""
        every = self.all()
        if not every:
            self.said.emit("there are no bookmarks yet  (Ctrl+B makes one)")
            return
        at = next((k for k, (_, one) in enumerate(every) if one is self._at), None)
        if at is None:
            at = -1 if by > 0 else len(every)
        self.go(every[(at + by) % len(every)])


def _index(sample: Sample) -> int:
    return sample.index if sample.part != "drawn" else 0
