"""What the network answers: in words, and as a bar for each class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from nnfs_core.text.numbers import brief, chance, chance_figures
from visualizer.state.context import RunInfo
from visualizer.style.lengths import keep
from visualizer.style.painting import Painted
from visualizer.style.text_size import factor
from visualizer.style.theme import Palette, font

NARROWEST_COLUMN, WIDEST_COLUMN = 13.0, 44.0
LEAST_ROW, TALLEST_ROW = 9.5, 44.0
"""Logical pixels with text at 100 %."""


@dataclass(frozen=True, slots=True, eq=False)
class ValueAnswer:
    """The value that is said of one sample, and what it really is, in the data's own units.

    Attributes
    ----------
    value : float
    target : str
        What the value is.
    truth : float or None
    """

    value: float
    target: str
    truth: float | None
    right: ClassVar[None] = None
    """Nothing is right or wrong here: it is near, or far."""

    @property
    def known(self) -> bool:
        """Whether there is a value: sums beyond the largest number give none."""
        return math.isfinite(self.value)

    def sentences(self) -> tuple[str, ...]:
        """Say what was answered and how far off it is, the longest wording first."""
        if not self.known:
            return (f"{NO_ANSWER}: {WHY_NONE}", NO_ANSWER)
        said = brief(self.value)
        if self.truth is None:
            return (f"predicted {self.target} {said}", f"{self.target} {said}", said)
        off = self.value - self.truth
        way = "too high" if off > 0 else "too low"
        far = f"{brief(abs(off))} {way}" if off else "exactly so"
        true = brief(self.truth)
        return (
            f"predicted {self.target} {said} · true {true} · {far}",
            f"predicted {said} · true {true} · {far}",
            f"{said} · true {true}",
            said,
        )

    def listed(self, count: int = 3) -> str:
        """Say the value: ``price: 312.5``."""
        return f"{self.target}: {brief(self.value)}" if self.known else NO_ANSWER


NO_ANSWER, WHY_NONE = "no answer", "the sums on the way are beyond the largest number"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The probabilities of one sample, and what it really is.

    Attributes
    ----------
    probabilities : ndarray, shape (classes,)
    classes : tuple of str
    label : int or None
        The true class; None when nobody has said.
    """

    probabilities: np.ndarray
    classes: tuple[str, ...]
    label: int | None

    @property
    def known(self) -> bool:
        """Whether there are probabilities: sums beyond the largest number give none."""
        return not np.isnan(self.probabilities).any()

    @property
    def predicted(self) -> int | None:
        """The most probable class; None without probabilities."""
        return int(np.argmax(self.probabilities)) if self.known else None

    @property
    def name(self) -> str:
        """What the most probable class is called."""
        return NO_ANSWER if self.predicted is None else self.classes[self.predicted]

    @property
    def right(self) -> bool | None:
        """Whether that is the true class; None when nobody has said."""
        return None if self.label is None else self.predicted == self.label

    def percent(self, number: int) -> str:
        """Return the probability of a class: ``97.3 %``."""
        return chance(self.probabilities, number)

    def sentences(self) -> tuple[str, ...]:
        """Say what was answered and whether it is right, the longest wording first."""
        if self.predicted is None:
            return (f"{NO_ANSWER}: {WHY_NONE}", NO_ANSWER)
        guess, share = self.name, self.percent(self.predicted)
        if self.label is None:
            return (f"predicted {guess}, {share}", f"{guess}, {share}", guess)
        truth = self.classes[self.label]
        if self.right:
            return (
                f"{truth} → predicted {guess}, {share} · right",
                f"predicted {guess}, {share} · right",
                f"{guess}, {share} · right",
                f"{guess} · right",
            )
        return (
            f"× predicted {guess}, {share} · true {truth} ({self.percent(self.label)})",
            f"× {guess}, {share} · true {truth} ({self.percent(self.label)})",
            f"× {guess}, {share} · true {truth}",
            f"× {guess} · true {truth}",
        )

    def listed(self, count: int = 3) -> str:
        """Say the probabilities of the most probable classes: ``5: 97.3 %, 8: 1.2 %``."""
        if not self.known:
            return NO_ANSWER
        order = np.argsort(-np.asarray(self.probabilities, float), kind="stable")[:count]
        return ", ".join(f"{self.classes[k]}: {self.percent(k)}" for k in order.tolist())

    def most_probable(self, room: int) -> list[int]:
        """Return the classes there is room for: all in their order, or the most probable."""
        count = len(self.classes)
        if count <= room:
            return list(range(count))
        order = np.argsort(-np.asarray(self.probabilities, float), kind="stable")
        return order[: max(1, room)].tolist()


