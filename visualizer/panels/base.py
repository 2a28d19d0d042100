"""What a panel is: a title, a header with its controls, and a picture of a frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from PyQt6.QtCore import QEvent, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from nnfs_core.errors import visible
from nnfs_core.explain.stages import Stage
from nnfs_core.training.trainer import EpochFrame
from visualizer.jobs.background import AtOnce, Background
from visualizer.kit.widgets import Reading, flat_button, label
from visualizer.state.context import RunInfo, ViewContext
from visualizer.style.icons import icon
from visualizer.style.lengths import keep
from visualizer.style.theme import DARK, Palette

Command = tuple[str, str, list[str], Callable[[], object]]
"""A name, what it does, its keys, and the function: what a panel offers to the keyboard."""

Control = QComboBox | QSlider | QAbstractButton
Choices = dict[str, Any]


class ElidedLabel(QFrame):
    """One dim line that ends in … where there is no room; the whole text is its tooltip.

    An introduction stands before the text, as long as it is whole itself: first what somebody new
    needs, then what somebody else looks for.
    """

    resized = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._label = label("", "dim")
        self._label.setParent(self)
        self._text = ""
        self._introduction, self._yields = "", False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        keep(self, "setMinimumHeight", 18)

    def set_text(self, text: str) -> None:
        """Show a text, as much of it as there is room for."""
        if text != self._text:
            self._text = text
            self._fit()

    def introduce(self, words: str, *, yields: bool = False) -> None:
        """Say something before the text.

        Parameters
        ----------
        words : str
        yields : bool
            Leave it out rather than shorten the text.
        """
        if (words, yields) != (self._introduction, self._yields):
            self._introduction, self._yields = words, yields
            self._fit()

    def resizeEvent(self, event) -> None:
        """Fit the text again."""
        super().resizeEvent(event)
        self._fit()
        self.resized.emit()

    def changeEvent(self, event) -> None:
        """Fit another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._label.ensurePolished()
            self._fit()
            self.resized.emit()

    def _fit(self) -> None:
        metrics, words = self._label.fontMetrics(), self._introduction
        whole = " · ".join(part for part in (words, self._text) if part)
        needed = whole if self._yields or not self._text else f"{words} · …"
        fits = metrics.horizontalAdvance(needed) <= self.width()
        text = whole if fits or not self._text else self._text
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        self._label.setText(shown)
        self._label.setProperty("whole text", whole)
        self._label.setGeometry(0, 0, self.width(), self.height())
        self.setToolTip(whole if shown != whole else "")


class PanelHeader(QFrame):
    """Title, a dim line beside it, the panel's own controls, and maximise and close."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("Header")
        self.title = label(title, "title")
        self.epoch = Reading("", "dim", "The epoch of what this panel shows")
        self.epoch.hide()
        self.subtitle = ElidedLabel()
        self.maximise = flat_button(f"Maximise {title}, or go back  (double-click)")
        self.close_panel = flat_button(f"Close {title}  (View brings it back)")
        self._layout = QHBoxLayout(self)
        keep(self._layout, "setContentsMargins", 12, 5, 6, 3)
        for widget in (self.title, self.epoch, self.subtitle, self.maximise, self.close_panel):
            self._layout.addWidget(widget)
        for button in (self.maximise, self.close_panel):
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            button.setSizePolicy(policy)
        self.show_buttons(False)
        self._layout.setStretch(2, 1)
        keep(self._layout, "setSpacing", 4)
        keep(self.title, "setContentsMargins", 0, 0, 4, 0)

    def show_buttons(self, shown: bool) -> None:
        """Show maximise and close only while the mouse is on the panel: pictures stay quiet."""
        self.maximise.setVisible(shown)
        self.close_panel.setVisible(shown)

    def show_epoch(self, epoch: int | None) -> None:
        """Print the epoch of what is painted, for a panel that may be behind the others."""
        self.epoch.setText("" if epoch is None else f"epoch {epoch:,} ·")
        self.epoch.setVisible(epoch is not None)

    def numbers_area(self) -> QRect:
        """Return where numbers of the epoch may stand: between the title and maximise."""
        left = self.title.geometry().right() + 1 if self.title.isVisibleTo(self) else 0
        right = self.maximise.x() if self.maximise.isVisibleTo(self) else self.width() - 1
        return QRect(left, 1, max(0, right - left), self.height() - 1)

    def add_control(self, widget: QWidget) -> None:
        """Put a control of the panel's own to the left of maximise."""
        self._layout.insertWidget(self._layout.count() - 2, widget)

    def mouseDoubleClickEvent(self, event) -> None:
        """Maximise, or go back."""
        self.maximise.click()

    def apply_palette(self, palette: Palette) -> None:
        """Colour the icons."""
        self.maximise.setIcon(icon("maximise", palette.dim))
        self.close_panel.setIcon(icon("close", palette.dim))


def _value(control: Control) -> Any:
    if isinstance(control, QComboBox):
        return control.currentData()
    return control.value() if isinstance(control, QSlider) else control.isChecked()


