"""Three hints for somebody new, one after the other, each beside the thing it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QSettings, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import label
from visualizer.state.context import ViewContext
from visualizer.state.viewer import Viewer
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette
from visualizer.view.frame_view import FrameView

SEEN = "hints"
"""Setting: ``seen`` once they have been gone through or skipped."""

WIDTH, POINT, GAP = 300, 10, 4
"""Width of a hint, size of its point, and distance from what it points at, with text at 100 %."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What to do, where, and how it is known to have been done.

    Attributes
    ----------
    name : str
    text : str
    where : callable
        Returns the area of the thing in the view, or None where it cannot be seen.
    """

    name: str
    text: str
    where: Callable[[], QRect | None]


class Bubble(Painted, QWidget):
    """A card with a point at its edge."""

    next_wanted = pyqtSignal()
    skipped = pyqtSignal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Hint")
        self.text = label("", "")
        self.text.setWordWrap(True)
        self.count = label("", "dim")
        self.skip, self.next = QPushButton("Skip"), QPushButton("Next")
        self.skip.setToolTip("No more hints  (Esc); Help shows them again")
        self.next.setToolTip("The next hint; doing it leads there too")
        self.skip.clicked.connect(self.skipped)
        self.next.clicked.connect(self.next_wanted)
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        foot.addWidget(self.skip)
        foot.addWidget(self.next)
        layout = QVBoxLayout(self)
        keep(layout, "setContentsMargins", 16 + POINT, 14 + POINT, 16 + POINT, 12 + POINT)
        keep(layout, "setSpacing", 10)
        layout.addWidget(self.text)
        layout.addLayout(foot)
        self._tip = QPointF()
        self.hide()

    def describe(self) -> str:
        """Say the hint."""
        return self.text.text() or "no hint"

    def show_hint(self, hint: Hint, at: int, of: int) -> None:
        """Write a hint, the ``at``-th of so many."""
        self.text.setText(hint.text)
        self.count.setText(f"{at} of {of}")
        self.next.setText("Next" if at < of else "Done")

    def point_at(self, target: QRect) -> None:
        """Stand below, above or beside an area, inside the view, with the point towards it."""
        view = self.parentWidget()
        assert view is not None, "it lies over a view"
        self.ensurePolished()
        self.resize(min(scaled(WIDTH), view.width()), 10)
        wide = self.width()
        layout = self.layout()
        assert layout is not None, "it was laid out when it was made"
        high = max(layout.totalHeightForWidth(wide), layout.minimumSize().height())
        gap = scaled(GAP)
        centre = target.center()
        places = {
            "below": QPoint(centre.x() - wide // 2, target.bottom() + gap),
            "above": QPoint(centre.x() - wide // 2, target.top() - gap - high),
            "left": QPoint(target.left() - gap - wide, centre.y() - high // 2),
            "right": QPoint(target.right() + gap, centre.y() - high // 2),
        }
        fitting = [
            side
            for side, at in places.items()
            if (at.y() >= 0 and at.y() + high <= view.height())
            and (side in ("below", "above") or (at.x() >= 0 and at.x() + wide <= view.width()))
        ]
        corner = places[fitting[0] if fitting else "below"]
        x = max(0, min(corner.x(), view.width() - wide))
        y = max(0, min(corner.y(), view.height() - high))
        self.setGeometry(x, y, wide, high)
        self._tip = QPointF(
            min(max(centre.x(), target.left()), target.right()) - x,
            min(max(centre.y(), target.top()), target.bottom()) - y,
        )
        self.update()
        self.raise_()

    def paint(self, painter: QPainter) -> None:
        """Paint the card, and the point towards what is meant."""
        palette, point = self._palette, scaled(POINT)
        card = self.rect().toRectF().adjusted(point, point, -point, -point)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.accent), 1.5))
        painter.setBrush(QColor(palette.panel))
        painter.drawRoundedRect(card, 8, 8)
        # The point stands on the side that is nearest to what is meant.
        x = min(max(self._tip.x(), card.left() + 2 * point), card.right() - 2 * point)
        y = min(max(self._tip.y(), card.top() + 2 * point), card.bottom() - 2 * point)
        across, along = QPointF(point, 0), QPointF(0, point)
        if self._tip.y() < card.top():
            foot, tip, side = QPointF(x, card.top()), QPointF(x, 1), across
        elif self._tip.y() > card.bottom():
            foot, tip, side = QPointF(x, card.bottom()), QPointF(x, self.height() - 1), across
        elif self._tip.x() < card.left():
            foot, tip, side = QPointF(card.left(), y), QPointF(1, y), along
        else:
            foot, tip, side = QPointF(card.right(), y), QPointF(self.width() - 1, y), along
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.accent))
        painter.drawPolygon(QPolygonF([foot - side, tip, foot + side]))


class Hints(QObject):
    """Shows one hint after the other; the next one when somebody has done what one says.

    Parameters
    ----------
    view : FrameView
        Whose parts are pointed at.
    viewer : Viewer
    settings : QSettings
        Where it is remembered that they have been seen.
    """

    def __init__(self, view: FrameView, viewer: Viewer, settings: QSettings) -> None:
        super().__init__(view)
        self._view, self._settings, self._viewer = view, settings, viewer
        self.bubble = Bubble(view)
        self.bubble.apply_palette(view.palette_now)
        self.bubble.next_wanted.connect(self.go_on)
        self.bubble.skipped.connect(self.leave)
        self._left: list[Hint] = []
        self._of = 0
        # Once all that moves has its place.
        self._place_soon = QTimer(self)
        self._place_soon.setSingleShot(True)
        self._place_soon.setInterval(0)
        self._place_soon.timeout.connect(self._move_there)
        view.installEventFilter(self)
        for dock in view.docks.values():
            dock.placed.connect(self._place_soon.start)
        viewer.training_changed.connect(self._on_training_changed)
        viewer.shown.connect(self._on_shown)

    def greet(self) -> None:
        """Begin, for somebody who has never seen them."""
        if self._settings.value(SEEN) is None:
            self.begin()

    def begin(self) -> None:
        """Show the first one."""
        view = self._view
        self._left = [
            Hint(
                "train",
                "Press Train, or Space: the network begins to learn, and all you see here moves "
                "with it.",
                lambda: self._area(view.bar.train, view.bar.train.rect()),
            ),
            Hint(
                "unit",
                "Click a unit, one of the circles, to see how its number comes about.",
                lambda: self._first_of("network"),
            ),
            Hint(
                "draw",
                "Draw something here, and see what the network takes it for.",
                lambda: self._first_of("draw"),
            ),
        ]
        self._of = len(self._left)
        self._show()

    def go_on(self) -> None:
        """Show the next one; after the last they have been seen."""
        self._left = self._left[1:]
        if not self._left:
            self.leave()
        else:
            self._show()

    def leave(self) -> None:
        """Show no more of them, now or later."""
        self._left = []
        self.bubble.hide()
        self._settings.setValue(SEEN, "seen")

    @property
    def showing(self) -> bool:
        """Whether one is shown."""
        return self.bubble.isVisible()

    def _first_of(self, key: str) -> QRect | None:
        first = self._view.panels[key].first_thing()
        return None if first is None else self._area(*first)

    def _area(self, widget: QWidget, area: QRect) -> QRect | None:
        if widget.visibleRegion().isEmpty() or not self._view.isAncestorOf(widget):
            return None  # out of sight, or in a window of its own
        return QRect(widget.mapTo(self._view, area.topLeft()), area.size())

    def _show(self) -> None:
        self.bubble.show_hint(self._left[0], self._of - len(self._left) + 1, self._of)
        self.bubble.show()
        self._move_there()

    def _move_there(self) -> None:
        """Put the hint beside its thing; leave it out where that cannot be seen."""
        if not self._left or self._viewer.frame is None:
            return
        target = self._left[0].where()
        self.bubble.setVisible(target is not None)
        if target is not None:
            self.bubble.point_at(target)

    def _on_training_changed(self, training: bool) -> None:
        if training:
            self._done("train")

    def _on_shown(self, frame: EpochFrame, context: ViewContext) -> None:
        if not self._left:
            return
        if context.selection is not None:
            self._done("unit")
        if context.drawing is not None:
            self._done("draw")
        self._place_soon.start()

    def _done(self, name: str) -> None:
        if self._left and self._left[0].name == name:
            self.go_on()

    def eventFilter(self, watched, event) -> bool:
        """Stand beside the thing also in a window of another size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and self._left:
            self._place_soon.start()
        return False

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme, and the size of text."""
        self.bubble.apply_palette(palette)
        self._place_soon.start()
