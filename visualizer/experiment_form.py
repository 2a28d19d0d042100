"""The experiment as a form: what the next run will be, and what this run is."""

from __future__ import annotations

import re
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtBoundSignal, pyqtSignal
from PyQt6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnfs_core.datasets import dataset_names
from nnfs_core.datasets.facts import scaled
from nnfs_core.datasets.reading import AUTO
from nnfs_core.errors import UserError, visible
from nnfs_core.experiment import CHOICES, Experiment, presets
from nnfs_core.numbers_text import pace_text
from nnfs_core.training import EpochFrame
from visualizer.context import RunInfo, ViewContext
from visualizer.lengths import keep
from visualizer.panels.base import Panel
from visualizer.text_size import scaled as at_text_size
from visualizer.theme import Palette
from visualizer.widgets import ComboBox, label, row

CONSTANTS = {"momentum": ("momentum",), "rho": ("rmsprop",), "beta1": ("adam",), "beta2": ("adam",)}
"""Constants of optimizers: shown only for the optimizer that has them."""

THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")

HIDDEN = ("epsilon",)
"""Fields that files and presets may set, but that nobody turns by hand."""

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
        self.setText(_written(value))


class Layers(Text):
    """Hidden layers: ``16, 16``; nothing at all for none."""

    def value(self) -> object:
        """Return the typed sizes, each still as typed where it is not a number."""
        parts = [part for part in self.text().replace(";", ",").split(",") if part.strip()]
        return [int(part) if _is_whole(part) else part.strip() for part in parts]


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


def _is_whole(text: str) -> bool:
    # Python refuses to read numbers of thousands of digits; so does every field.
    return len(text) < 1000 and re.fullmatch(r"\s*[+-]?[0-9]+\s*", text) is not None


def _written(value: object) -> str:
    if value is None:
        return "full"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    # Every digit: what is shown is what the next run uses.
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


