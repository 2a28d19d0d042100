"""What is happening, in a sentence, with what can be done about it: one line above the timeline."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy

from nnfs_core.diagnose.happenings import Does, Happening, happening
from nnfs_core.history.recording import Recording
from nnfs_core.model.tasks import Score
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import label
from visualizer.state.context import ViewContext
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette

STAY = 4000
"""Milliseconds that a sentence stays, while a run trains, before another of its kind comes."""

LOOK = 250
"""Milliseconds from one look at a run that trains to the next."""

NARROW, LOW = 620, 440
"""Width and height of a view, with text at 100 %, below which there is no room for it."""

WORDLESS = 1100
"""Width of the strip, with text at 100 %, below which its title is left out."""

ONE_LINE = 1340
"""Width of the strip, with text at 100 %, from which any sentence is one line beside two buttons;
a narrower one has two lines, and where that is not enough, a sentence is said in brief."""

SPACING, MARGINS = 12, 24
"""Between the parts of the strip, and at its ends together, with text at 100 %."""

FLEETING = ("untrained", "dead")
"""Kinds that are no longer true in the very next epoch, maybe."""

TIPS: dict[Does, str] = {
    "train": "Let it learn  (Space)",
    "show": "Go back to this epoch; what was trained since is kept",
    "go on": "Train on from this epoch in a new branch; this one stays as it is",
    "restart": "The same initial weights with smaller steps, in a new branch; this one stays",
}


class Strip(QFrame):
    """A sentence worked out from the run, and buttons that lead to what it speaks of.

    It keeps its height whatever it says, so that no panel moves when there is news.
    """

    train_wanted = pyqtSignal()
    epoch_chosen = pyqtSignal(int)
    """An epoch is to be shown."""

    go_on_wanted = pyqtSignal(int)
    """The run is to be trained on from an epoch."""

    restart_wanted = pyqtSignal(float)
    """The run is to begin again from its initial weights, with this learning rate."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("Bar")
        self.setAccessibleName("What is happening")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.title = label("What is happening", "title")
        self.text = label("", "")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.buttons = [QPushButton() for _ in range(2)]
        layout = QHBoxLayout(self)
        keep(layout, "setContentsMargins", 14, 6, 10, 6)
        keep(layout, "setSpacing", SPACING)
        layout.addWidget(self.title)
        layout.addWidget(self.text, 1)
        for at, button in enumerate(self.buttons):
            layout.addWidget(button)
            button.hide()
            button.setAccessibleName("Nothing to do")
            button.setToolTip("Nothing to do")
            button.clicked.connect(partial(self._follow, at))
        self.said: Happening | None = None
        self._asked: tuple[Recording, int, str, Score] | None = None
        self._training = False
        self._looked, self._rest = QTimer(self), QTimer(self)
        for timer in (self._looked, self._rest):
            timer.setSingleShot(True)
            timer.timeout.connect(self._look)

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Say what is happening at an epoch."""
        before = self._asked
        run = context.run
        part, score = run.dataset.validation_name, run.network.task.score
        self._asked = (context.recording, frame.epoch, part, score)
        same = before is not None and before[0] is context.recording and before[1] <= frame.epoch
        moving = self._training and context.live and same
        if not moving:
            self._rest.stop()
        fleeting = self.said is not None and self.said.kind in FLEETING
        if not (moving and self._looked.isActive()) or fleeting:
            self._look()
        if moving and not self._looked.isActive():
            self._looked.start(LOOK)

    def show_training(self, training: bool) -> None:
        """Say at once what there is to say, when training ends."""
        self._training = training
        if not training:
            self._looked.stop()
            self._rest.stop()
            self._look()

    def _look(self) -> None:
        if self._asked is None or self._asked[1] >= len(self._asked[0]):
            return
        found = happening(*self._asked)
        if found == self.said:
            return
        alike = found is not None and self.said is not None and found.kind == self.said.kind
        if alike and self._rest.isActive():
            return  # it comes when the sentence before has been read
        self.said = found
        if self._training:
            self._rest.start(STAY)
        self._write()

    def _write(self) -> None:
        said = self.said
        self.text.setText("" if said is None else said.text)
        tip = "" if said is None else f"{said.text}\n({said.rule})"
        self.text.setToolTip(tip)
        self.text.setAccessibleName("" if said is None else said.text)
        links = () if said is None else said.links
        for at, button in enumerate(self.buttons):
            button.setVisible(at < len(links))
            if at < len(links):
                button.setText(links[at].text)
                button.setAccessibleName(links[at].text)
                button.setToolTip(TIPS[links[at].does])
        self._fit()

    def _follow(self, at: int) -> None:
        if self.said is None or at >= len(self.said.links):
            return
        link = self.said.links[at]
        if link.does == "train":
            self.train_wanted.emit()
        elif link.does == "show":
            self.epoch_chosen.emit(link.epoch)
        elif link.does == "restart":
            self.restart_wanted.emit(link.rate)
        else:
            self.go_on_wanted.emit(link.epoch)

    def fits(self, size: QSize) -> bool:
        """Say whether there is room for it in a view of a size."""
        return size.width() >= scaled(NARROW) and size.height() >= scaled(LOW)

    def resizeEvent(self, event) -> None:
        """Be as high as the sentences are at this width, and say as much as there is room for."""
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        self.title.setVisible(self.width() >= scaled(WORDLESS))
        lines = 1 if self.width() >= scaled(ONE_LINE) else 2
        text = lines * self.text.fontMetrics().lineSpacing()
        self.setFixedHeight(max(text, self.buttons[0].sizeHint().height()) + scaled(14))
        self._fit()

    def _fit(self) -> None:
        """Say it in full where that is no higher than the strip, or else in brief."""
        said = self.said
        if said is None:
            return
        room = self.width() - scaled(MARGINS)
        beside = [part for part in (self.title, *self.buttons) if not part.isHidden()]
        room -= sum(part.sizeHint().width() + scaled(SPACING) for part in beside)
        metrics, wrap = self.text.fontMetrics(), Qt.TextFlag.TextWordWrap
        high = metrics.boundingRect(0, 0, max(1, room), 10_000, wrap, said.text).height()
        self.text.setText(said.text if high <= self.height() - scaled(8) else said.brief)

    def apply_palette(self, palette: Palette) -> None:
        """Take the size of text."""
        self._measure()
