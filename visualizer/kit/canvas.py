"""What hand-painted pictures share: they take a frame, prepare it, and name what is pointed at."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QPointF
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.spoken import network_sentence
from visualizer.state.context import ViewContext
from visualizer.style.painting import Painted
from visualizer.style.theme import Palette


class FrameCanvas(Painted, QWidget):
    """A widget painted from a frame. All arithmetic is done when a frame or a size arrives.

    Subclasses do it in :meth:`prepare`, paint in :meth:`paint`, and answer in
    :meth:`value_at`.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(name)
        self._frame: EpochFrame | None = None
        self._context: ViewContext | None = None

    def prepare(self, frame: EpochFrame, context: ViewContext) -> None:
        """Work out what is painted of a frame, in this size and these colours."""
        raise NotImplementedError

    def describe(self) -> str:
        """Say what is shown, to those who cannot see it."""
        if self._frame is None or self._context is None:
            return ""
        return network_sentence(self._frame, self._context)

    def value_at(self, point: QPointF) -> str:
        """Say what is at a point, and its value; empty where there is nothing."""
        return ""

    def refresh(self) -> None:
        """Prepare again, since something that decides the picture has changed; and paint."""
        if self._frame is not None and self._context is not None:
            try:
                self.prepare(self._frame, self._context)
            except BaseException:
                # Half of it may be of another frame: nothing is painted rather than that.
                self._frame = self._context = None
                raise
            finally:
                self.update()

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Take a frame."""
        self._frame, self._context = frame, context
        self.refresh()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self.refresh()

    def resizeEvent(self, event) -> None:
        """Lay out again."""
        super().resizeEvent(event)
        self.refresh()

    def event(self, event) -> bool:
        """Show the value under the mouse as a tooltip."""
        if event.type() == QEvent.Type.ToolTip:
            text = self.value_at(QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
