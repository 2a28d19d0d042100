"""One line above the timeline: what went wrong, what was done, or what is being loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QApplication, QFrame, QHBoxLayout, QProgressBar, QPushButton

from nnfs_core.errors import one_line
from visualizer.jobs.recent_errors import remember
from visualizer.kit.widgets import flat_button, label
from visualizer.style import motion
from visualizer.style.icons import icon
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import DARK, Palette

SECONDS, OFFER_SECONDS = 6, 20
"""How long good news and offers stay; bad news stays until it is closed."""

PROGRESS_WIDTH = 240


@dataclass(frozen=True, slots=True)
class Offer:
    """A question that can wait, and what to do for each answer."""

    message: str
    answers: dict[str, Callable[[], object]]
    passing: bool


class MessageBar(QFrame):
    """Hidden while there is nothing to say."""

    appeared = pyqtSignal()
    """There is something to say: the bar needs its place."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Bar")
        self._palette: Palette = DARK
        self._error = False
        self.text = label("", "")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # A message that goes must not leave the focus to whatever comes next in the window.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.text.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        keep(self.progress, "setFixedWidth", PROGRESS_WIDTH)
        self.dismiss = flat_button("Close this message  (Esc)")
        self.dismiss.clicked.connect(self.close_message)
        layout = QHBoxLayout(self)
        keep(layout, "setContentsMargins", 12, 8, 8, 8)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.progress)
        self._actions: list[QPushButton] = []
        self._layout = layout
        layout.addWidget(self.dismiss)
        self._good_news = QTimer(self)
        self._good_news.setSingleShot(True)
        self._good_news.timeout.connect(self.close_message)
        self._offers: list[Offer] = []
        self.hide()

    def width_for(self, most: int) -> int:
        """Return the width in which the text stands in one line, where there is room for it."""
        text = self.text.fontMetrics().horizontalAdvance(self.text.text())
        return min(most, max(scaled(320), text + self._beside() + scaled(48)))

    def height_for(self, width: int) -> int:
        """Return the height in which the text is seen whole, at a width."""
        text = self.text.heightForWidth(max(scaled(120), width - self._beside() - scaled(32)))
        return max(scaled(46), text + scaled(24))

    def _beside(self) -> int:
        """Return the width of what stands beside the text."""
        others = [one for one in (self.dismiss, *self._actions) if not one.isHidden()]
        widths = [one.sizeHint().width() + scaled(12) for one in others]
        if not self.progress.isHidden():
            widths.append(scaled(PROGRESS_WIDTH + 12))
        return sum(widths)

    def show_error(self, message: str) -> None:
        """Say what could not be done, until it is closed."""
        remember(message)
        self._say(f"error: {one_line(message)}", error=True)

    def show_note(self, message: str) -> None:
        """Say what was done, for a while."""
        self._say(message, error=False)
        self._good_news.start(1000 * SECONDS)

    def show_offer(
        self, message: str, answers: dict[str, Callable[[], object]], *, passing: bool = False
    ) -> None:
        """Ask something that can wait: a button for each answer, which also closes the bar.

        What was asked before and not answered is asked again afterwards.

        Parameters
        ----------
        passing : bool
            Ask no more after a while, since it can be done elsewhere too, or when another
            passing question comes.
        """
        self._offers = [
            one for one in self._offers if one.message != message and not (passing and one.passing)
        ]
        self._offers.append(Offer(message, answers, passing))
        self._ask()

    def _ask(self) -> None:
        """Show the newest question."""
        offer = self._offers[-1]
        self._say(offer.message, error=False)
        for text, answer in offer.answers.items():
            button = QPushButton(text)
            button.setToolTip(text)
            button.setAccessibleName(text)
            button.clicked.connect(self.close_message)
            button.clicked.connect(lambda _, answer=answer: answer())
            self._layout.insertWidget(self._layout.count() - 1, button)
            button.show()  # A layout shows it too, but only when the bar has its place.
            self._actions.append(button)
        if offer.passing:
            self._good_news.start(1000 * OFFER_SECONDS)
        self.appeared.emit()

    def withdraw(self, message: str) -> None:
        """Ask something no more that is not true any more."""
        if self._actions and self._offers[-1].message == message:
            self.close_message()
        self._offers = [one for one in self._offers if one.message != message]

    def show_progress(self, what: str, done: int, total: int) -> None:
        """Say what is being loaded and how far; nothing any more when ``what`` is empty."""
        if not what:
            if not self.progress.isHidden():
                self.hide()
            return
        megabytes = f"  {done / 1e6:.1f} of {total / 1e6:.1f} MB" if total > 1e6 else ""
        # A range of nothing makes a bar that runs to and fro: something is going on.
        still = bool(total) or motion.reduced()
        self.progress.setRange(0, 1000 if still else 0)
        self.progress.setValue(round(1000 * done / total) if total else 0)
        self._say(f"{what} …{megabytes}", error=False, under_way=True)

    def _say(self, message: str, *, error: bool, under_way: bool = False) -> None:
        self._good_news.stop()
        self._take_away_answers()
        self._error = error
        self.text.setText(message)
        self._colour()
        # What stands beside the text takes part of its place: before the bar is given one.
        self.progress.setVisible(under_way)
        self.dismiss.setVisible(not under_way)
        self.show()
        self.appeared.emit()

    def _take_away_answers(self) -> None:
        while self._actions:
            button = self._actions.pop()
            button.hide()
            button.deleteLater()

    def close_message(self) -> None:
        """Close what is said: good and bad news, a question without an answer, what goes on."""
        if self._actions:
            self._offers.pop()
        if self._offers and self.progress.isHidden():
            self._ask()
        else:
            self.hide()

    def hide(self) -> None:
        """Be gone, and give the focus back to the window rather than to whatever comes next."""
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused) and self.parentWidget() is not None:
            self.parentWidget().setFocus()
        # What is not to be seen asks nothing: buttons are there with their question alone.
        self._take_away_answers()
        super().hide()

    def _colour(self) -> None:
        self.text.setStyleSheet(f"color: {self._palette.bad}" if self._error else "")

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        self._palette = palette
        self.dismiss.setIcon(icon("close", palette.dim))
        self._colour()
        if not self.isHidden():
            self.appeared.emit()  # its text may be of another size
