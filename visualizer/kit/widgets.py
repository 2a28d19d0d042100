"""Small widgets that several files use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PyQt6.QtCore import QEvent, QObject, QPointF, QSize, Qt
from PyQt6.QtGui import QMouseEvent, QPainter, QPalette, QPen, QPolygonF
from PyQt6.QtWidgets import (
    QAbstractScrollArea,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from visualizer.kit.glossary_tips import explain
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted
from visualizer.style.text_size import factor, scaled

ANY_SIZE = 16_777_215
"""The largest size Qt knows, which means any."""

DIGIT = re.compile(r"\d(?![^<]*>)")
"""A digit, but none in a tag."""

RAISED_DIGIT = re.compile("[¹²³⁴-⁹]")


def label(text: str, role: str, tooltip: str = "") -> QLabel:
    """Return a label styled by its role: ``dim``, ``title``, ``number`` or ``error``."""
    result = QLabel(text)
    result.setProperty("role", role)
    result.setToolTip(tooltip)
    explain(result)
    return result


def zeros(text: str) -> str:
    """Return a text with zeros for its digits, also for raised ones."""
    return RAISED_DIGIT.sub("⁰", DIGIT.sub("0", text))


class Reading(QLabel):
    """A label for numbers that change with every picture, which asks for no new layout then.

    Its size is that of the text with zeros for digits: it changes with their number only, and
    not at all where there is room for every text from the start.

    Parameters
    ----------
    text, role, tooltip : str
        As for :func:`label`.
    room : sequence of str
        Texts that there is always room for, whatever is shown.
    least : float, optional
        Logical pixels, with text at 100 %, that are enough where there is little room: whoever
        writes finds words that fit.
    """

    def __init__(
        self,
        text: str,
        role: str,
        tooltip: str = "",
        room: Sequence[str] = (),
        least: float | None = None,
    ) -> None:
        super().__init__()
        self._least, self._wanted = least, QSize(0, 0)
        self._shape, self._room, self._grown = "", tuple(room), True
        self.setProperty("role", role)
        self.setToolTip(tooltip)
        self.setText(text)

    def setText(self, text: str | None) -> None:
        """Show a text; a size that stays is not asked for again."""
        text = text or ""
        if text == self.text():
            return
        shape = zeros(text)
        if shape != self._shape:
            self._shape = shape
            if self._grown or not self._has_room(shape):
                self._fit()
        super().setText(text)

    def _has_room(self, shape: str) -> bool:
        advance = self.fontMetrics().horizontalAdvance
        return advance(shape) <= max(map(advance, self._room), default=-1)

    def _fit(self) -> None:
        self.setMinimumSize(0, 0)
        self.setMaximumSize(ANY_SIZE, ANY_SIZE)
        self.ensurePolished()
        self._grown = not self._has_room(self._shape)
        size = QSize(0, 0)
        for shape in (*self._room, self._shape):
            super().setText(shape)
            size = size.expandedTo(self.sizeHint())
        # A digit may be a little wider than a zero.
        self._wanted = size + QSize(1, 0)
        if self._least is None:
            self.setFixedSize(self._wanted)
        else:
            self.setMaximumSize(self._wanted)
            self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Return what is enough where there is little room."""
        hint = super().minimumSizeHint()
        if self._least is None:
            return hint
        return QSize(min(scaled(self._least), hint.width()), hint.height())

    def keep_room(self, *room: str) -> bool:
        """Have room for these texts, whatever is shown; say whether that is news."""
        if room == self._room:
            return False
        self._room, text = room, self.text()
        self._fit()
        super().setText(text)
        return True

    def changeEvent(self, event: QEvent | None) -> None:
        """Fit another font."""
        super().changeEvent(event)
        kinds = (QEvent.Type.FontChange, QEvent.Type.StyleChange)
        if event is not None and event.type() in kinds and self._shape:
            text = self.text()
            self._fit()
            super().setText(text)


def flat_button(tooltip: str) -> QToolButton:
    """Return a small borderless button; its icon comes with the theme."""
    button = QToolButton()
    button.setProperty("flat", True)
    button.setToolTip(tooltip)
    button.setAccessibleName(tooltip.split("  ")[0])
    return button


class ComboBox(Painted, QComboBox):
    """A combo box with a plain chevron in the text's own colour, and no wheel surprises."""

    def __init__(self, *, flat: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("flat", flat)
        explain(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def sizeHint(self) -> QSize:
        """Leave room for the chevron, which the style knows nothing of."""
        hint = super().sizeHint()
        return QSize(hint.width() + scaled(14), hint.height())

    def minimumSizeHint(self) -> QSize:
        """Let a tight layout cut the text rather than the window."""
        return QSize(scaled(56), super().minimumSizeHint().height())

    def paint(self, painter: QPainter) -> None:
        """Draw the box, as much of its text as there is room for, then the chevron."""
        option, style = QStyleOptionComboBox(), self.style()
        self.initStyleOption(option)
        whole, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = style.subControlRect(whole, option, field, self).width()
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, room
        )
        style.drawComplexControl(whole, option, painter, self)
        style.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option, painter, self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        one = factor()  # a pixel, as large as it is at this size of text
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 1.4 * one))
        x, y, arm = self.width() - 13 * one, self.height() / 2 - 1.5 * one, 3.5 * one
        painter.drawPolyline(
            QPolygonF([QPointF(x - arm, y), QPointF(x, y + arm), QPointF(x + arm, y)])
        )

    def wheelEvent(self, event) -> None:
        """Leave the wheel to the scroll area unless the box has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ThumbButtons(QObject):
    """Keeps the buttons at the side of a mouse from a view: pyqtgraph knows three buttons."""

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take presses of other buttons than those three."""
        button = Qt.MouseButton
        known = (button.NoButton, button.LeftButton, button.MiddleButton, button.RightButton)
        return isinstance(event, QMouseEvent) and event.button() not in known


def spare_scene(view: QAbstractScrollArea) -> None:
    """Keep from a view of a scene what scenes do not bear.

    What is dropped is left to the window: a view complains of things that are carried out again
    after it has refused them. And a mouse may have buttons that pyqtgraph does not know.
    """
    view.setAcceptDrops(False)
    view.viewport().setAcceptDrops(False)
    view.viewport().installEventFilter(ThumbButtons(view))


def row(*widgets: QWidget | int, spacing: int = 8) -> QHBoxLayout:
    """Lay widgets side by side; a number is a stretch. The spacing follows the size of text."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    keep(layout, "setSpacing", spacing)
    for widget in widgets:
        if isinstance(widget, int):
            layout.addStretch(widget)
        else:
            layout.addWidget(widget)
    return layout
