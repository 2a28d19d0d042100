"""The experiment as a form: what the next run will be, and what this run is."""

from __future__ import annotations

import math
import re
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtBoundSignal, pyqtSignal
from PyQt6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnfs_core.data import dataset_names
from nnfs_core.data.facts import scaled
from nnfs_core.data.reading import AUTO
from nnfs_core.errors import UserError, shortened, visible
from nnfs_core.experiment import CHOICES, Experiment, presets
from nnfs_core.optimizers import optimizers
from nnfs_core.recipe import NAMES, Recipe
from nnfs_core.schedules import SCHEDULES
from nnfs_core.text.numbers import pace_text
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import ComboBox, label, row
from visualizer.panels.base import Panel
from visualizer.state.context import RunInfo, ViewContext
from visualizer.style.lengths import keep
from visualizer.style.text_size import scaled as at_text_size
from visualizer.style.theme import Palette

CONSTANTS = ("momentum", "rho", "beta1", "beta2")
"""Constants of optimizers: shown only for an optimizer that looks at them."""

SCHEDULED = ("warmup", "drop_every", "drop_to")
"""What only some schedules look at."""

THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")

EXAMPLES = "all, with pictures…"
"""The last of the presets to choose from: all of them as cards."""

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

HIDDEN = ("epsilon", "schedule_epochs")
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


def _same(typed: object, value: object) -> bool:
    """Say whether what a field says is a value of an experiment, however it is written."""
    return _written(typed).casefold() == _written(value).casefold()


