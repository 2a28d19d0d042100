"""The form: what is typed is what runs, and what cannot be is said in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QFileDialog

from nnfs_core.errors import UserError
from nnfs_core.experiment import CHOICES, Experiment, presets
from nnfs_core.recipe import Recipe
from nnfs_core.schedules import SCHEDULES
from tests.core import plain
from visualizer.panels.experiment.fields import title_of

TYPED = {
    "image": ("8 x 8", "8x8"),
    "layers": ("24; 16,8", (24, 16, 8)),
    "activation": ("tanh", "tanh"),
    "initializer": ("xavier", "xavier"),
    "loss": ("mean-squared-error", "mean-squared-error"),
    "optimizer": ("adam", "adam"),
    "learning_rate": ("0.0125", 0.0125),
    "schedule": ("step-decay", "step-decay"),
    "warmup": ("3", 3),
    "drop_every": ("20", 20),
    "drop_to": ("0.3", 0.3),
    "beta1": ("0.85", 0.85),
    "beta2": ("0.95", 0.95),
    "batch_size": ("128", 128),
    "weight_decay": ("1e-3", 1e-3),
    "epochs": ("1,234", 1234),
    "validate_every": ("5", 5),
    "patience": ("50", 50),
    "seed": ("7", 7),
    "dtype": ("float64", "float64"),
}
"""What a person enters in each field, and what the run must be made of then."""


def enter(qtbot, form, name: str, text: str) -> None:
    """Fill a field as a person does."""
    field = form.fields[name]
    if hasattr(field, "findText"):
        field.setCurrentText(text)
        assert field.currentText() == text
        return
    field.setFocus()
    field.selectAll()
    if text:
        qtbot.keyClicks(field, text)
    else:
        qtbot.keyClick(field, Qt.Key.Key_Delete)


def marked(form) -> list[str]:
    return [name for name, field in form.fields.items() if field.property("wrong")]


@pytest.fixture
def form(window):
    return window.view.form


@pytest.fixture
def started(window):
    """Every run that is asked for."""
    runs = []
    window.view.form.start_requested.connect(lambda experiment, name: runs.append(experiment))
    return runs


def test_every_setting_of_an_experiment_has_its_field(form):
    hand_made = set(Experiment.model_fields) - {"epsilon", "schedule_epochs"}
    assert set(form.fields) == hand_made
    assert set(TYPED) | {"dataset", "momentum", "rho"} == hand_made
    for name, words in CHOICES.items():
        field = form.fields[name]
        assert [field.itemText(at) for at in range(field.count())] == list(words)


def test_it_shows_the_run_that_is_there(form, window):
    assert form.experiment() == window.viewer.run.experiment
    assert form.preset.currentText() == "digits"
    assert form.rows.problem.isHidden()
    assert "1,437 train · 360 validation" in form.facts.text()


def test_what_is_typed_is_what_runs(form, window, qtbot):
    for name, (text, _) in TYPED.items():
        enter(qtbot, form, name, text)
    with qtbot.waitSignal(window.viewer.run_started):
        qtbot.mouseClick(form.start, Qt.MouseButton.LeftButton)
    experiment = window.viewer.run.experiment
    for name, (_, value) in TYPED.items():
        assert getattr(experiment, name) == value, name
    assert window.viewer.run.name == "custom"
    assert form.preset.currentText() == "custom"
    assert window.viewer.run.network.sizes == (64, 24, 16, 8, 10)
    assert window.viewer.frame.parameters.flat.dtype == np.float64
    assert window.viewer.frame.epoch == 0
    assert not window.viewer.training
    # And what runs is what is written.
    assert form.experiment() == experiment
    window.viewer.step()
    qtbot.waitUntil(lambda: window.viewer.frame.epoch == 1)


@pytest.mark.parametrize(
    ("text", "layers"),
    [("", ()), ("5", (5,)), (" 3 ,4 ", (3, 4)), ("6;7", (6, 7)), ("16 16", (16, 16))],
)
def test_hidden_layers_as_people_write_them(form, window, qtbot, text, layers):
    enter(qtbot, form, "layers", text)
    with qtbot.waitSignal(window.viewer.run_started):
        form.submit()
    assert window.viewer.run.experiment.layers == layers


@pytest.mark.parametrize(("text", "size"), [("full", None), ("1", 1), ("100", 100)])
def test_batches_as_people_write_them(form, window, qtbot, text, size):
    enter(qtbot, form, "batch_size", text)
    with qtbot.waitSignal(window.viewer.run_started):
        form.submit()
    assert window.viewer.run.experiment.batch_size == size
    assert form.fields["batch_size"].text() == text


WRONG = {
    "layers": ["10,-3", "ten", "10,0", "2.5", ",".join(["3"] * 65)],
    "learning_rate": ["0", "-1", "nan", "inf", "", "fast", "1e999", "9" * 5000],
    "batch_size": ["0", "half", "2.5", ""],
    "weight_decay": ["-0.1", "x"],
    "epochs": ["0", "10000001", "1.5", ""],
    "validate_every": ["0"],
    "seed": ["-1", "4294967296", "²", "9" * 5000],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_one_line_and_starts_nothing(form, window, started, qtbot, name):
    run, field = window.viewer.run, form.fields[name]
    for text in WRONG[name]:
        if len(text) < 200:
            enter(qtbot, form, name, text)
        else:
            QApplication.clipboard().setText(text)
            field.selectAll()
            field.paste()
        said = form.rows.problem.text()
        assert form.rows.problem.isVisible(), text
        typed = text if len(text) < 30 else text[:12]
        assert said.startswith(f'{title_of(name)}: "{typed}' if text else f"{title_of(name)}: noth")
        assert " – write " in said
        assert said in form.start.toolTip()
        assert directly_below(form, form.rows.problem, field)
        assert "\n" not in said
        assert len(said) < 250
        assert marked(form) == [name]
        qtbot.mouseClick(form.start, Qt.MouseButton.LeftButton)
        qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert started == []
        assert window.viewer.run is run
        # Once it is put right, nothing is said any more.
        enter(qtbot, form, name, "3" if name != "learning_rate" else "0.5")
        assert form.rows.problem.isHidden()
        assert marked(form) == []


def directly_below(form, widget, field) -> bool:
    """Whether something stands right under a field, and where one can see it."""
    seen = form._scroll.viewport().rect()
    at = widget.mapTo(form._scroll.viewport(), QPoint(0, 0))
    gap = widget.mapTo(form, QPoint(0, 0)).y() - field.mapTo(form, QPoint(0, field.height())).y()
    return 0 <= gap <= 12 and seen.contains(QRect(at, widget.size()).center())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("16x16", "16, 16"), ("ten", "16, 16"), ("10, -3", "10, 3"), ("8 by 4", "8, 4")],
)
def test_a_message_says_how_what_was_typed_may_be_meant(form, qtbot, typed, meant):
    enter(qtbot, form, "layers", typed)
    if typed == "10, -3":
        assert form.rows.problem.text().endswith("write at most 64 whole numbers from 1 to 100000")
    else:
        assert form.rows.problem.text() == f'hidden layers: "{typed}" – write {meant}'


def test_what_differs_from_the_run_is_marked_and_the_start_is_lit(form, window, qtbot):
    def told() -> list[str]:
        return [name for name, caption in form.rows.captions.items() if caption.property("changed")]

    assert told() == [] and not form.start.property("primary") and form.as_run.isHidden()
    enter(qtbot, form, "seed", "7")
    assert told() == ["seed"] and form.start.property("primary")
    assert "the run has: 0" in form.rows.captions["seed"].toolTip()
    enter(qtbot, form, "seed", "0")
    assert told() == [] and not form.start.property("primary")
    choose_preset(form, "digits-deep")
    assert {"layers", "optimizer"} <= set(told()) and form.start.property("primary")
    assert form.rows.rate_row.isHidden(), "the rate is not all that differs"
    qtbot.mouseClick(form.as_run, Qt.MouseButton.LeftButton)
    assert told() == [] and form.experiment() == window.viewer.run.experiment
    choose_preset(form, "digits-deep")
    with qtbot.waitSignal(window.viewer.run_started):
        form.submit()
    assert told() == [] and not form.start.property("primary")


def test_every_preset_shown_as_it_runs_differs_in_nothing(form, window):
    for name, experiment in presets().items():
        form._of_run, form._recipe = (experiment, name), Recipe.of(experiment)
        form.show_experiment(experiment, name)
        assert form._differing() == set()


@pytest.mark.parametrize(
    ("rate", "up", "down"),
    [(0.1, 0.3, 0.03), (0.3, 1, 0.1), (0.5, 1, 0.3), (1, 3, 0.3), (3, 10, 1), (0.001, 0.003, 3e-4)],
)
def test_arrows_take_sensible_steps_with_the_rate(form, qtbot, rate, up, down):
    for key, wanted in ((Qt.Key.Key_Up, up), (Qt.Key.Key_Down, down)):
        enter(qtbot, form, "learning_rate", str(rate))
        qtbot.keyClick(form.fields["learning_rate"], key)
        assert form.fields["learning_rate"].value() == pytest.approx(wanted)
        assert form.rows.rate_row.isHidden() == (wanted == 0.5)


def test_a_changed_rate_is_acknowledged_where_it_was_changed(form, window, qtbot):
    viewer = window.viewer
    viewer.step(2)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 2 and not viewer.training)
    enter(qtbot, form, "learning_rate", "0.25")
    qtbot.mouseClick(form.rows.apply_rate, Qt.MouseButton.LeftButton)
    viewer.step()
    qtbot.waitUntil(lambda: viewer.frame.epoch == 3 and not viewer.training)
    assert form.rows.acknowledged.text() == "since epoch 2: learning rate 0.5 → 0.25"
    viewer.seek(1)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 1)
    assert form.rows.acknowledged.text() == ""


def test_all_that_keeps_the_shapes_can_be_changed_on_the_way(form, window, qtbot):
    viewer = window.viewer
    viewer.step(3)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 3 and not viewer.training)
    assert not form.rows.rate_row.isVisibleTo(form)
    enter(qtbot, form, "batch_size", "100")
    enter(qtbot, form, "weight_decay", "0.01")
    assert form.rows.rate_row.isVisibleTo(form)
    qtbot.mouseClick(form.rows.apply_rate, Qt.MouseButton.LeftButton)
    assert not form.rows.rate_row.isVisibleTo(form), "the run goes on by what the form says"
    viewer.step(2)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 5 and not viewer.training)
    assert viewer.frame.state.batches == 15
    assert form.rows.acknowledged.text() == (
        "since epoch 3: weight decay 0 → 0.01, batch full → 100"
    )
    undo = window.undoing
    undo.undo()
    viewer.step()
    qtbot.waitUntil(lambda: viewer.frame.epoch == 6 and not viewer.training)
    assert viewer.frame.state.batches == 0 and form.fields["batch_size"].text() == "full"


def test_from_the_past_another_batch_is_a_branch_of_its_own(form, window, qtbot):
    viewer = window.viewer
    viewer.step(4)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 4 and not viewer.training)
    viewer.seek(2)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 2)
    enter(qtbot, form, "batch_size", "200")
    qtbot.mouseClick(form.rows.apply_rate, Qt.MouseButton.LeftButton)
    assert [branch.name for branch in viewer.branches] == ["run", "batch 200 from 2"]
    assert viewer.frame.state.recipe.batch_size == 200


def test_a_weight_decay_that_is_changed_is_in_the_gradient_that_is_shown(form, window, qtbot):
    viewer = window.viewer
    viewer.step(2)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 2 and not viewer.training)
    before = viewer.frame.gradients.weights[0].copy()
    enter(qtbot, form, "weight_decay", "0.5")
    qtbot.mouseClick(form.rows.apply_rate, Qt.MouseButton.LeftButton)
    expected = before + 0.5 * viewer.frame.parameters.weights[0]
    qtbot.waitUntil(
        lambda: np.allclose(viewer.frame.gradients.weights[0], expected, rtol=1e-4, atol=1e-6)
    )


def test_settings_of_a_schedule_appear_with_it(form, qtbot):
    for name, schedule in SCHEDULES.items():
        enter(qtbot, form, "schedule", name)
        for field in ("warmup", "drop_every", "drop_to"):
            assert form.fields[field].isVisibleTo(form) == (field in schedule.settings)


def test_patience_ends_a_run_and_says_why(make_window, qtbot):
    data = plain.make_dataset(samples=12, validation=40, seed=3)
    experiment = Experiment(
        layers=(20,), optimizer="adam", learning_rate=0.05, patience=15, epochs=2000
    )
    window = make_window(experiment, data)
    viewer = window.viewer
    with qtbot.waitSignal(viewer.noted) as noted:
        viewer.set_rate(None)
        viewer.train()
    qtbot.waitUntil(lambda: not viewer.training)
    losses = viewer.recording.column("validation_loss")
    assert viewer.newest - int(np.argmin(losses)) == 15
    assert noted.args[0].startswith(f"stopped early at epoch {viewer.newest:,}: ")
    newest = viewer.newest
    viewer.train()
    qtbot.waitUntil(lambda: not viewer.training and viewer.newest > newest)
    assert viewer.newest == newest + 15, "who goes on is given the same patience again"


def test_a_wrong_constant_of_an_optimizer(form, started, qtbot):
    for optimizer, name in (("momentum", "momentum"), ("rmsprop", "rho"), ("adam", "beta2")):
        enter(qtbot, form, "optimizer", optimizer)
        enter(qtbot, form, name, "1")
        assert marked(form) == [name]
        assert form.rows.problem.text().startswith(f'{title_of(name)}: "1" – write a finite number')
        qtbot.mouseClick(form.start, Qt.MouseButton.LeftButton)
        enter(qtbot, form, name, "0.9")
    assert started == []


def test_constants_appear_with_their_optimizer(form, qtbot):
    constants = ("momentum", "rho", "beta1", "beta2")
    own = {
        "sgd": [],
        "momentum": ["momentum"],
        "rmsprop": ["rho"],
        "adam": ["beta1", "beta2"],
    }
    assert set(own) == set(CHOICES["optimizer"])
    for optimizer, wanted in own.items():
        enter(qtbot, form, "optimizer", optimizer)
        assert [name for name in constants if form.fields[name].isVisibleTo(form)] == wanted
        for name in constants:
            caption = form.rows.labelForField(form.fields[name])
            assert caption.isVisibleTo(form) == (name in wanted)


@pytest.mark.parametrize("name", [name for name in presets() if "mnist" not in name])
def test_a_preset_fills_the_form_and_starts(form, window, qtbot, name):
    choose_preset(form, name)
    assert form.experiment() == presets()[name]
    assert form.rows.problem.isHidden()
    with qtbot.waitSignal(window.viewer.run_started):
        form.submit()
    assert window.viewer.run.experiment == presets()[name]
    assert window.viewer.run.name == name
    assert form.preset.currentText() == name


def choose_preset(form, name: str) -> None:
    form.preset.setCurrentIndex(form.preset.findText(name))
    form.preset.activated.emit(form.preset.currentIndex())


def test_every_preset_fills_the_form(form):
    for name, experiment in presets().items():
        choose_preset(form, name)
        assert form.experiment() == experiment
        assert form.fields["layers"].text() == ", ".join(map(str, experiment.layers))


def test_a_preset_wipes_a_wrong_value_away(form, qtbot):
    enter(qtbot, form, "seed", "-1")
    choose_preset(form, "digits")
    assert form.rows.problem.isHidden()
    assert marked(form) == []


def test_a_changed_preset_is_not_called_by_its_name(form, window, qtbot):
    enter(qtbot, form, "seed", "5")
    with qtbot.waitSignal(window.viewer.run_started):
        form.submit()
    assert window.viewer.run.name == "custom"


class TestLearningRate:
    def test_it_is_offered_only_when_it_is_another_one(self, form, qtbot):
        assert form.rows.apply_rate.isHidden()
        enter(qtbot, form, "learning_rate", "0.25")
        assert not form.rows.apply_rate.isHidden()
        enter(qtbot, form, "learning_rate", "0.5")
        assert form.rows.apply_rate.isHidden()
        enter(qtbot, form, "learning_rate", "-3")
        assert form.rows.apply_rate.isHidden()

    @pytest.mark.parametrize("by", ["button", "enter"])
    def test_the_run_goes_on_with_it(self, form, window, started, qtbot, by):
        viewer = window.viewer
        run = viewer.run
        viewer.step()
        qtbot.waitUntil(lambda: viewer.frame.epoch == 1 and not viewer.training)
        enter(qtbot, form, "learning_rate", "0.25")
        if by == "button":
            qtbot.mouseClick(form.rows.apply_rate, Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(form.fields["learning_rate"], Qt.Key.Key_Return)
        assert form.rows.apply_rate.isHidden()
        viewer.step()
        qtbot.waitUntil(lambda: viewer.frame.epoch == 2 and not viewer.training)
        assert viewer.recording.column("learning_rate").tolist() == [0.5, 0.5, 0.25]
        assert viewer.run is run
        assert started == []

    def test_a_wrong_one_changes_nothing(self, form, window, qtbot):
        enter(qtbot, form, "learning_rate", "-3")
        qtbot.keyClick(form.fields["learning_rate"], Qt.Key.Key_Return)
        assert form.rows.problem.isVisible()
        window.viewer.step()
        qtbot.waitUntil(lambda: window.viewer.frame.epoch == 1)
        assert window.viewer.recording.column("learning_rate").tolist() == [0.5, 0.5]

    def test_what_else_was_typed_stays(self, form, qtbot):
        enter(qtbot, form, "seed", "9")
        enter(qtbot, form, "learning_rate", "0.25")
        qtbot.mouseClick(form.rows.apply_rate, Qt.MouseButton.LeftButton)
        assert form.fields["seed"].text() == "9"

    def test_restart_brings_the_first_one_back(self, form, window, qtbot):
        enter(qtbot, form, "learning_rate", "0.25")
        qtbot.mouseClick(form.rows.apply_rate, Qt.MouseButton.LeftButton)
        window.viewer.restart()
        assert form.fields["learning_rate"].text() == "0.5"
        assert form.rows.apply_rate.isHidden()


@pytest.fixture
def table(tmp_path) -> Path:
    """A small data file: two clouds in a plane."""
    generator = np.random.default_rng(0)
    lines = ["label,x,y"]
    for number in range(60):
        x, y = generator.uniform(0, 0.5, 2) + 0.5 * (number % 2)
        lines.append(f"{'ab'[number % 2]},{x:.4f},{y:.4f}")
    path = tmp_path / "two clouds.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


class TestFiles:
    def choose(self, form, monkeypatch, path) -> None:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
        dataset = form.fields["dataset"]
        dataset.setCurrentIndex(dataset.count() - 1)
        dataset.activated.emit(dataset.currentIndex())

    def test_data_from_a_file(self, form, window, table, qtbot, monkeypatch):
        self.choose(form, monkeypatch, table)
        dataset = form.fields["dataset"]
        assert dataset.currentText() == table.name
        assert dataset.value() == str(table)
        with qtbot.waitSignal(window.viewer.run_started):
            form.submit()
        run = window.viewer.run
        assert run.experiment.dataset == str(table)
        assert run.network.sizes == (2, 10, 2)
        assert run.dataset.classes == ("a", "b")
        assert dataset.currentText() == table.name
        window.viewer.step(2)
        qtbot.waitUntil(lambda: window.viewer.frame.epoch == 2)
        # And back to data that has a picture.
        choose_preset(form, "digits")
        with qtbot.waitSignal(window.viewer.run_started):
            form.submit()
        assert window.viewer.run.network.sizes == (64, 10, 10)

    def test_no_file_after_all(self, form, monkeypatch):
        self.choose(form, monkeypatch, "")
        assert form.fields["dataset"].value() == "digits"
        assert form.rows.problem.isHidden()

    def test_a_file_that_is_no_data(self, form, window, tmp_path, qtbot, monkeypatch):
        (tmp_path / "bad.csv").write_text("label,x\na,1,2\n")
        run = window.viewer.run
        self.choose(form, monkeypatch, tmp_path / "bad.csv")
        with qtbot.waitSignal(window.viewer.failed):
            form.submit()
        said = window.view.messages.text.text()
        assert said.startswith("error: ")
        assert "bad.csv" in said
        assert "\n" not in said
        assert window.view.messages.isVisible()
        assert window.viewer.run is run


class TestDrop:
    """Files dropped on the window."""

    def drop(self, window, *paths, urls=()) -> bool:
        data = QMimeData()
        data.setUrls([*(QUrl.fromLocalFile(str(path)) for path in paths), *urls])
        return self.send(window, data)

    def send(self, window, data) -> bool:
        buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        copy = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(QPoint(50, 50), copy, data, buttons, modifiers)
        enter.ignore()
        QApplication.sendEvent(window, enter)
        if not enter.isAccepted():
            return False
        drop = QDropEvent(QPointF(50, 50), copy, data, buttons, modifiers, QEvent.Type.Drop)
        QApplication.sendEvent(window, drop)
        return True

    def test_data(self, window, table, qtbot):
        with qtbot.waitSignal(window.viewer.run_started):
            assert self.drop(window, table)
        run = window.viewer.run
        assert run.dataset.classes == ("a", "b")
        assert run.name == table.name
        # All else stays as it was.
        assert run.experiment.but(dataset="digits") == Experiment()

    def test_an_experiment(self, window, tmp_path, qtbot):
        wanted = Experiment(layers=(6, 5), seed=4)
        path = tmp_path / "mine.toml"
        path.write_text(wanted.to_toml())
        with qtbot.waitSignal(window.viewer.run_started):
            assert self.drop(window, path)
        assert window.viewer.run.experiment == wanted
        assert window.viewer.run.name == "mine"
        assert window.view.form.experiment() == wanted

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("broken.toml", b"layers = ["),
            ("wrong.toml", b"layers = [-3]\n"),
            ("unknown.json", b'{"layer": [3]}'),
            ("garbage.csv", bytes(range(256)) * 20),
            ("empty.csv", b""),
            ("garbage.npz", b"PK\x03\x04 and no more"),
            ("picture.png", b"\x89PNG\r\n\x1a\n"),
            ("no suffix", b"hello"),
        ],
    )
    def test_what_cannot_be_used_is_one_line(self, window, tmp_path, qtbot, name, content):
        path, run = tmp_path / name, window.viewer.run
        path.write_bytes(content)
        assert self.drop(window, path)
        qtbot.waitUntil(lambda: self.said(window))
        said = window.view.messages.text.text()
        assert said.startswith("error: ")
        assert name in said
        assert "\n" not in said
        assert window.viewer.run is run
        window.viewer.step()
        qtbot.waitUntil(lambda: window.viewer.frame.epoch == 1)

    def said(self, window) -> bool:
        messages = window.view.messages
        return messages.isVisible() and messages.text.text().startswith("error: ")

    def test_a_file_that_has_gone(self, window, tmp_path, qtbot):
        assert self.drop(window, tmp_path / "gone.csv")
        qtbot.waitUntil(lambda: self.said(window))
        assert "gone.csv" in window.view.messages.text.text()

    def test_two_files(self, window, table):
        run = window.viewer.run
        assert self.drop(window, table, table)
        assert window.view.messages.text.text() == "error: drop one file at a time (found 2)"
        assert window.viewer.run is run

    def test_a_link(self, window):
        assert self.drop(window, urls=[QUrl("https://example.org/data.csv")])
        assert window.view.messages.text.text() == "error: drop one file at a time (found 0)"

    def test_text_is_not_taken(self, window):
        data = QMimeData()
        data.setText("hello")
        assert not self.send(window, data)
        assert not window.view.messages.isVisible()


def test_a_fork_leaves_what_was_not_sent(window, qtbot):
    """A recipe that somebody is putting together is not this run's business."""
    viewer, form = window.viewer, window.view.form
    viewer.step(3)
    qtbot.waitUntil(lambda: viewer.newest == 3 and not viewer.training)
    form.preset.setCurrentIndex(form.preset.findText("digits-deep"))
    form.preset.activated.emit(form.preset.currentIndex())
    assert form.fields["learning_rate"].value() == 0.05
    viewer.seek(1)
    qtbot.waitUntil(lambda: viewer.frame.epoch == 1)
    viewer.fork()
    assert form.fields["learning_rate"].value() == 0.05


def test_a_rate_of_the_run_is_followed_while_nothing_was_typed(window, qtbot):
    form = window.view.form
    window.viewer.set_learning_rate(0.25)
    qtbot.waitUntil(lambda: form.fields["learning_rate"].value() == 0.25)


@pytest.mark.parametrize("typed", ["--10", "+-3", "10, -+5", "٣", "- 4", "¹"])
def test_what_is_nearly_a_number_is_refused_in_words(window, typed):
    form = window.view.form
    form.fields["layers"].setText(typed)
    with pytest.raises(UserError, match="layers"):
        form.experiment()


def test_a_run_that_goes_on_is_not_called_untrained_while_one_looks_back(window, qtbot):
    viewer, view = window.viewer, window.view
    first, untrained = viewer.frame, viewer.context
    viewer.step(3)
    qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 3)
    # As when another branch is shown at its start, and goes on before it is shown again.
    view.show_frame(first, untrained)
    assert "not trained yet" in view.form.facts.text()
    view.show_progress(viewer.context)
    assert "free-running" in view.form.facts.text()