def answer_of(run: RunInfo, answers: np.ndarray, label: float | None) -> Answer | ValueAnswer:
    """Return what a network answers to one sample.

    Parameters
    ----------
    run : RunInfo
    answers : ndarray, shape (outputs,)
        As a trace has them.
    label : int or float, or None
        As a sample has it.
    """
    if run.classed:
        return Answer(answers, run.dataset.classes, None if label is None else int(label))
    value = float(run.network.task.values(answers)[0])
    return ValueAnswer(value, run.dataset.target, label)


class AnswerLine(Painted, QWidget):
    """One line of text in the longest wording there is room for."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        keep(self, "setFixedHeight", 18)
        self._wordings: Sequence[str] = ()
        self._role = "text"

    def show_answer(self, answer: Answer | ValueAnswer) -> None:
        """Say what was answered."""
        self._say(answer.sentences(), "bad" if answer.right is False else "text")

    def show_hint(self, *wordings: str) -> None:
        """Say something else, dimly; the longest wording first."""
        self._say(wordings, "dim")

    def _say(self, wordings: Sequence[str], role: str) -> None:
        if (wordings, role) != (self._wordings, self._role):
            self._wordings, self._role = wordings, role
            self.setToolTip(wordings[0])
            self.update()

    def describe(self) -> str:
        """Say the longest wording, to those who cannot see it."""
        return self._wordings[0] if self._wordings else ""

    def text(self) -> str:
        """Return the wording that is shown."""
        metrics = QFontMetrics(font(12))
        fits = (one for one in self._wordings if metrics.horizontalAdvance(one) <= self.width())
        short = self._wordings[-1] if self._wordings else ""
        return next(
            fits, metrics.elidedText(short, Qt.TextElideMode.ElideRight, max(0, self.width()))
        )

    def paint(self, painter: QPainter) -> None:
        """Paint the text."""
        # The painter's font, not the widget's: that asks for a new layout, which paints again.
        painter.setFont(font(12))
        painter.setPen(QColor(getattr(self._palette, self._role)))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), self.text())


def paint_bars(painter: QPainter, area: QRectF, answer: Answer, palette: Palette) -> None:
    """Paint a bar for each class: below each other, or side by side where it is too low."""
    count = len(answer.classes)
    low = area.height() / count < LEAST_ROW * factor()
    wide = area.width() / count >= NARROWEST_COLUMN * factor()
    paint = paint_columns if low and wide else paint_rows
    paint(painter, area, answer, palette)


def paint_rows(painter: QPainter, area: QRectF, answer: Answer, palette: Palette) -> None:
    """Paint a bar for each class, one below the other, as many as there is room for."""
    one = factor()
    shown = answer.most_probable(int(area.height() / (LEAST_ROW * one)))
    pitch = min(area.height() / len(shown), TALLEST_ROW * one)
    size = min(16.0, max(9.0, pitch / one - 2), 10 + pitch / one / 6)
    painter.setFont(font(size))
    metrics = painter.fontMetrics()
    longest = max(metrics.horizontalAdvance(answer.classes[k]) for k in shown)
    name_width = min(longest + 8 * one, area.width() * 0.4)
    number_width = max(map(metrics.horizontalAdvance, ("100.0", ">99.9"))) + 6 * one
    left, width = area.left() + name_width, area.width() - name_width - number_width - 8 * one
    middle = Qt.AlignmentFlag.AlignVCenter
    predicted, truth = answer.predicted, answer.label
    for place, k in enumerate(shown):
        p, y = float(answer.probabilities[k]), area.top() + (place + 0.5) * pitch
        marked = k in (predicted, truth)
        height = max(2.0, min(14.0 * one, pitch * 0.5))
        bar = QRectF(left, y - height / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.field))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(QColor(palette.active))
        if answer.known:
            painter.drawRoundedRect(QRectF(left, bar.top(), width * p, height), 2, 2)
        painter.setFont(font(size, bold=marked))
        painter.setPen(QColor(palette.text if marked else palette.dim))
        name = metrics.elidedText(
            answer.classes[k], Qt.TextElideMode.ElideRight, round(name_width - 6 * one)
        )
        painter.drawText(QRectF(area.left(), y - 9 * one, name_width, 18 * one), int(middle), name)
        painter.drawText(
            QRectF(area.right() - number_width - 1, y - 9 * one, number_width, 18 * one),
            int(middle | Qt.AlignmentFlag.AlignRight),
            chance_figures(answer.probabilities, k),
        )
        if k == truth:
            paint_tick(painter, QPointF(bar.right() + 2 * one, y), palette)


def paint_columns(painter: QPainter, area: QRectF, answer: Answer, palette: Palette) -> None:
    """Paint a bar for each class, side by side over their names, as many as fit."""
    one = factor()
    shown = answer.most_probable(int(area.width() / (NARROWEST_COLUMN * one)))
    pitch = min(area.width() / len(shown), WIDEST_COLUMN * one)
    foot = area.bottom() - 15 * one
    tall = foot - area.top() - 8 * one
    width = min(26.0 * one, pitch - 5 * one)
    predicted, truth = answer.predicted, answer.label
    for place, k in enumerate(shown):
        p, x = float(answer.probabilities[k]), area.left() + (place + 0.5) * pitch
        whole = QRectF(x - width / 2, area.top() + 8 * one, width, tall)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.field))
        painter.drawRoundedRect(whole, 2, 2)
        painter.setBrush(QColor(palette.active))
        if answer.known:
            painter.drawRoundedRect(whole.adjusted(0, tall * (1 - p), 0, 0), 2, 2)
        marked = k in (predicted, truth)
        painter.setFont(font(11, bold=marked))
        painter.setPen(QColor(palette.text if marked else palette.dim))
        name = painter.fontMetrics().elidedText(
            answer.classes[k], Qt.TextElideMode.ElideRight, round(pitch)
        )
        painter.drawText(
            QRectF(x - pitch / 2, foot + one, pitch, 14 * one),
            int(Qt.AlignmentFlag.AlignCenter),
            name,
        )
        if k == truth:
            paint_tick(painter, QPointF(x - 4 * one, area.top() + 4 * one), palette)


def paint_tick(painter: QPainter, at: QPointF, palette: Palette) -> None:
    """Paint the sign of the true class."""
    one = factor()
    tick = QPainterPath(at)
    tick.lineTo(at + QPointF(3, 3) * one)
    tick.lineTo(at + QPointF(8, -4) * one)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(palette.good), 1.6 * one))
    painter.drawPath(tick)


class AnswerColumns(Painted, QWidget):
    """A small bar for each class, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        keep(self, "setFixedHeight", 60)
        self.setAccessibleName("Probability of each class")
        self.setToolTip("Probability of each class; the tick is the true one")
        self.answer: Answer | None = None

    def show_answer(self, answer: Answer | None) -> None:
        """Draw an answer."""
        self.answer = answer
        self.update()

    def describe(self) -> str:
        """Say what the bars show, to those who cannot see them."""
        return "" if self.answer is None else f"The most probable: {self.answer.listed()}."

    def paint(self, painter: QPainter) -> None:
        """Paint the bars."""
        if self.answer is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_columns(painter, QRectF(self.rect()), self.answer, self._palette)