def _set_property(widget: QWidget, name: str, value: bool) -> None:
    """Set what the style sheet goes by."""
    if bool(widget.property(name)) != value:
        widget.setProperty(name, value)
        style = widget.style()
        assert style is not None, "every widget has a style"
        style.unpolish(widget)
        style.polish(widget)


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

    recipe_requested = pyqtSignal(object)
    """Go on with the run that is there by another :class:`~nnfs_core.recipe.Recipe`."""

    same_start_requested = pyqtSignal(object)
    """Start again from the same weights by another one."""

    examples_wanted = pyqtSignal()
    """The presets are to be chosen from with their pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.preset = ComboBox(flat=True)
        self.preset.addItems([*presets(), EXAMPLES])
        self.preset.setToolTip("Ready-made experiments: fills the form")
        self.preset.setAccessibleName("Preset")
        self.preset.activated.connect(self._on_preset_chosen)
        self.header.add_control(self.preset)
        self.fields: dict[str, Text | Choice] = {}
        self._captions: dict[str, QLabel] = {}
        self._form = QFormLayout()
        keep(self._form, "setContentsMargins", 0, 4, 4, 0)
        keep(self._form, "setHorizontalSpacing", 8)
        keep(self._form, "setVerticalSpacing", 6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in Experiment.model_fields.items():
            if name in HIDDEN:
                continue
            edit = self.fields[name] = self._edit(name)
            tip = ": ".join(part for part in (field.description, FORMS.get(name)) if part)
            edit.setToolTip(tip)
            edit.setAccessibleName(title_of(name))
            if isinstance(edit, QLineEdit) and name in PLACEHOLDERS:
                edit.setPlaceholderText(PLACEHOLDERS[name])
            caption = self._captions[name] = label(title_of(name), "dim", tip)
            caption.setBuddy(edit)
            self._form.addRow(caption, edit)
        self.rate_row = QWidget()
        self.apply_rate = QPushButton("from here")
        self.apply_rate.setToolTip("Go on with what is changed here from the shown epoch  (Enter)")
        self.rate_from_start = QPushButton("from start")
        self.rate_from_start.setToolTip(
            "Same start, with what is changed here: a new branch from the same initial weights"
        )
        use = label("use it", "dim")
        self.rate_row.setLayout(row(use, self.apply_rate, self.rate_from_start, 1, spacing=4))
        self.apply_rate.clicked.connect(self._on_rate_entered)
        self.rate_from_start.clicked.connect(self._on_rate_from_start)
        line, _ = self._form.getWidgetPosition(self.fields["learning_rate"])
        # Over both columns: beside a caption two buttons would be wider than the form.
        self._form.insertRow(line + 1, self.rate_row)
        self._form.setRowVisible(self.rate_row, False)
        self.acknowledged = label("", "dim")
        self.acknowledged.setWordWrap(True)
        self._form.insertRow(line + 2, self.acknowledged)
        self._form.setRowVisible(self.acknowledged, False)
        self.problem = label("", "error")
        self.problem.setWordWrap(True)
        self._form.addRow(self.problem)
        self._form.setRowVisible(self.problem, False)
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
        self.as_run = QPushButton("Undo")
        self.as_run.setAccessibleName("Undo what was changed in the form")
        self.as_run.setToolTip("Show again what the run is made of: nothing here has begun")
        self.as_run.clicked.connect(self._show_run_again)
        self.as_run.hide()
        self.facts = label("", "dim")
        self.facts.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._build_body()
        self._experiment = Experiment()
        self._name = ""
        self._recipe = Recipe.of(self._experiment)
        self._of_run: tuple[Experiment, str] | None = None
        self.show_experiment(self._experiment, next(iter(presets())))
        self._connect_fields()

    @property
    def rate(self) -> float:
        """The learning rate that the run goes on with."""
        return self._recipe.learning_rate

    @property
    def recipe(self) -> Recipe:
        """By what the run goes on."""
        return self._recipe

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
        column.addStretch(1)
        scroll = self._scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        scroll.viewport().setAutoFillBackground(False)
        keep(scroll, "setMinimumHeight", 56)
        scroll.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        keep(self.body, "setContentsMargins", 12, 0, 8, 12)
        self.body.addWidget(scroll, 1)
        foot = QHBoxLayout()
        keep(foot, "setSpacing", 6)
        foot.addWidget(self.start, 1)
        foot.addWidget(self.as_run)
        self.body.addLayout(foot)
        self.body.addWidget(self.facts)

    def _edit(self, name: str) -> Text | Choice:
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
        values = experiment.to_dict()
        for field, edit in self.fields.items():
            edit.blockSignals(True)
            edit.set_value(values[field])
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
        self._recipe = Recipe.of(run.experiment)
        self._of_run = run.experiment, run.name
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

    def show_recipe(self, recipe: Recipe) -> None:
        """Show by what the run goes on."""
        for name in NAMES:
            # What somebody has typed or chosen and not sent yet is not this run's, and stays.
            if name in self.fields and _same(self.fields[name].value(), self._of_recipe(name)):
                self.fields[name].set_value(getattr(recipe, name))
        self._recipe = recipe
        self._on_changed()

    interval = 0.5

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Say how large the run is and how fast it goes."""
        run, data = context.run, context.run.dataset
        sizes = " → ".join(f"{size:,}" for size in run.network.sizes)
        lines = [
            f"{len(data.train_x):,} train · {len(data.validation_x):,} {data.validation_name}",
            scaled(data.scale),
            f"{frame.parameters.flat.size:,} parameters in {run.experiment.dtype}",
            sizes,
        ]
        self._acknowledge(frame.epoch, context)
        seconds = context.recording.column("seconds")[1 : context.newest + 1][-100:]
        # Always as many lines, so that nothing above them moves when the speed is known.
        if not len(seconds):
            lines.append("not trained yet")
        else:
            lines.append(f"{pace_text(float(seconds.mean()))} free-running")
        self.facts.setText("\n".join(lines))

    def _acknowledge(self, epoch: int, context: ViewContext) -> None:
        """Say at the rate what was changed in the run, and since when."""
        changes = [m for m in context.recording.marks if m.kind == "change" and m.epoch <= epoch]
        text = f"since epoch {changes[-1].epoch:,}: {visible(changes[-1].text)}" if changes else ""
        if text != self.acknowledged.text():
            self.acknowledged.setText(text)
            self._form.setRowVisible(self.acknowledged, bool(text))

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
            self._show_error(error)
            field = self.fields.get(str(error.where))
            if field is not None:
                field.setFocus(Qt.FocusReason.OtherFocusReason)
            return False
        self.show_problem("")
        known = presets().get(self._name)
        name = self._name if known == experiment else "custom"
        self.start_requested.emit(experiment, name)
        return True

    def _show_error(self, error: UserError) -> None:
        """Say at the field that is wrong what would be right there."""
        name = str(error.where)
        edit = self.fields.get(name)
        if edit is None or not isinstance(edit, QLineEdit):
            self.show_problem(str(error))
            return
        wanted = FORMS.get(name, error.expected)
        if isinstance(edit, Layers):
            wanted = edit.form() if edit.has_words else error.expected
        typed = shortened(visible(edit.text().strip()), 40)
        found = f'"{typed}"' if typed else "nothing is written"
        text = f"{title_of(name)}: {found} – write {wanted}"
        self.show_problem(text, name)

    def show_problem(self, message: str, named: str = "") -> None:
        """Show one line under the field it names, in view, and mark that field."""
        self.problem.setText(message)
        line = self._form.getWidgetPosition(self.fields[named])[0] if named else -1
        if message and self._form.getWidgetPosition(self.problem)[0] != line + 1:
            self._form.takeRow(self.problem)
            line = self._form.getWidgetPosition(self.fields[named])[0] if named else -2
            self._form.insertRow(line + 1, self.problem)
        self._form.setRowVisible(self.problem, bool(message))
        for name, edit in self.fields.items():
            _set_property(edit, "wrong", bool(message) and name == named)
        self.start.setToolTip(
            f"Cannot start yet: {message}"
            if message
            else "Start over with what the form says  (Ctrl+Enter)"
        )
        if message:
            self._content.layout().activate()
            self._scroll.ensureWidgetVisible(self.problem, 0, 4)

    def _on_preset_chosen(self) -> None:
        name = self.preset.currentText()
        if name == EXAMPLES:
            self._show_name(self._name)
            self.examples_wanted.emit()
        elif name in presets():
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
        looked_at = getattr(optimizers()[str(chosen)], "constants", ())
        for name in CONSTANTS:
            self._form.setRowVisible(self.fields[name], name in looked_at)
        looked_at = SCHEDULES[str(self.fields["schedule"].value())].settings
        for name in SCHEDULED:
            self._form.setRowVisible(self.fields[name], name in looked_at)
        named = self.fields["dataset"].value() in dataset_names()
        as_it_says = self.fields["image"].value() == AUTO
        self._form.setRowVisible(self.fields["image"], not (named and as_it_says))
        try:
            self.experiment()
        except UserError as error:
            self._show_error(error)
        else:
            self.show_problem("")
        self._mark_changes()

    def _differing(self) -> set[str]:
        """Return the fields that say something else than the run that is there."""
        if self._of_run is None:
            return set()
        values = self._of_run[0].to_dict()
        shown = {name for name in self.fields if self._form.isRowVisible(self.fields[name])}
        return {
            name
            for name in shown
            if not _same(
                self.fields[name].value(),
                self._of_recipe(name) if name in NAMES else values[name],
            )
        }

    def _of_recipe(self, name: str) -> float | None:
        """Return what the run goes on by, in one of the recipe's fields."""
        value: float | None = getattr(self._recipe, name)
        return value

    def _mark_changes(self) -> None:
        """Mark what differs from the run, and light the button that would start it."""
        differing = self._differing()
        run = self._of_run[0] if self._of_run is not None else self._experiment
        for name, caption in self._captions.items():
            changed = name in differing
            was = self._of_recipe(name) if name in NAMES else run.to_dict()[name]
            tip = self.fields[name].toolTip()
            caption.setToolTip(f"{tip}\nthe run has: {_written(was)}" if changed else tip)
            caption.setText(f"{title_of(name)} •" if changed else title_of(name))
            _set_property(caption, "changed", changed)
        another = self._experiment != run
        _set_property(self.start, "primary", bool(differing) or another)
        self.as_run.setVisible(bool(differing) or another)
        # From the shown epoch on all can be different that keeps the shapes.
        only = bool(differing) and differing <= set(NAMES) and not self.problem.text()
        self._form.setRowVisible(self.rate_row, only)
        self.apply_rate.setVisible(only)

    def _show_run_again(self) -> None:
        if self._of_run is not None:
            self.show_experiment(*self._of_run)
            for name in NAMES:
                if name in self.fields:
                    self.fields[name].set_value(self._of_recipe(name))
            self._on_changed()

    def _on_rate_entered(self) -> None:
        self._emit_recipe(self.recipe_requested)

    def _on_rate_from_start(self) -> None:
        self._emit_recipe(self.same_start_requested)

    def _emit_recipe(self, signal: pyqtBoundSignal) -> None:
        fields = {name: self.fields[name].value() for name in NAMES if name in self.fields}
        rest = {name: getattr(self._recipe, name) for name in NAMES if name not in self.fields}
        try:
            signal.emit(Recipe.of(self._experiment.but(**rest, **fields)))
        except UserError as error:
            self._show_error(error)
