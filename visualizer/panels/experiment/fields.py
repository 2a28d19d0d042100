"""What one field of an experiment is written or chosen in."""

from __future__ import annotations

import math
import re
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit

from nnfs_core.data import dataset_names
from nnfs_core.experiment import CHOICES, Experiment
from visualizer.kit.widgets import ComboBox

THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")

FORMS = {
    "layers": "whole numbers with commas or spaces between: 16, 16; empty for none",
    "learning_rate": "a number above 0, such as 0.1; ↑ and ↓ take steps",
    "batch_size": "a whole number such as 32, or full",
    "weight_decay": "a number from 0 on, such as 0.0001",
    "epochs": "a whole number from 1 on",
    "patience": "a whole number of epochs, or none",
    "warmup": "a whole number from 1 on",
    "drop_every": "a whole number from 1 on",
    "drop_to": "a number between 0 and 1",
    "validate_every": "a whole number from 1 on",
    "seed": "a whole number from 0 on",
    "image": "auto, none, or rows × columns such as 28x28",
}
"""What is written into a field, in words."""

PLACEHOLDERS = {
    "layers": "16, 16",
    "learning_rate": "0.1",
    "batch_size": "full",
    "weight_decay": "0",
    "epochs": "1000",
    "patience": "none",
    "warmup": "5",
    "drop_every": "100",
    "drop_to": "0.5",
    "validate_every": "1",
    "seed": "0",
}
"""What an empty field shows as an example."""

FILE = "open a file…"


class Text(QLineEdit):
    """A line that reads as the field's value."""

    def __init__(self) -> None:
        super().__init__()
        # More than anyone types, and less than what Python refuses to take for a number.
        self.setMaxLength(1000)

    def value(self) -> object:
        """Return what was typed."""
        return self.text().strip()

    def set_value(self, value: object) -> None:
        """Show a value."""
        self.setText(written(value))
        self.setCursorPosition(0)  # what is too long is read from its beginning


class Layers(Text):
    """Hidden layers: ``16, 16`` or ``16 16``; nothing at all for none."""

    def value(self) -> list[int | str]:
        """Return the typed sizes, each still as typed where it is not a number."""
        parts = [part for part in re.split(r"[\s,;]+", self.text()) if part]
        return [int(part) if _is_whole(part) else part for part in parts]

    @property
    def has_words(self) -> bool:
        """Whether something was typed that is no whole number."""
        return not all(isinstance(size, int) for size in self.value())

    def form(self) -> str:
        """Return how what was typed may be meant, or an example."""
        found = re.findall(r"(?<![\d.])[1-9][0-9]{0,4}(?![\d.])", self.text())[:6]
        return ", ".join(found or ("16", "16"))


class Number(Text):
    """A whole or fractional number."""

    def value(self) -> object:
        """Return the number, or what was typed where it is none."""
        text = self.text().strip()
        if THOUSANDS.fullmatch(text):  # 1,000 is a thousand, but 0,5 is nothing like five
            text = text.replace(",", "")
        if _is_whole(text):
            return int(text)
        try:
            return float(text)
        except ValueError:
            return text


class Rate(Number):
    """A learning rate; the arrow keys go from 0.1 to 0.3, to 1, to 3, and so on."""

    def keyPressEvent(self, event) -> None:
        """Take one step up or down."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() not in steps:
            super().keyPressEvent(event)
            return
        now = self.value()
        if isinstance(now, (int, float)) and 0 < now < math.inf:
            self.set_value(next_rate(now, steps[event.key()]))
            self.textEdited.emit(self.text())


def next_rate(rate: float, step: int) -> float:
    """Return the next of 0.1, 0.3, 1, 3 and so on: above a rate, or below it for a step of −1."""
    power = math.floor(math.log10(rate))
    rates = [float(f"{first}e{power + k}") for k in (-1, 0, 1) for first in (1, 3)]
    if step > 0:
        return min((one for one in rates if one > rate * (1 + 1e-9)), default=rate)
    return max((one for one in rates if 0 < one < rate * (1 - 1e-9)), default=rate)


class Choice(ComboBox):
    """One word of several."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__()
        self.addItems(words)
        # The box may be narrower than its longest word: the form decides its width.
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def value(self) -> object:
        """Return the chosen word."""
        return self.currentData() or self.currentText()

    def set_value(self, value: object) -> None:
        """Choose a word; one that is not there yet is added, as a file's name is."""
        text = str(value)
        at = self.findText(text) if self.findData(text) < 0 else self.findData(text)
        if at < 0:
            self.insertItem(0, Path(text).name, text)
            self.setItemData(0, text, Qt.ItemDataRole.ToolTipRole)
            at = 0
        self.setCurrentIndex(at)


def title_of(name: str) -> str:
    """Return what a field is called on screen."""
    return Experiment.model_fields[name].title or name.replace("_", " ")


def same(typed: object, value: object) -> bool:
    """Say whether what a field says is a value of an experiment, however it is written."""
    return written(typed).casefold() == written(value).casefold()


def _is_whole(text: str) -> bool:
    # Python refuses to read numbers of thousands of digits; so does every field.
    return len(text) < 1000 and re.fullmatch(r"\s*[+-]?[0-9]+\s*", text) is not None


def written(value: object) -> str:
    """Return a value as it is written into its field."""
    if value is None:
        return "full"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    # Every digit: what is shown is what the next run uses.
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def field_of(name: str) -> Text | Choice:
    """Return an empty field for one of the names of an experiment."""
    if name == "dataset":
        names = [word for word in dataset_names() if not word.startswith(".")]
        return Choice((*names, FILE))
    if name in CHOICES:
        return Choice(CHOICES[name])
    if name == "image":
        return Text()
    if name == "layers":
        return Layers()
    return Rate() if name == "learning_rate" else Number()
