"""Examples: the presets as cards, each with a picture of its run and a sentence of what to see."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QKeySequence, QPixmap, QShortcut
from PyQt6.QtWidgets import (
    QDialog,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnfs_core.experiment import preset_about, presets
from visualizer.kit.widgets import label
from visualizer.style.lengths import keep
from visualizer.style.text_size import factor, scaled

PICTURES = Path(__file__).with_name("example_pictures")
"""Made from the runs themselves, with the pictures of the documentation."""

SIZE = (264, 165)
"""Width and height of a picture, with text at 100 %."""

COLUMNS = 3
"""Cards side by side, where the screen is wide enough."""


class ExampleCard(QPushButton):
    """One example: its picture, its name, and what there is to see."""

    def __init__(self, name: str, theme: str) -> None:
        super().__init__()
        about = preset_about(name)
        self.name = name
        self.setAccessibleName(f"{name}: {about}")
        self.setToolTip(f"Start this run: {about}")
        self.setProperty("card", True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        picture = label("", "")
        shown = QPixmap(str(PICTURES / f"{name}-{theme}.png"))
        if not shown.isNull():
            wide, high = (round(side * factor()) for side in SIZE)
            smooth = Qt.TransformationMode.SmoothTransformation
            shown = shown.scaled(wide, high, Qt.AspectRatioMode.KeepAspectRatio, smooth)
            picture.setPixmap(shown)
        picture.setFixedSize(*(scaled(side) for side in SIZE))
        title, sentence = label(name, "title"), label(about, "dim")
        sentence.setWordWrap(True)
        sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        inside = QVBoxLayout(self)
        keep(inside, "setContentsMargins", 12, 12, 12, 10)
        keep(inside, "setSpacing", 6)
        inside.addWidget(picture)
        inside.addWidget(title)
        inside.addWidget(sentence, 1)
        for part in (picture, title, sentence):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """Return a size in which the sentence is seen whole."""
        layout = self.layout()
        assert layout is not None, "it was laid out when it was made"
        wide = scaled(SIZE[0]) + scaled(24)
        return QSize(wide, layout.totalHeightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()


class ExamplesDialog(QDialog):
    """Every example as a card.

    Parameters
    ----------
    parent : QWidget
    theme : str
        Of the pictures: ``dark`` or ``light``.
    """

    chosen = pyqtSignal(str)
    """The person wants this one: its name."""

    def __init__(self, parent: QWidget, theme: str) -> None:
        super().__init__(parent)
        self.setWindowTitle("Examples")
        inside = QWidget()
        grid = QGridLayout(inside)
        keep(grid, "setContentsMargins", 16, 4, 16, 16)
        keep(grid, "setSpacing", 12)
        screen = parent.screen()
        assert screen is not None, "a window is on a screen"
        room = screen.availableSize() - QSize(40, 80)
        columns = max(1, min(COLUMNS, room.width() // scaled(SIZE[0] + 50)))
        self.cards: dict[str, ExampleCard] = {}
        for at, name in enumerate(presets()):
            card = self.cards[name] = ExampleCard(name, theme)
            card.clicked.connect(partial(self._choose, name))
            grid.addWidget(card, *divmod(at, columns))
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        note = label(
            "Each starts a new run. The run that is there now is kept until the next one, and "
            "can be brought back.",
            "dim",
        )
        note.setWordWrap(True)
        keep(note, "setContentsMargins", 18, 14, 18, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(note)
        layout.addWidget(scroll, 1)
        wanted = inside.sizeHint() + QSize(scaled(14), note.sizeHint().height() + scaled(24))
        self.resize(wanted.boundedTo(room))
        QShortcut(QKeySequence("Ctrl+W"), self, self.reject)

    def _choose(self, name: str) -> None:
        self.chosen.emit(name)
        self.accept()