class ExperimentForm(Panel):
    """Every field of an experiment; start a new run from it, or change the learning rate now."""

    key, title, order = "experiment", "Experiment", -1

    start_requested = pyqtSignal(object, str)
    """Start a run: its :class:`Experiment` and its name."""

    learning_rate_requested = pyqtSignal(float)
    """Change the learning rate of the run that is there."""

    same_start_requested = pyqtSignal(float)
    """Start again from the same weights with another learning rate."""

    def __init__(self) -> None:
        super().__init__()
        self.preset = ComboBox(flat=True)
        self.preset.addItems(presets())
        self.preset.setToolTip("Ready-made experiments: fills the form")
        self.preset.setAccessibleName("Preset")
        self.preset.activated.connect(self._on_preset_chosen)
        self.header.add_control(self.preset)
        self.fields: dict[str, Text | Choice] = {}
        self._form = QFormLayout()
        keep(self._form, "setContentsMargins", 0, 4, 4, 0)
        keep(self._form, "setHorizontalSpacing", 8)
        keep(self._form, "setVerticalSpacing", 6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in Experiment.model_fields.items():
            if name in HIDDEN:
                continue
            edit = self.fields[name] = self._edit(name)
            edit.setToolTip(field.description or "")
            title = field.title or name.replace("_", " ")
            edit.setAccessibleName(title)
            caption = label(title, "dim", field.description or "")
            caption.setBuddy(edit)
            self._form.addRow(caption, edit)
        self.rate_row = QWidget()
        self.apply_rate = QPushButton("from here")
        self.apply_rate.setToolTip("Go on with this learning rate from the shown epoch  (Enter)")
        self.rate_from_start = QPushButton("from start")
        self.rate_from_start.setToolTip(
            "Same start, this learning rate: a new branch from the same initial weights"
        )
        use = label("use it", "dim")
        self.rate_row.setLayout(row(use, self.apply_rate, self.rate_from_start, 1, spacing=4))
        self.apply_rate.clicked.connect(self._on_rate_entered)
        self.rate_from_start.clicked.connect(self._on_rate_from_start)
        line, _ = self._form.getWidgetPosition(self.fields["learning_rate"])
        # Over both columns: beside a caption two buttons would be wider than the form.
        self._form.insertRow(line + 1, self.rate_row)
        self._form.setRowVisible(self.rate_row, False)
        self.problem = label("", "error")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.notes = label("", "dim")
        self.notes.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setAccessibleName("What is to be known of the data")
        line, _ = self._form.getWidgetPosition(self.fields["image"])
        self._form.insertRow(line + 1, self.notes)
        self._form.setRowVisible(self.notes, False)
        self.start = QPushButton("Start new run")
        self.start.setToolTip("Start over with what the form says  (Ctrl+Enter)")
        self.start.clicked.connect(self.submit)
        self.facts = label("", "dim")
        self.facts.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._build_body()
        self._experiment = Experiment()
        self._name = ""
        self._rate = 0.0
        self.show_experiment(self._experiment, next(iter(presets())))
        self._connect_fields()

    @property
    def whole_height(self) -> int:
        """Logical pixels in which nothing of the form has to be scrolled to, with the header."""
        margins = self.body.contentsMargins()
        fixed = 2 * self.body.spacing() + margins.top() + margins.bottom()
        # Facts come with the first run: five lines of them.
        facts = 5 * self.facts.fontMetrics().lineSpacing()
        return (
            fixed
            + facts
            + sum(part.sizeHint().height() for part in (self.header, self._content, self.start))
        )

    def _build_body(self) -> None:
        content = self._content = QWidget()
        content.setAutoFillBackground(False)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        keep(column, "setSpacing", 8)
        column.addLayout(self._form)
        column.addWidget(self.problem)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        scroll.viewport().setAutoFillBackground(False)
        keep(scroll, "setMinimumHeight", 56)
        scroll.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        keep(self.body, "setContentsMargins", 12, 0, 8, 12)
        self.body.addWidget(scroll, 1)
        self.body.addWidget(self.start)
        self.body.addWidget(self.facts)

    def _edit(self, name: str) -> Text | Choice:
        if name == "dataset":
            names = [word for word in dataset_names() if not word.startswith(".")]
            return Choice((*names, FILE))
        if name in CHOICES:
            return Choice(CHOICES[name])
        if name == "image":
            return Text()
        return Layers() if name == "layers" else Number()

    def _connect_fields(self) -> None:
        for edit in self.fields.values():
            if isinstance(edit, Choice):
                edit.currentIndexChanged.connect(self._on_changed)
            else:
                edit.textEdited.connect(self._on_changed)
        self.fields["dataset"].activated.connect(self._on_dataset_chosen)
        self.fields["learning_rate"].returnPressed.connect(self._on_rate_entered)

    # What the form says

    def experiment(self) -> Experiment:
        """Return what the form says.

        Raises
        ------
        UserError
            Naming the first wrong field.
        """
        values = {name: edit.value() for name, edit in self.fields.items()}
        return Experiment.of({**self._experiment.to_dict(), **values})

    def show_experiment(self, experiment: Experiment, name: str) -> None:
        """Fill the form."""
        self._experiment, self._name = experiment, name
        for field, edit in self.fields.items():
            edit.blockSignals(True)
            edit.set_value(getattr(experiment, field))
            edit.blockSignals(False)
        self._show_name(name)
        self._on_changed()

    def _show_name(self, name: str) -> None:
        name = visible(name)  # a file may be called anything
        at = self.preset.findText(name)
        if at < 0:
            self.preset.insertItem(0, name)
            at = 0
        self.preset.setCurrentIndex(at)

    def show_run(self, run: RunInfo) -> None:
        """Say what a run that has just started is made of."""
        self._rate = run.experiment.learning_rate
        self.show_experiment(run.experiment, run.name)
        notes = run.dataset.notes
        self.notes.setText("\n".join(f"• {visible(note)}" for note in notes))
        self._form.setRowVisible(self.notes, bool(notes))

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme, and the size of text."""
        super().apply_palette(palette)
        low = f"padding: 0 {at_text_size(4)}px; min-height: {at_text_size(24)}px"
        for button in (self.apply_rate, self.rate_from_start):
            button.setStyleSheet(low)

    def show_learning_rate(self, learning_rate: float) -> None:
        """Show the rate the run goes on with."""
        field = self.fields["learning_rate"]
        # What somebody has typed or chosen and not sent yet is not this run's, and stays.
        if field.value() == self._rate:
            field.set_value(learning_rate)
        self._rate = learning_rate
        self._on_changed()

    interval = 0.5

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Say how large the run is and how fast it goes."""
        run, data = context.run, context.run.dataset
        sizes = " → ".join(f"{size:,}" for size in run.network.sizes)
        lines = [
            f"{len(data.train_x):,} train · {len(data.validation_x):,} {data.held_out}",
            scaled(data.scale),
            f"{frame.parameters.flat.size:,} parameters in {run.experiment.dtype}",
            sizes,
        ]
        seconds = context.recording.column("seconds")[1 : context.newest + 1][-100:]
        # Always as many lines, so that nothing above them moves when the speed is known.
        if not len(seconds):
            lines.append("not trained yet")
        else:
            lines.append(f"{pace_text(float(seconds.mean()))} free-running")
        self.facts.setText("\n".join(lines))

    def show_progress(self, context: ViewContext) -> None:
        """Say how fast it goes also to who looks back: a run that goes on is not untrained."""
        if self.latest is not None:
            self.show_frame(self.latest[0], context)

    # What the person does

    def submit(self) -> bool:
        """Start a run with what the form says, or say what is wrong with it; say which."""
        try:
            experiment = self.experiment()
        except UserError as error:
            self.show_problem(str(error))
            return False
        self.show_problem("")
        known = presets().get(self._name)
        name = self._name if known == experiment else "custom"
        self.start_requested.emit(experiment, name)
        return True

    def show_problem(self, message: str) -> None:
        """Show one line under the fields, and mark the field it names."""
        self.problem.setText(message)
        self.problem.setVisible(bool(message))
        named = message.split(":")[0].split(".")[0]
        for name, edit in self.fields.items():
            wrong = bool(message) and name == named
            if edit.property("wrong") != wrong:
                edit.setProperty("wrong", wrong)
                edit.style().unpolish(edit)
                edit.style().polish(edit)

    def _on_preset_chosen(self) -> None:
        name = self.preset.currentText()
        if name in presets():
            self.show_problem("")
            self.show_experiment(presets()[name], name)

    def _on_dataset_chosen(self) -> None:
        choice = self.fields["dataset"]
        if choice.currentText() != FILE:
            return
        path, _ = QFileDialog.getOpenFileName(
            self, "Open data", "", "Data (*.csv *.csv.gz *.npz);;All files (*)"
        )
        choice.set_value(path or self._experiment.dataset)

    def _on_changed(self) -> None:
        chosen = self.fields["optimizer"].value()
        for name, owners in CONSTANTS.items():
            self._form.setRowVisible(self.fields[name], chosen in owners)
        named = self.fields["dataset"].value() in dataset_names()
        as_it_says = self.fields["image"].value() == AUTO
        self._form.setRowVisible(self.fields["image"], not (named and as_it_says))
        rate = self.fields["learning_rate"].value()
        usable = isinstance(rate, (int, float)) and 0 < rate < float("inf") and rate != self._rate
        wanted = usable and self._rate > 0
        self._form.setRowVisible(self.rate_row, wanted)
        self.apply_rate.setVisible(wanted)
        try:
            self.experiment()
        except UserError as error:
            self.show_problem(str(error))
        else:
            self.show_problem("")

    def _on_rate_entered(self) -> None:
        self._emit_rate(self.learning_rate_requested)

    def _on_rate_from_start(self) -> None:
        self._emit_rate(self.same_start_requested)

    def _emit_rate(self, signal: pyqtBoundSignal) -> None:
        rate = self.fields["learning_rate"].value()
        try:
            signal.emit(self._experiment.but(learning_rate=rate).learning_rate)
        except UserError as error:
            self.show_problem(str(error))
