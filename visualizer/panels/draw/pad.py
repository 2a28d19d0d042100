"""The drawing pad: strokes with mouse or stylus, and every step of them taken back again."""

from __future__ import annotations

from PyQt6.QtCore import QMarginsF, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QCursor,
    QImage,
    QKeySequence,
    QPainter,
    QPen,
    QPixmap,
    QTabletEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

from visualizer.panels.draw.vectors import Drawing, Stroke, shade
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted, painting, saved
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette, font

STEPS = 200
"""Drawings that are kept for going back."""

NEAREST = 0.003
"""Points nearer than this share of the side to the last one add nothing."""

LEAST_CURSOR = 6


class Pad(Painted, QWidget):
    """A square to draw on. It keeps drawings as lines, so a new size changes nothing."""

    changed = pyqtSignal()
    """There is something else on the pad; during a stroke, with every move."""

    settled = pyqtSignal()
    """A stroke has ended, or was taken back: what is on the pad stays until the next."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        keep(self, "setMinimumSize", 80, 80)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        self.setAccessibleName("Drawing pad")
        self.hint = "Draw here"
        self.thickness = 0.1
        self._history = [Drawing()]
        self._at = 0
        self._stroke: list[tuple[float, float, float]] = []
        self._still: QImage | None = None

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(scaled(160), scaled(160))

    # What is drawn

    @property
    def drawing(self) -> Drawing:
        """Everything on the pad, with the stroke that is being drawn."""
        still = self._history[self._at]
        return still.with_stroke(Stroke.along(self._stroke)) if self._stroke else still

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._at > 0 or bool(self._stroke)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to make again."""
        return self._at + 1 < len(self._history)

    def put(self, drawing: Drawing) -> None:
        """Put something else on the pad; what was there comes back with :meth:`undo`."""
        self._stroke = []
        self._history[self._at + 1 :] = [drawing]
        self._history = self._history[-STEPS:]
        self._at = len(self._history) - 1
        self._show()

    def replace(self, drawing: Drawing) -> None:
        """Put something else in the place of what is there; it is no step of its own."""
        self._history[self._at] = drawing
        self._still = None
        self.update()

    def undo(self) -> None:
        """Take the last step back: a stroke, a picture, or clearing."""
        if self._stroke:
            self._stroke = []
            self._show()
        elif self.can_undo:
            self._at -= 1
            self._show()

    def redo(self) -> None:
        """Make the step again that was taken back."""
        if self.can_redo:
            self._at += 1
            self._show()

    def clear(self) -> None:
        """Take everything off the pad; :meth:`undo` brings it back."""
        if not self.drawing.is_empty:
            self.put(Drawing())

    def _show(self) -> None:
        self._still = None
        self.update()
        self.changed.emit()
        self.settled.emit()

    # Looks

    def set_thickness(self, share: float) -> None:
        """Draw with a brush of another thickness, as a share of the side."""
        self.thickness = share
        self._shape_cursor()

    def set_hint(self, hint: str) -> None:
        """Say what is wanted, while there is nothing on the pad."""
        self.hint = hint
        self.update()

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self._shape_cursor()
        self.update()

    def _shape_cursor(self) -> None:
        """Make the cursor a circle as large as the brush, seen on light and on dark."""
        ratio = self.devicePixelRatioF()
        across = max(LEAST_CURSOR, round(self.thickness * self.square().width())) + 4
        pixmap = QPixmap(QSize(across, across) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        whole = QRectF(0, 0, across, across)
        with painting(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for level, inset in ((0.0, 1.5), (1.0, 2.5)):
                painter.setPen(QPen(shade(level), 1))
                painter.drawEllipse(whole.adjusted(inset, inset, -inset, -inset))
        self.setCursor(QCursor(pixmap))

    def square(self) -> QRectF:
        """Return where the drawing is, in the widget."""
        side = max(1.0, min(self.width(), self.height()) - 2.0)
        return QRectF(
            round((self.width() - side) / 2), round((self.height() - side) / 2), side, side
        )

    def resizeEvent(self, event) -> None:
        """Draw everything again, as sharp as before."""
        super().resizeEvent(event)
        self._still = None
        self._shape_cursor()

    def _picture(self, side: float) -> QImage:
        """Return all that does not change while a stroke is drawn."""
        ratio = self.devicePixelRatioF()
        wanted = round(side * ratio)
        if self._still is None or self._still.width() != wanted:
            still = QImage(wanted, wanted, QImage.Format.Format_RGB32)
            still.setDevicePixelRatio(ratio)
            with painting(still) as painter:
                self._history[self._at].paint(painter, side)
            self._still = still
        return self._still

    def describe(self) -> str:
        """Say what is on the pad, to those who cannot see it."""
        drawing = self.drawing
        if drawing.is_empty:
            return "Nothing is drawn yet."
        strokes = f"{len(drawing.strokes):,} strokes" if drawing.strokes else ""
        picture = "" if drawing.picture is None else f"the picture {drawing.picture.name}"
        return f"On the pad: {' and '.join(filter(None, (picture, strokes)))}."

    def paint(self, painter: QPainter) -> None:
        """Paint the drawing, the stroke under way, and a border."""
        square, palette = self.square(), self._palette
        still = self._history[self._at]
        painter.drawImage(square.topLeft(), self._picture(square.width()))
        if self._stroke:
            with saved(painter):
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setClipRect(square)
                painter.translate(square.topLeft())
                Stroke.along(self._stroke).paint(painter, square.width(), still.ink)
        elif still.is_empty:
            painter.setFont(font(12))
            painter.setPen(QColor(palette.dim))
            centre = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(
                square.marginsRemoved(QMarginsF(*[scaled(8)] * 4)), int(centre), self.hint
            )
        painter.setPen(QPen(QColor(palette.accent if self.hasFocus() else palette.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(square.adjusted(-0.5, -0.5, 0.5, 0.5))

    # Drawing

    def _begin(self, point: QPointF, pressure: float | None) -> None:
        self._stroke = []
        self._extend(point, pressure)

    def _extend(self, point: QPointF, pressure: float | None) -> None:
        square = self.square()
        x = (point.x() - square.left()) / square.width()
        y = (point.y() - square.top()) / square.height()
        if self._stroke:
            before = self._stroke[-1]
            if (x - before[0]) ** 2 + (y - before[1]) ** 2 < NEAREST**2:
                return
        # A stylus held lightly draws thin, pressed hard thick; a mouse has the middle.
        share = 1.0 if pressure is None else 0.35 + 1.3 * pressure
        self._stroke.append((x, y, share * self.thickness))
        self.update()
        self.changed.emit()

    def _end(self) -> None:
        if self._stroke:
            self.put(self.drawing)

    def mousePressEvent(self, event) -> None:
        """Begin a stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position(), None)

    def mouseMoveEvent(self, event) -> None:
        """Go on with the stroke."""
        if self._stroke and event.buttons() & Qt.MouseButton.LeftButton:
            self._extend(event.position(), None)

    def mouseReleaseEvent(self, event) -> None:
        """End the stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._end()

    def tabletEvent(self, event: QTabletEvent | None) -> None:
        """Draw with a stylus: its pressure is the thickness."""
        assert event is not None
        if event.type() == event.Type.TabletPress:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._begin(event.position(), event.pressure())
        elif event.type() == event.Type.TabletMove and self._stroke:
            self._extend(event.position(), event.pressure())
        elif event.type() == event.Type.TabletRelease:
            self._end()
        event.accept()

    def event(self, event) -> bool:
        """Keep the keys for taking back to the pad while it has the focus."""
        if event.type() == event.Type.ShortcutOverride and _steps(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event) -> None:
        """Take a step back, or make it again."""
        wanted = _steps(event)
        if wanted < 0:
            self.undo()
        elif wanted > 0:
            self.redo()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event) -> None:
        """Show that the keys come here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event) -> None:
        """Show that they do not any more."""
        super().focusOutEvent(event)
        self.update()


def _steps(event) -> int:
    """Return −1 for the system's key for taking back, +1 for making again, 0 for any other."""
    if event.matches(QKeySequence.StandardKey.Undo):
        return -1
    return 1 if event.matches(QKeySequence.StandardKey.Redo) else 0
