"""The experiment as a form: what the next run will be, and what this run is."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtBoundSignal, pyqtSignal
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnfs_core.data.facts import scaled
from nnfs_core.errors import UserError, shortened, visible
from nnfs_core.experiment import Experiment, presets
from nnfs_core.recipe import NAMES, Recipe
from nnfs_core.text.numbers import pace_text
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.widgets import ComboBox, label
from visualizer.panels.base import Panel
from visualizer.panels.experiment.fields import FILE, FORMS, Choice, Layers, same, title_of
from visualizer.panels.experiment.rows import Rows, set_property
from visualizer.state.context import RunInfo, ViewContext
from visualizer.style.lengths import keep
from visualizer.style.theme import Palette

EXAMPLES = "all, with pictures…"
"""The last of the presets to choose from: all of them as cards."""


def _facts(frame: EpochFrame, context: ViewContext) -> list[str]:
    """Return how large a run is and how fast it goes, in as many lines at any time.

    So nothing above them moves when the speed is known.
    """
    run, data = context.run, context.run.dataset
    seconds = context.recording.column("seconds")[1 : context.newest + 1][-100:]
    pace = f"{pace_text(float(seconds.mean()))} free-running" if len(seconds) else "not trained yet"
    return [
        f"{len(data.train_x):,} train · {len(data.validation_x):,} {data.validation_name}",
        scaled(data.scale),
        f"{frame.parameters.flat.size:,} parameters in {run.experiment.dtype}",
        " → ".join(f"{size:,}" for size in run.network.sizes),
        pace,
    ]


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
        self.rows = Rows()
        self.fields = self.rows.fields
        self.rows.apply_rate.clicked.connect(self._on_rate_entered)
        self.rows.rate_from_start.clicked.connect(
            lambda: self._emit_recipe(self.same_start_requested)
        )
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
        parts = (self.header, self._content, self.start)
        return fixed + facts + sum(part.sizeHint().height() for part in parts)

    def _build_body(self) -> None:
        content = self._content = QWidget()
        content.setAutoFillBackground(False)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        keep(column, "setSpacing", 8)
        column.addLayout(self.rows)
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
        self.rows.show_notes(tuple(run.dataset.notes))

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme, and the size of text."""
        super().apply_palette(palette)
        self.rows.follow_text_size()

    def show_recipe(self, recipe: Recipe) -> None:
        """Show by what the run goes on."""
        for name in NAMES:
            # What somebody has typed or chosen and not sent yet is not this run's, and stays.
            if name in self.fields and same(self.fields[name].value(), self._of_recipe(name)):
                self.fields[name].set_value(getattr(recipe, name))
        self._recipe = recipe
        self._on_changed()

    interval = 0.5

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Say how large the run is and how fast it goes."""
        self._acknowledge(frame.epoch, context)
        self.facts.setText("\n".join(_facts(frame, context)))

    def _acknowledge(self, epoch: int, context: ViewContext) -> None:
        """Say at the rate what was changed in the run, and since when."""
        changes = [m for m in context.recording.marks if m.kind == "change" and m.epoch <= epoch]
        text = f"since epoch {changes[-1].epoch:,}: {visible(changes[-1].text)}" if changes else ""
        self.rows.acknowledge(text)

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
        self.rows.show_problem(message, named)
        self.start.setToolTip(
            f"Cannot start yet: {message}"
            if message
            else "Start over with what the form says  (Ctrl+Enter)"
        )
        if message:
            self._content.layout().activate()
            self._scroll.ensureWidgetVisible(self.rows.problem, 0, 4)

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
        self.rows.follow_choices()
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
        return {
            name
            for name in self.rows.shown()
            if not same(
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
        values = run.to_dict()
        for name in self.fields:
            was = self._of_recipe(name) if name in NAMES else values[name]
            self.rows.mark(name, was, changed=name in differing)
        another = self._experiment != run
        set_property(self.start, "primary", bool(differing) or another)
        self.as_run.setVisible(bool(differing) or another)
        # From the shown epoch on all can be different that keeps the shapes.
        only = bool(differing) and differing <= set(NAMES) and not self.rows.problem.text()
        self.rows.offer_branch(only)

    def _show_run_again(self) -> None:
        if self._of_run is not None:
            self.show_experiment(*self._of_run)
            for name in NAMES:
                if name in self.fields:
                    self.fields[name].set_value(self._of_recipe(name))
            self._on_changed()

    def _on_rate_entered(self) -> None:
        self._emit_recipe(self.recipe_requested)

    def _emit_recipe(self, signal: pyqtBoundSignal) -> None:
        fields = {name: self.fields[name].value() for name in NAMES if name in self.fields}
        rest = {name: getattr(self._recipe, name) for name in NAMES if name not in self.fields}
        try:
            signal.emit(Recipe.of(self._experiment.but(**rest, **fields)))
        except UserError as error:
            self._show_error(error)