def _set_value(control: Control, value: Any) -> None:
    if isinstance(control, QComboBox):
        at = control.findData(value)
        if at >= 0:
            control.setCurrentIndex(at)
    elif isinstance(control, QSlider):
        control.setValue(value)
    else:
        control.setChecked(value)


class Dimmer(QWidget):
    """Lies over a panel, half transparent, and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("Veil")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def showEvent(self, event) -> None:
        """Cover what was added since."""
        super().showEvent(event)
        self.raise_()


class Panel(QFrame):
    """A projection of a frame. It holds no training state: any frame can be shown at any time.

    Subclasses set the class attributes, fill :attr:`body` and draw in :meth:`show_frame`.
    """

    key: ClassVar[str]
    """Names the panel in settings, menus and on the command line."""

    title: ClassVar[str]
    short_title: ClassVar[str] = ""
    """The title on a tab among many, where there is a shorter one."""

    about: ClassVar[str] = ""
    """What it shows, in plain words, for its header."""

    about_yields: ClassVar[bool] = False
    """Whether these words are left out where there is no room for them and the header's text: the
    text says something that must be seen, such as its epoch."""

    of_classes: ClassVar[bool] = False
    """Whether it shows something only of networks that say which class a sample is of."""

    order: ClassVar[int] = 0
    """Position among the panels: in menus, and of its digit on the keyboard."""

    interval: ClassVar[float] = 0.0
    """Least seconds from one picture to the next while a run trains: what takes long, or is to be
    read, is not painted thirty times a second. It has a moment of its own then, is behind the
    others, and has its header print its epoch. What somebody has chosen to see is shown at once
    all the same."""

    intent = pyqtSignal(object)
    """What the person wants of the run, an :class:`~visualizer.state.intents.Intent`."""

    said = pyqtSignal(str)
    """One line for the person, of something that was done."""

    failed = pyqtSignal(str)
    """One line for the person, of something that could not be done, and why."""

    wanted = pyqtSignal()
    """The panel has something to show and asks to be brought into sight."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Body")
        self.header = PanelHeader(self.title)
        self.header.subtitle.introduce(self.about, yields=self.about_yields)
        self.palette_now = DARK
        self.background: AtOnce | Background = AtOnce()
        """Where work is done that takes longer than a picture may; the view's own."""

        self.latest: tuple[EpochFrame, ViewContext] | None = None
        """What is shown, known also while the panel is out of sight and draws nothing."""

        self.knobs: dict[str, Control] = {}
        """What decides about the picture, by name: an export of it is to be the same picture."""

        self._dimmer = Dimmer(self)
        self.body = QVBoxLayout(self)
        keep(self.body, "setContentsMargins", 12, 0, 12, 12)
        keep(self.body, "setSpacing", 8)

    @property
    def now(self) -> ViewContext | None:
        """What is shown, also while the panel is out of sight; None where nobody has said."""
        return None if self.latest is None else self.latest[1]

    def takes_part(self, stage: Stage) -> bool:
        """Say whether the panel shows something of this stage of slow motion."""
        return False

    def set_dimmed(self, dimmed: bool) -> None:
        """Recede, since slow motion shows something else just now."""
        self._dimmer.setVisible(dimmed)

    def resizeEvent(self, event) -> None:
        """Keep the dimmer over everything."""
        super().resizeEvent(event)
        self._dimmer.setGeometry(self.rect())

    def take_title(self, run: RunInfo) -> None:
        """Be called what this run calls what the panel shows, in the header."""

    def cannot_show(self, run: RunInfo) -> str:
        """Say in a sentence why a run has nothing for this panel; empty where it has."""
        if self.of_classes and not run.classed:
            return (
                f"{self.title} is about classes.\n"
                f"This network predicts a number, {visible(run.dataset.target)}."
            )
        return ""

    def commands(self) -> list[Command]:
        """Return what the panel offers to the keyboard."""
        return []

    def choices(self) -> Choices:
        """Return what the person has chosen to see in this panel: the values of its controls."""
        return {name: _value(control) for name, control in self.knobs.items()}

    def lasting_choices(self) -> Choices:
        """Return those of the choices that make sense in another run, at the next start."""
        return self.choices()

    def choose(self, choices: Choices) -> None:
        """Show what another panel of this kind was chosen to show; a frame comes before."""
        for name, control in self.knobs.items():
            if name in choices:
                _set_value(control, choices[name])

    def open_picture(self, source: Path | QImage) -> bool:
        """Take a picture that was dropped or opened; False for a panel that does not."""
        return False

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw an epoch."""
        raise NotImplementedError

    def first_thing(self) -> tuple[QWidget, QRect] | None:
        """Return what somebody new tries first in this panel: an area of a widget, or None."""
        return None

    def notice(self, context: ViewContext) -> None:
        """Take note of what is shown, also while the panel is out of sight."""

    def show_progress(self, context: ViewContext) -> None:
        """Take note that the run has gone on while another epoch is looked at."""

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self.palette_now = palette
        self.header.apply_palette(palette)
