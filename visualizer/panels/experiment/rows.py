"""The rows of the form: every field with its caption, and what is said between them."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFormLayout, QLabel, QLineEdit, QPushButton, QWidget

from nnfs_core.data import dataset_names
from nnfs_core.data.reading import AUTO
from nnfs_core.errors import visible
from nnfs_core.experiment import Experiment
from nnfs_core.optimizers import optimizers
from nnfs_core.schedules import SCHEDULES
from visualizer.kit.widgets import label, row
from visualizer.panels.experiment.fields import (
    FORMS,
    PLACEHOLDERS,
    Choice,
    Text,
    field_of,
    title_of,
    written,
)
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled

CONSTANTS = ("momentum", "rho", "beta1", "beta2")
"""Constants of optimizers: shown only for an optimizer that looks at them."""

SCHEDULED = ("warmup", "drop_every", "drop_to")
"""What only some schedules look at."""

HIDDEN = ("epsilon", "schedule_epochs")
"""Fields that files and presets may set, but that nobody turns by hand."""


def set_property(widget: QWidget, name: str, value: bool) -> None:
    """Set what the style sheet goes by."""
    if bool(widget.property(name)) != value:
        widget.setProperty(name, value)
        style = widget.style()
        assert style is not None, "every widget has a style"
        style.unpolish(widget)
        style.polish(widget)


class Rows(QFormLayout):
    """A row for every field that is turned by hand, in the order of the experiment's."""

    def __init__(self) -> None:
        super().__init__()
        keep(self, "setContentsMargins", 0, 4, 4, 0)
        keep(self, "setHorizontalSpacing", 8)
        keep(self, "setVerticalSpacing", 6)
        self.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.fields: dict[str, Text | Choice] = {}
        self.captions: dict[str, QLabel] = {}
        for name in Experiment.model_fields:
            if name not in HIDDEN:
                self._add_field(name)
        self.rate_row = QWidget()
        self.apply_rate = QPushButton("from here")
        self.apply_rate.setToolTip("Go on with what is changed here from the shown epoch  (Enter)")
        self.rate_from_start = QPushButton("from start")
        self.rate_from_start.setToolTip(
            "Same start, with what is changed here: a new branch from the same initial weights"
        )
        use = label("use it", "dim")
        self.rate_row.setLayout(row(use, self.apply_rate, self.rate_from_start, 1, spacing=4))
        self.acknowledged, self.notes = self._text("dim"), self._text("dim")
        self.problem = self._text("error")
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setAccessibleName("What is to be known of the data")
        # Over both columns: beside a caption two buttons would be wider than the form.
        self._insert_below("learning_rate", self.acknowledged)
        self._insert_below("learning_rate", self.rate_row)
        self._insert_below("image", self.notes)
        self.addRow(self.problem)
        for part in (self.rate_row, self.acknowledged, self.notes, self.problem):
            self.setRowVisible(part, False)

    def _add_field(self, name: str) -> None:
        edit = self.fields[name] = field_of(name)
        described = Experiment.model_fields[name].description
        tip = ": ".join(part for part in (described, FORMS.get(name)) if part)
        edit.setToolTip(tip)
        edit.setAccessibleName(title_of(name))
        if isinstance(edit, QLineEdit) and name in PLACEHOLDERS:
            edit.setPlaceholderText(PLACEHOLDERS[name])
        caption = self.captions[name] = label(title_of(name), "dim", tip)
        caption.setBuddy(edit)
        self.addRow(caption, edit)

    @staticmethod
    def _text(role: str) -> QLabel:
        text = label("", role)
        text.setWordWrap(True)
        return text

    def _insert_below(self, name: str, part: QWidget) -> None:
        line, _ = self.getWidgetPosition(self.fields[name])
        self.insertRow(line + 1, part)

    def follow_choices(self) -> None:
        """Show the fields that what is chosen in others looks at."""
        optimizer = optimizers()[str(self.fields["optimizer"].value())]
        looked_at = {
            CONSTANTS: getattr(optimizer, "constants", ()),
            SCHEDULED: SCHEDULES[str(self.fields["schedule"].value())].settings,
        }
        for names, of_these in looked_at.items():
            for name in names:
                self.setRowVisible(self.fields[name], name in of_these)
        named = self.fields["dataset"].value() in dataset_names()
        as_it_says = self.fields["image"].value() == AUTO
        self.setRowVisible(self.fields["image"], not (named and as_it_says))

    def shown(self) -> set[str]:
        """Return the names of the fields that can be seen."""
        return {name for name, edit in self.fields.items() if self.isRowVisible(edit)}

    def mark(self, name: str, was: object, *, changed: bool) -> None:
        """Mark a field that says something else than the run that is there, or not any more."""
        caption, tip = self.captions[name], self.fields[name].toolTip()
        caption.setToolTip(f"{tip}\nthe run has: {written(was)}" if changed else tip)
        caption.setText(f"{title_of(name)} •" if changed else title_of(name))
        set_property(caption, "changed", changed)

    def offer_branch(self, offered: bool) -> None:
        """Show the buttons by which the run goes on with what is changed."""
        self.setRowVisible(self.rate_row, offered)
        self.apply_rate.setVisible(offered)

    def acknowledge(self, text: str) -> None:
        """Say at the learning rate what was changed in the run."""
        if text != self.acknowledged.text():
            self.acknowledged.setText(text)
            self.setRowVisible(self.acknowledged, bool(text))

    def show_notes(self, notes: tuple[str, ...]) -> None:
        """Say what is to be known of the data."""
        self.notes.setText("\n".join(f"• {visible(note)}" for note in notes))
        self.setRowVisible(self.notes, bool(notes))

    def show_problem(self, message: str, named: str = "") -> None:
        """Show one line under the field it names, and mark that field; without a name, last."""
        self.problem.setText(message)
        line = self.getWidgetPosition(self.fields[named])[0] if named else -1
        if message and self.getWidgetPosition(self.problem)[0] != line + 1:
            self.takeRow(self.problem)
            line = self.getWidgetPosition(self.fields[named])[0] if named else -2
            self.insertRow(line + 1, self.problem)
        self.setRowVisible(self.problem, bool(message))
        for name, edit in self.fields.items():
            set_property(edit, "wrong", bool(message) and name == named)

    def follow_text_size(self) -> None:
        """Have the buttons between the fields as low as those are."""
        low = f"padding: 0 {scaled(4)}px; min-height: {scaled(24)}px"
        for button in (self.apply_rate, self.rate_from_start):
            button.setStyleSheet(low)
