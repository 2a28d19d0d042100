"""The inspector: every number it writes, read back and compared; and getting about in it."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor, QTextCursor
from PyQt6.QtWidgets import QWidget

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.explain.stages import Stage
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from tests.core import plain
from tests.core.test_optimizers import by_formula
from visualizer.kit.place_names import full_name, short_name
from visualizer.panels.inspector.formulas import address, place_of
from visualizer.panels.inspector.forward import LOSS
from visualizer.panels.inspector.panel import InspectorPanel
from visualizer.style.theme import DARK, LIGHT
from visualizer.view.export import FrameExporter, PanelView, Picture

LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
NUMBER = r"[+−]?\d[\d,]*(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"


def value_of(text: str) -> float:
    """Read a number as it is written on a page."""
    found = re.fullmatch(rf"\(?({NUMBER})\)?", text.strip())
    assert found, text
    mantissa, _, power = found[1].partition("×10")
    mantissa = mantissa.replace("−", "-").replace(",", "")
    return float(f"{mantissa}e{power.translate(LOWERED) or 0}")


def numbers_in(text: str) -> list[float]:
    return [value_of(found) for found in re.findall(NUMBER, text)]


def close(found: float, expected: float, digits: int = 4) -> None:
    """Equal to the digits that are written; a power of ten has one less."""
    assert found == pytest.approx(expected, rel=6 * 10.0 ** -(digits - 1), abs=1e-12)


class Reader:
    """A page as lines: every cell of a table is one."""

    def __init__(self, panel: InspectorPanel) -> None:
        # toPlainText makes spaces of no-break spaces: what is left out is an empty line of Qt's.
        lines = panel.view.toPlainText().split("\n")
        self.lines = [line.strip() for line in lines if line]

    def at(self, label: str) -> int:
        if label in self.lines:
            return self.lines.index(label)
        places = [k for k, line in enumerate(self.lines) if line.startswith(label)]
        assert places, (label, self.lines)
        return places[0]

    def number(self, label: str) -> float:
        """The number at the right of a label."""
        return value_of(self.lines[self.at(label) + 1])

    def worked(self, label: str) -> list[float]:
        """The numbers in the line below a formula and its result."""
        line = self.lines[self.at(label) + 2]
        assert line.startswith("="), line
        return numbers_in(line)

    def table(self, *head: str) -> list[list[str]]:
        """The rows below a head; the last one may be that of the others."""
        width = len(head)
        start = next(k for k in range(len(self.lines)) if tuple(self.lines[k : k + width]) == head)
        rows, at = [], start + width
        while True:
            row = self.lines[at : at + width]
            last = re.fullmatch(r"[\d,]+ others?", row[0]) if row else None
            if len(row) < width or not (last or re.fullmatch(rf"(?:1 − )?{NUMBER}", row[1])):
                return rows
            rows.append(row)
            at += width
            if last:
                return rows


@pytest.fixture
def panel(qtbot):
    """The inspector as an export has it: alone, and with everything done at once."""
    made = []

    def make(viewer, place: Place | None, size: tuple[int, int] = (340, 600)) -> InspectorPanel:
        view = PanelView("inspector", DARK)
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        made.append(view)
        viewer.selection = place
        view.show_frame(viewer.frame, viewer.context)
        return view.panel

    return make


def trained(make_viewer, epochs: int = 3, **fields):
    experiment = Experiment(**{"layers": (9, 7), "activation": "tanh", "dtype": "float64"} | fields)
    viewer = make_viewer(experiment)
    for _ in range(epochs):
        viewer.advance_now()
    return viewer


class Truth:
    """What is shown, worked out by the slow mathematics of the tests."""

    def __init__(self, viewer) -> None:
        self.viewer, self.experiment = viewer, viewer.run.experiment
        frame, sample = viewer.frame, viewer.context.sample
        self.parameters, self.sample = frame.parameters, sample
        self.x = np.asarray(sample.x, np.float64)
        self.z = [
            layer[0]
            for layer in plain.pre_activations(self.experiment, self.parameters, self.x[None])
        ]
        function = plain.FUNCTIONS[self.experiment.activation]
        self.p = plain.probabilities(self.z[-1][None])[0]
        self.a = [*(function(layer) for layer in self.z[:-1]), self.p]
        bare = self.experiment.but(weight_decay=0.0)
        flat = plain.gradient(bare, self.parameters, self.x[None], np.array([sample.label]))
        self.own = Parameters.over(flat, self.parameters.sizes)

    def inputs(self, layer: int) -> np.ndarray:
        return self.x if layer == 0 else self.a[layer - 1]

    @property
    def loss(self) -> float:
        label = np.array([self.sample.label])
        return plain.loss(self.experiment, self.parameters, self.x[None], label)


@pytest.mark.parametrize("kind", ["loss", "input", "unit", "weight", "bias"])
def test_a_link_leads_to_its_place(kind):
    assert place_of(address(Place(kind, 1, 2, 3))) == Place(kind, 1, 2, 3)


# Every number of every page


def test_a_probability_below_every_number_is_written_as_the_power_it_is(make_viewer, panel):
    """−ln 0 is no loss of 10²²."""
    viewer = trained(make_viewer, 2, layers=(12, 8), activation="identity", learning_rate=300.0)
    logits = Truth(viewer).z[-1]
    # Of the largest alone: the others are nothing beside it.
    loss = logits.max() - logits[viewer.context.sample.label]
    text = panel(viewer, Place("loss")).view.toPlainText()
    assert "−ln 0" not in text
    found = re.search(rf"−ln e−({NUMBER})", text)
    assert found and loss > 1e6
    assert value_of(found[1]) == pytest.approx(loss, rel=1e-2)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("place", [Place("unit", 0, 3), Place("unit", 1, 4)])
def test_a_hidden_unit(make_viewer, panel, activation, place):
    viewer = trained(make_viewer, activation=activation, layers=(9, 7))
    page, truth = Reader(panel(viewer, place)), Truth(viewer)
    layer, unit = place.layer, place.unit
    symbol = "x" if layer == 0 else "a"
    weights, inputs = truth.parameters.weights[layer][unit], truth.inputs(layer)
    close(page.number(f"z = Σ w·{symbol} + b"), truth.z[layer][unit])
    close(page.worked("z = Σ")[0], weights @ inputs)
    close(page.worked("z = Σ")[1], truth.parameters.biases[layer][unit])
    close(page.number("a = "), truth.a[layer][unit])

    head = "pixel" if layer == 0 else "hidden 1"
    rows = page.table(head, "w", symbol, f"w·{symbol}")
    products = weights * inputs
    order = np.argsort(-np.abs(products), kind="stable")
    named = min(6, np.count_nonzero(products))  # what adds nothing is not named
    assert len(rows) == named + 1
    for row, source in zip(rows[:named], order, strict=False):
        name = Place("input", source=source) if layer == 0 else Place("unit", 0, source)
        assert row[0] == short_name(name, viewer.run)
        expected = (weights[source], inputs[source], products[source])
        for text, value in zip(row[1:], expected, strict=True):
            close(value_of(text), value, 3)
    assert rows[named][0] == f"{len(products) - named:,} others"
    close(value_of(rows[named][3]), products[order[named:]].sum(), 3)

    above = truth.parameters.weights[layer + 1][:, unit]
    delta = truth.own.biases[layer + 1]
    close(page.number("∂L/∂a = Σ w·δ"), above @ delta)
    slope = float(plain.SLOPES[activation](truth.z[layer][unit]))
    close(page.number("f′(z)"), slope)
    close(page.number("δ = ∂L/∂z"), truth.own.biases[layer][unit])
    back = page.table("hidden 2" if layer == 0 else "class", "w", "δ", "w·δ")
    order = np.argsort(-np.abs(above * delta), kind="stable")
    named = min(6, np.count_nonzero(above * delta))
    assert len(back) == named + 1
    for row, k in zip(back[:named], order, strict=False):
        assert row[0] == (f"unit {k}" if layer == 0 else viewer.run.dataset.classes[k])
        for text, value in zip(row[1:], (above[k], delta[k], above[k] * delta[k]), strict=True):
            close(value_of(text), value, 3)
    close(value_of(back[named][3]), (above * delta)[order[named:]].sum(), 3)
    check_difference(page, "z", truth.own.biases[layer][unit])
    close(page.number("L = −ln p"), truth.loss)


def check_difference(page: Reader, symbol: str, expected: float) -> None:
    """The central difference stands at the right of a fraction."""
    at = page.at(f"L({symbol} + h) − L({symbol} − h)")
    assert page.lines[at + 1] == "2h"
    (found,) = numbers_in(page.lines[at + 2])
    assert found == pytest.approx(expected, rel=1e-2, abs=1e-9)
    step, error = numbers_in(page.lines[page.at("h = ")])
    assert 1e-12 < step < 0.1
    assert error < 1e-4 or abs(expected) < 1e-6


@pytest.mark.parametrize("loss", ["cross-entropy", "mean-squared-error"])
@pytest.mark.parametrize("unit", [0, 5])
def test_an_output_unit(make_viewer, panel, loss, unit):
    viewer = trained(make_viewer, loss=loss)
    page, truth = Reader(panel(viewer, Place("unit", 2, unit))), Truth(viewer)
    close(page.number("z = Σ w·a + b"), truth.z[-1][unit])
    at = page.at("p =")
    powers = np.exp(truth.z[-1])
    shown = [value_of(line) for line in page.lines[at + 4 : at + 6]]
    close(shown[0], powers[unit])
    close(shown[1], powers.sum())
    close(numbers_in(page.lines[at + 6])[0], truth.p[unit])
    t = float(unit == truth.sample.label)
    close(page.number("δ = ∂L/∂z"), truth.own.biases[-1][unit])
    if loss == "cross-entropy":
        p, target = page.worked("δ = ∂L/∂z")
        close(p, truth.p[unit])
        assert target == t
        true = "the true class" if t else "not the true class"
        assert page.lines[page.at("δ = ∂L/∂z") + 2].endswith(true)
    else:
        slopes = 2 * (truth.p - np.eye(10)[truth.sample.label]) / 10
        close(page.number("g = ∂L/∂p"), slopes[unit])
        two, p, target, classes = page.worked("g = ∂L/∂p")
        close(p, truth.p[unit])
        assert (two, target, classes) == (2, t, 10)
        close(page.number("Σ g·p"), slopes @ truth.p)
    check_difference(page, "z", truth.own.biases[-1][unit])


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("loss", ["cross-entropy", "mean-squared-error"])
@pytest.mark.parametrize("selection", [None, Place("loss")])
def test_the_loss(make_viewer, panel, loss, weight_decay, selection):
    viewer = trained(make_viewer, loss=loss, weight_decay=weight_decay)
    page, truth = Reader(panel(viewer, selection)), Truth(viewer)
    label, delta = truth.sample.label, truth.own.biases[-1]
    assert any("Click a neuron" in line for line in page.lines) == (selection is None)
    if loss == "cross-entropy":
        close(page.number("L = −ln p"), truth.loss)
        close(page.worked("L = −ln p")[0], truth.p[label])
    else:
        at = page.at("L =")
        total, count = (value_of(line) for line in page.lines[at + 4 : at + 6])
        squares = (truth.p - np.eye(10)[label]) ** 2
        close(total, squares.sum())
        assert count == 10
        close(numbers_in(page.lines[at + 6])[0], truth.loss)
        rows = page.table("class", "p", "t", "(p − t)²")
        for row in rows[:6]:
            k = viewer.run.dataset.classes.index(row[0])
            close(value_of(row[1]), truth.p[k])
            assert value_of(row[2]) == (k == label)
            close(value_of(row[3]), squares[k])
        close(value_of(rows[6][3]), np.sort(squares)[:4].sum())
    rows = page.table("class", "p", "t", "δ")
    order = np.argsort(-np.abs(delta))
    for row, k in zip(rows[:6], order, strict=False):
        assert row[0] == viewer.run.dataset.classes[k]
        close(value_of(row[1]), truth.p[k])
        assert value_of(row[2]) == (k == label)
        close(value_of(row[3]), delta[k])
    close(page.number("mean loss"), viewer.frame.metrics.train_loss)
    data = viewer.run.dataset
    mean = plain.loss(truth.experiment, truth.parameters, data.train_x, data.train_y)
    close(page.number("mean loss"), mean)
    if weight_decay:
        squares = sum(float((weights**2).sum()) for weights in truth.parameters.weights)
        close(page.number("weight decay"), weight_decay / 2 * squares)


@pytest.mark.parametrize("loss", ["cross-entropy", "mean-squared-error"])
def test_a_probability_of_nearly_one_says_what_is_missing(make_viewer, panel, loss):
    """Everything that is written is consistent: −ln 1.000 is not 4.7×10⁻⁶."""
    viewer = trained(make_viewer, epochs=1, loss=loss)
    label = viewer.context.sample.label
    flat = viewer.frame.parameters.flat.copy()
    flat[len(flat) - 10 + label] += 12  # the biases of the ten outputs come last
    parameters = Parameters.over(flat, viewer.run.network.sizes)
    viewer.frame = dataclasses.replace(viewer.frame, parameters=parameters)
    truth = Truth(viewer)
    missing = np.delete(truth.p, label).sum()
    assert 1e-7 < missing < 1e-4

    def missing_in(text: str) -> float:
        found = re.search(rf"1 − ({NUMBER})", text)
        assert found, text
        return value_of(found[1])

    page = Reader(panel(viewer, Place("loss")))
    row = next(row for row in page.table("class", "p", "t", "δ") if row[0] == str(label))
    close(missing_in(row[1]), missing, 3)
    if loss == "cross-entropy":
        line = page.lines[page.at("L = −ln p") + 2]
        close(missing_in(line), missing, 3)
        close(-np.log1p(-missing_in(line)), page.number("L = −ln p"), 3)
        assert line.startswith("= −ln (1")
    page = Reader(panel(viewer, Place("unit", 2, label)))
    at = page.at("p =")
    powers = np.exp(truth.z[-1])
    whole, rest = numbers_in(page.lines[at + 5])
    close(whole, powers[label])
    close(rest, np.delete(powers, label).sum(), 3)
    close(missing_in(page.lines[at + 6]), missing, 3)
    label_of = "δ = ∂L/∂z" if loss == "cross-entropy" else "g = ∂L/∂p"
    close(missing_in(page.lines[page.at(label_of) + 2]), missing, 3)
    assert not any("1.000" in line for line in page.lines)


def test_what_is_left_over_has_the_colour_of_its_sign(make_viewer, panel):
    viewer = trained(make_viewer)
    view = panel(viewer, Place("unit", 0, 4)).view
    found = view.document().find("others")
    cursor = QTextCursor(found.block())
    for _ in range(3):
        cursor.movePosition(QTextCursor.MoveOperation.NextBlock)
    cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
    rest = value_of(cursor.block().text())
    colour = DARK.above if rest > 0 else DARK.below
    assert cursor.charFormat().foreground().color() == QColor(colour)


def test_an_input(make_viewer, panel):
    viewer = trained(make_viewer)
    source = 8 * 4 + 3
    page, truth = Reader(panel(viewer, Place("input", source=source))), Truth(viewer)
    column, delta = truth.parameters.weights[0][:, source], truth.own.biases[0]
    close(page.number("x"), truth.x[source])
    close(page.number("∂L/∂x = Σ w·δ"), column @ delta)
    rows = page.table("hidden 1", "w", "x", "w·x")
    for row, unit in zip(rows, np.argsort(-np.abs(column), kind="stable"), strict=False):
        assert row[0] == f"unit {unit}"
        close(value_of(row[1]), column[unit], 3)
        close(value_of(row[2]), truth.x[source], 3)
        close(value_of(row[3]), column[unit] * truth.x[source], 3)
    assert page.at("and by 3 more")
    rows = page.table("hidden 1", "w", "δ", "w·δ")
    for row, k in zip(rows[:6], np.argsort(-np.abs(column * delta)), strict=False):
        assert row[0] == f"unit {k}"
        close(value_of(row[3]), column[k] * delta[k], 3)
    h = 1e-6
    moved = [truth.x.copy() for _ in range(2)]
    moved[0][source] += h
    moved[1][source] -= h
    label = np.array([truth.sample.label])
    up, down = (plain.loss(truth.experiment, truth.parameters, x[None], label) for x in moved)
    check_difference(page, "x", (up - down) / (2 * h))


@pytest.mark.parametrize("batch_size", [None, 64])
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("place", [Place("weight", 0, 2, 35), Place("bias", 1, 3)])
def test_a_parameter_and_its_next_step(
    make_viewer, panel, place, optimizer, weight_decay, batch_size
):
    fields = {"optimizer": optimizer, "weight_decay": weight_decay, "batch_size": batch_size}
    viewer = trained(make_viewer, learning_rate=0.01, epochs=10, **fields)
    viewer.select_sample("train", 5)
    page, truth = Reader(panel(viewer, place)), Truth(viewer)
    layer, unit, source = place.layer, place.unit, place.source
    weight = place.kind == "weight"

    def at(parameters: Parameters) -> float:
        if weight:
            return float(parameters.weights[layer][unit, source])
        return float(parameters.biases[layer][unit])

    w, read = at(truth.parameters), truth.inputs(layer)[source] if weight else 1.0
    own, delta = at(truth.own), truth.own.biases[layer][unit]
    if weight:
        close(page.number("w·x"), w * read)
        close(page.worked("w·x")[0], w)
        close(page.worked("w·x")[1], read)
        close(page.number("∂L/∂w = δ·x"), own)
        close(page.number(f"x of {full_name(Place('input', source=source), viewer.run)}"), read)
    else:
        close(page.number("b"), w)
        close(page.number("∂L/∂b = δ"), own)
    unit_name = full_name(Place("unit", layer, unit), viewer.run)
    assert page.lines[page.at("feeds") + 1] == unit_name
    close(page.number("z of that unit"), truth.z[layer][unit])
    close(page.number(f"δ of {unit_name}"), delta)
    close(page.number("δ = ∂L/∂z"), delta)
    check_difference(page, "w" if weight else "b", own)

    # The batch: which rows it has, by the shuffle written out once more.
    data, state = viewer.run.dataset, viewer.frame.state
    rows = np.arange(len(data.train_x))
    if batch_size:
        generator = np.random.default_rng()
        generator.bit_generator.state = state.rng_state
        generator.shuffle(rows)
        rows = rows[:batch_size]
    batch = data.train_x[rows], data.train_y[rows]
    over = lambda flat: Parameters.over(flat, truth.parameters.sizes)  # noqa: E731
    g = at(over(plain.gradient(truth.experiment, truth.parameters, *batch)))
    bare = truth.experiment.but(weight_decay=0.0)
    mean = at(over(plain.gradient(bare, truth.parameters, *batch)))
    symbol = "w" if weight else "b"
    words = f"mean ∂L/∂{symbol}, {f'batch of {batch_size}' if batch_size else 'all 1,437'}"
    if weight_decay and weight:
        close(page.number(words), mean)
        close(page.number("weight decay, λ·w"), weight_decay * w)
        close(page.number("g, their sum"), g)
    else:
        close(page.number(f"g = {words}"), g)
    if 5 in rows:
        close(page.number("of it by this sample"), own / len(rows))
    else:
        assert page.at("This sample is not in the next batch.")
    if batch_size:
        close(page.number("last epoch, mean over its 23 batches"), at(viewer.frame.gradients))

    # The update: the averages before from the state, everything after by formula.
    slots = [at(slot) for slot in viewer.frame.slots]
    c, t, eta = truth.experiment, state.step + 1, 0.01
    assert page.at(f"update · step {t:,}")
    if optimizer == "sgd":
        new = w - eta * g
        numbers = [w, eta, g]
        line = f"{symbol} ← {symbol} − η·g"
    elif optimizer == "momentum":
        v = c.momentum * slots[0] + g
        new, numbers = w - eta * v, [w, eta, v]
        line = f"{symbol} ← {symbol} − η·v"
        close(page.number("v ← μ·v + g"), v)
        for found, expected in zip(page.worked("v ← μ·v"), [c.momentum, slots[0], g], strict=True):
            close(found, expected)
    elif optimizer == "rmsprop":
        s = c.rho * slots[0] + (1 - c.rho) * g * g
        divisor = np.sqrt(s) + c.epsilon
        new, numbers = w - eta * g / divisor, [w, eta, g, divisor]
        line = f"{symbol} ← {symbol} − η·g / (√s + ε)"
        close(page.number("s ← ρ·s"), s)
        for found, expected in zip(
            page.worked("s ← ρ·s"), [c.rho, slots[0], 1 - c.rho, g], strict=True
        ):
            close(found, expected)
        close(page.number("√s + ε"), divisor)
    else:
        m = c.beta1 * slots[0] + (1 - c.beta1) * g
        v = c.beta2 * slots[1] + (1 - c.beta2) * g * g
        m_hat, v_hat = m / (1 - c.beta1**t), v / (1 - c.beta2**t)
        divisor = np.sqrt(v_hat) + c.epsilon
        new, numbers = w - eta * m_hat / divisor, [w, eta, m_hat, divisor]
        line = f"{symbol} ← {symbol} − η·m̂ / (√v̂ + ε)"
        for label, result, parts in (
            ("m ← β₁·m", m, [c.beta1, slots[0], 1 - c.beta1, g]),
            ("v ← β₂·v", v, [c.beta2, slots[1], 1 - c.beta2, g]),
            ("m̂ = m", m_hat, [m, 1 - c.beta1**t, t]),
            ("v̂ = v", v_hat, [v, 1 - c.beta2**t]),
        ):
            close(page.number(label), result)
            for found, expected in zip(page.worked(label), parts, strict=True):
                close(found, expected)
        close(page.number("√v̂ + ε"), divisor)
    close(page.number(line), new, 6)
    for found, expected in zip(page.worked(line), numbers, strict=True):
        close(found, expected)
    close(page.number("changes by"), new - w)
    close(page.number("changed by the last epoch"), at(viewer.frame.update))
    close(page.number("at epoch 0"), at(viewer.run.first_frame.parameters), 6)
    if batch_size is None:
        viewer.advance_now()
        close(page.number(line), at(viewer.frame.parameters), 6)


def test_updates_in_a_row_are_those_of_the_formula(make_viewer, panel):
    viewer = trained(make_viewer, epochs=0, optimizer="adam", learning_rate=0.01)
    place, gradients, shown = Place("weight", 1, 2, 3), [], []
    start = float(viewer.frame.parameters.weights[1][2, 3])
    for _ in range(4):
        gradients.append(float(viewer.frame.gradients.weights[1][2, 3]))
        shown.append(Reader(panel(viewer, place)).number("w ← w"))
        viewer.advance_now()
    constants = Experiment().model_dump()
    expected = by_formula("adam", gradients, start, 0.01, constants)
    np.testing.assert_allclose(shown, expected, rtol=1e-5)


def test_the_untrained_network_says_what_it_does_not_know(make_viewer, panel):
    viewer = trained(make_viewer, epochs=0, batch_size=64)
    page = Reader(panel(viewer, Place("weight", 0, 2, 35)))
    close(page.number("mean, all training samples"), viewer.frame.gradients.weights[0][2, 35])
    assert not any("last epoch" in line for line in page.lines)


def test_a_kink_is_said(make_viewer, panel):
    viewer = make_viewer(Experiment(layers=(6,), dtype="float64"))
    viewer.show_drawing(np.zeros(64), 3)  # nothing but biases, which are zero
    text = "\n".join(Reader(panel(viewer, Place("unit", 0, 1))).lines)
    assert "A kink of the activation lies right here" in text
    assert "relative error" not in text


# Drawings


def test_a_drawing_without_a_class_goes_forward_only(make_viewer, panel):
    viewer = trained(make_viewer)
    viewer.show_drawing(np.linspace(0, 1, 64).astype(np.float32))
    for place in (Place("unit", 0, 1), Place("unit", 2, 3), Place("input"), Place("bias", 0, 1)):
        page = Reader(panel(viewer, place))
        assert "epoch 3 · drawn" in page.lines
        assert any("Choose the class of the drawing in Draw" in line for line in page.lines)
        assert not any("∂L/∂z" in line or "h = " in line for line in page.lines)
    page = Reader(panel(viewer, Place("weight", 0, 1, 30)))
    assert page.at("A drawing has no part in the gradient.")
    assert page.at("update · step")

    page = Reader(panel(viewer, None))
    p = viewer.context.trace.answers
    for k in np.argsort(-p)[:6]:
        close(page.number(str(k)), float(p[k]))


def test_a_drawing_with_a_class_goes_back_too(make_viewer, panel):
    viewer = trained(make_viewer)
    viewer.show_drawing(np.linspace(0, 1, 64).astype(np.float32), 7)
    page, truth = Reader(panel(viewer, Place("weight", 2, 7, 1))), Truth(viewer)
    assert "epoch 3 · drawn · class 7" in page.lines
    close(page.number("∂L/∂w = δ·a"), truth.own.weights[2][7, 1])
    assert page.at("A drawing has no part in the gradient.")


# Looks


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_signs_have_their_colours(make_viewer, panel, palette):
    viewer = trained(make_viewer)
    inspector = panel(viewer, Place("unit", 1, 4))
    inspector.apply_palette(palette)
    found = {"+": set(), "−": set()}
    block = inspector.view.document().begin()
    while block.isValid():
        text = block.text()
        if re.fullmatch(r"[+−]\d\S*", text):
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
            found[text[0]].add(cursor.charFormat().foreground().color().name())
        block = block.next()
    dim = QColor(palette.dim).name()
    assert found["+"] - {dim} == {palette.above}
    assert found["−"] - {dim} == {palette.below}


def test_links_say_what_they_are(make_viewer, panel):
    viewer = trained(make_viewer)
    view = panel(viewer, Place("unit", 1, 4)).view
    said = {}
    for start, _, link in view.links():
        cursor = view.textCursor()
        cursor.setPosition(start + 1)
        said.setdefault(place_of(link), set()).add(cursor.charFormat().toolTip())
    assert said[Place("bias", 1, 4)] == {"b of hidden 2, unit 4, bias"}
    assert said[Place("loss")] == {"loss"}
    weights = [place for place in said if place.kind == "weight"]
    assert weights
    for place in weights:
        assert said[place] == {f"w of {full_name(place, viewer.run)}"}


def test_names_of_places(make_viewer):
    run = make_viewer(Experiment(layers=(5, 4))).run
    assert [full_name(place, run) for place in (
        Place("loss"),
        Place("input", source=10),
        Place("unit", 1, 2),
        Place("unit", 2, 7),
        Place("weight", 0, 3, 10),
        Place("weight", 2, 7, 3),
        Place("bias", 0, 4),
    )] == [
        "loss",
        "input row 1, column 2",
        "hidden 2, unit 2",
        "class 7",
        "hidden 1, unit 3 ← input row 1, column 2",
        "class 7 ← hidden 2, unit 3",
        "hidden 1, unit 4, bias",
    ]  # fmt: skip


@pytest.mark.parametrize("preset", [{"layers": (3,)}, {"layers": (), "loss": "mean-squared-error"}])
def test_nothing_is_cut_off_in_a_narrow_panel(make_viewer, panel, preset):
    viewer = trained(make_viewer, batch_size=64, optimizer="adam", **preset)
    for place in (None, Place("unit"), Place("weight", 0, 1, 20), Place("input", source=20)):
        view = panel(viewer, place, (316, 400)).view
        assert view.document().size().width() <= view.viewport().width() + 1, place


def test_a_wide_panel_sets_its_parts_side_by_side(make_viewer, panel):
    viewer = trained(make_viewer)
    place = Place("unit", 0, 4)
    narrow, medium = panel(viewer, place), panel(viewer, place, (560, 600))
    wide, large = panel(viewer, place, (1200, 700)), panel(viewer, place, (2400, 1300))
    pages = (narrow, medium, wide, large)
    rows = [len(Reader(p).table("pixel", "w", "x", "w·x")) for p in pages]
    assert rows[0] == 7 and rows[1] > 7
    products = np.abs(Truth(viewer).inputs(0) * viewer.frame.parameters.weights[0][4])
    assert rows[2] >= 13
    assert rows[3] == min(40, np.count_nonzero(products)) + 1, "all of them, where there is room"
    for shown in (wide, large):
        view = shown.view
        assert view.document().size().height() <= view.viewport().height(), "no need to scroll"
    assert wide.view.document().size().height() < narrow.view.document().size().height()
    wide.window().resize(340, 600)
    assert len(Reader(wide).table("pixel", "w", "x", "w·x")) == 7


@pytest.mark.parametrize("place", [Place("unit", 0, 4), Place("weight", 1, 2, 3)])
def test_names_and_numbers_stay_together_on_a_wide_page(make_viewer, panel, place):
    """The formula at the left of its row, the number at the right: never a screen apart."""
    view = panel(trained(make_viewer), place, (2400, 900)).view
    formula = view.document().find("∂L/∂")
    number = QTextCursor(formula.block().next())
    number.movePosition(QTextCursor.MoveOperation.EndOfBlock)
    left, right = view.cursorRect(QTextCursor(formula.block())), view.cursorRect(number)
    assert left.top() == right.top()
    assert 200 < right.right() - left.left() <= 500


def test_slow_motion_lights_up_its_section(make_viewer, panel):
    viewer = trained(make_viewer)

    def lit(stage: Stage | None) -> list[str]:
        viewer.stage = stage
        view = panel(viewer, Place("weight", 1, 2, 3)).view
        found, block = [], view.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
            if block.text() and cursor.charFormat().foreground().color() == QColor(DARK.accent):
                found.append(block.text().split(" ")[0])
            block = block.next()
        return found

    assert lit(None) == []
    assert lit(Stage("forward", 0)) == ["forward"]
    assert lit(Stage("loss")) == ["loss"]
    assert lit(Stage("backward", 1)) == ["backward"]
    assert lit(Stage("update")) == ["update"]
    assert InspectorPanel.takes_part(None, Stage("loss"))


def test_an_export_of_the_panel_is_complete(make_viewer):
    """With mini-batches, too, whose next step is worked out beside the window elsewhere."""
    viewer = trained(make_viewer, batch_size=64)
    viewer.selection = Place("weight", 0, 2, 20)
    exporter = FrameExporter(Picture((340, 700), 1.0, DARK, "inspector"))
    image = exporter.image(viewer.frame, viewer.context)
    exporter.close()
    colours = {image.pixelColor(x, y).name() for x in range(20, 320, 1) for y in range(500, 660)}
    assert DARK.above in colours or DARK.below in colours


# In the window


def inspector_of(window) -> InspectorPanel:
    return window.view.panels["inspector"]


def click(qtbot, panel: InspectorPanel, place: Place) -> None:
    """Click the first link to a place, with the mouse."""
    view = panel.view
    start, end, _ = next(link for link in view.links() if place_of(link[2]) == place)
    cursor = view.textCursor()
    cursor.setPosition(start)
    before = view.textCursor()
    view.setTextCursor(cursor)
    view.ensureCursorVisible()
    view.setTextCursor(before)
    left = view.cursorRect(cursor).center()
    cursor.setPosition(end)
    middle = QPoint((left.x() + view.cursorRect(cursor).center().x()) // 2, left.y())
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)


def test_clicks_walk_from_the_loss_to_the_first_weight(qtbot, make_window):
    window = make_window(Experiment(layers=(6, 5), activation="tanh"))
    viewer, panel = window.viewer, inspector_of(window)
    assert viewer.selection is None
    label = viewer.context.sample.label
    click(qtbot, panel, Place("unit", 2, label))
    assert viewer.selection == Place("unit", 2, label)
    walked = []
    while viewer.selection.layer or viewer.selection.kind != "weight":
        kind = "weight" if viewer.selection.kind == "unit" else "unit"
        at = viewer.selection
        goals = [place_of(link) for _, _, link in panel.view.links()]
        below = at.layer if kind == "weight" else at.layer - 1
        goal = next(g for g in goals if g.kind == kind and g.layer == below)
        click(qtbot, panel, goal)
        assert viewer.selection == goal
        walked.append((goal.kind, goal.layer))
    assert walked == [("weight", 2), ("unit", 1), ("weight", 1), ("unit", 0), ("weight", 0)]
    click(qtbot, panel, Place("loss"))
    assert viewer.selection == Place("loss")


def test_links_are_followed_with_the_keyboard(qtbot, make_window):
    window = make_window(Experiment(layers=(6,)))
    viewer, panel = window.viewer, inspector_of(window)
    window.activateWindow()
    panel.view.setFocus(Qt.FocusReason.TabFocusReason)
    assert panel.view.link_number() == 0, "the first Tab marks the first link"
    qtbot.keyClick(panel.view, Qt.Key.Key_Tab)
    assert panel.view.link_number() == 1
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert viewer.selection == Place("unit", 1, viewer.context.sample.label)
    assert panel.view.link_number() == 0, "the keyboard goes on in the new page"


def test_back_leads_to_the_link_that_was_followed(qtbot, make_window):
    window = make_window(Experiment(layers=(6,)))
    viewer, panel = window.viewer, inspector_of(window)
    window.view.arrangement.bring_forward("draw")
    qtbot.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: window.view.docks["inspector"].in_sight and panel.view.hasFocus())
    assert panel.view.link_number() == 0
    for _ in range(4):
        qtbot.keyClick(panel.view, Qt.Key.Key_Tab)
    assert panel.view.link_number() == 4
    goal = place_of(panel.view.links()[4][2])
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert viewer.selection == goal
    qtbot.keyClick(window, Qt.Key.Key_Backspace)
    assert viewer.selection is None
    assert panel.view.link_number() == 4


def test_what_only_comes_into_sight_takes_no_focus(qtbot, make_window):
    window = make_window(Experiment(layers=(6,)))
    panel, view = inspector_of(window), window.view
    window.viewer.select_place(Place("unit", 0, 3))
    assert panel.back_button.isVisible()
    others = [p for key, p in view.panels.items() if key != "inspector" and p.isVisible()]
    for other in others:
        for widget in other.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                view.arrangement.toggle_maximised("inspector")
                assert not panel.back_button.hasFocus()
                assert panel.view.link_number() == -1
                view.arrangement.restore_panels()
                break


def test_back_and_back_again(qtbot, make_window):
    window = make_window(Experiment(layers=(6,)))
    viewer, panel = window.viewer, inspector_of(window)
    assert not panel.back_button.isVisible()
    places = [Place("unit", 1, 2), Place("weight", 1, 2, 3), Place("unit", 0, 3)]
    for place in places:
        viewer.select_place(place)
    assert panel.back_button.isVisible()
    assert panel.back_button.toolTip() == "Back to class 2 ← hidden 1, unit 3  (Backspace)"
    qtbot.keyClick(window, Qt.Key.Key_Backspace)
    assert viewer.selection == places[1]
    panel.back_button.click()
    assert viewer.selection == places[0]
    qtbot.keyClick(window, Qt.Key.Key_Backspace)
    assert viewer.selection is None
    assert not panel.back_button.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Backspace)
    assert viewer.selection is None


def test_a_new_run_has_no_way_back(make_window, make_viewer):
    window = make_window(Experiment(layers=(6,)))
    window.viewer.select_place(Place("unit", 0, 3))
    window.viewer.start_now(Experiment(layers=(4,)), "another")
    assert not inspector_of(window).back_button.isVisible()
    assert window.viewer.selection is None


def test_pointing_brings_the_inspector_into_sight_once(qtbot, make_window):
    window = make_window(Experiment(layers=(6,)))
    viewer, view = window.viewer, window.view
    view.arrangement.bring_forward("draw")
    qtbot.waitUntil(lambda: not view.docks["inspector"].in_sight)
    viewer.select_place(Place("unit", 0, 3))
    qtbot.waitUntil(lambda: view.docks["inspector"].in_sight)
    qtbot.waitUntil(lambda: "hidden 1, unit 3" in inspector_of(window).header.subtitle._text)
    view.arrangement.bring_forward("draw")
    qtbot.waitUntil(lambda: not view.docks["inspector"].in_sight)
    viewer.advance_now()
    assert not view.docks["inspector"].in_sight
    viewer.select_place(None)
    assert not view.docks["inspector"].in_sight


def test_its_key_shows_it(qtbot, make_window):
    window = make_window(Experiment(layers=(6,)))
    window.view.docks["inspector"].close()
    qtbot.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: window.view.docks["inspector"].in_sight)


def test_it_stays_in_place_while_numbers_change(qtbot, make_window):
    window = make_window(Experiment(layers=(6,), optimizer="adam"))
    viewer, panel = window.viewer, inspector_of(window)
    viewer.select_place(Place("weight", 0, 3, 20))
    bar = panel.view.verticalScrollBar()
    bar.setValue(60)
    panel.view._select_link(3)
    panel.view.verticalScrollBar().setValue(60)
    before = panel.view.toPlainText()
    viewer.advance_now()
    assert panel.view.toPlainText() != before
    assert bar.value() == 60
    assert panel.view.link_number() == 3
    viewer.select_place(Place("weight", 0, 3, 21))
    assert bar.value() == 0
    assert panel.view.link_number() == -1


def test_the_next_batch_is_worked_out_beside_the_window(qtbot, make_window):
    window = make_window(Experiment(layers=(6,), batch_size=64))
    viewer, panel = window.viewer, inspector_of(window)
    viewer.select_place(Place("weight", 0, 3, 20))
    qtbot.waitUntil(lambda: "batch of 64" in panel.view.toPlainText())
    viewer.advance_now()
    qtbot.waitUntil(lambda: "epoch 1 ·" in panel.view.toPlainText())
    viewer.select_place(Place("unit", 0, 3))
    assert "batch of 64" not in panel.view.toPlainText()


def test_a_changed_learning_rate_is_that_of_the_next_step(qtbot, make_window):
    window = make_window(Experiment(layers=(6,), learning_rate=0.5))
    viewer, panel = window.viewer, inspector_of(window)
    viewer.select_place(Place("weight", 0, 3, 20))
    viewer.set_learning_rate(0.125)
    _, eta, gradient = Reader(panel).worked("w ← w − η·g")
    assert eta == 0.125
    shown = Reader(panel).number("w ← w − η·g")
    viewer.step()
    qtbot.waitUntil(lambda: viewer.frame.epoch == 1 and not viewer.training)
    assert shown == pytest.approx(float(viewer.frame.parameters.weights[0][3, 20]), rel=1e-5)
    close(gradient, float(viewer.run.first_frame.gradients.weights[0][3, 20]))


class Later:
    """Keeps jobs until they are wanted done."""

    def __init__(self) -> None:
        self.jobs = []

    def submit(self, kind, job, done) -> None:
        self.jobs.append((job, done))

    def is_busy(self, kind) -> bool:
        return bool(self.jobs)

    def finish(self, number: int) -> None:
        job, done = self.jobs[number]
        done(job())


def test_an_answer_that_comes_too_late_is_dropped(make_viewer, panel):
    viewer = trained(make_viewer, batch_size=64)
    place, other = Place("weight", 0, 3, 20), Place("weight", 0, 4, 20)
    inspector = panel(viewer, place)
    inspector.background = Later()
    viewer.selection = other
    inspector.show_frame(viewer.frame, viewer.context)
    viewer.selection = place
    inspector.show_frame(viewer.frame, viewer.context)
    here = inspector.view.toPlainText()
    inspector.background.finish(0)
    assert inspector.view.toPlainText() == here
    inspector.background.finish(1)
    assert inspector.view.toPlainText() == here  # the same place at the same epoch
    viewer.selection = other
    inspector.show_frame(viewer.frame, viewer.context)
    inspector.background.finish(2)
    assert "unit 4" in inspector.header.subtitle._text


@pytest.mark.parametrize("batch_size", [None, 64])
def test_it_follows_a_run_that_trains(qtbot, make_window, batch_size):
    last = 400 if batch_size is None else 30
    window = make_window(Experiment(layers=(6,), batch_size=batch_size, epochs=last))
    viewer, panel = window.viewer, inspector_of(window)
    viewer.select_place(Place("weight", 0, 3, 20))
    viewer.set_rate(None)
    viewer.train()
    qtbot.waitUntil(lambda: viewer.frame.epoch == last and not viewer.training, timeout=30_000)
    qtbot.waitUntil(lambda: f"epoch {last} ·" in panel.view.toPlainText())
    page, frame = Reader(panel), viewer.frame
    assert frame.epoch == last
    found = page.worked("w ← w − η·g")[0]
    assert found == pytest.approx(float(frame.parameters.weights[0][3, 20]), rel=1e-5)
    viewer.seek(10)
    qtbot.waitUntil(lambda: "epoch 10 ·" in panel.view.toPlainText())
    found = Reader(panel).worked("w ← w − η·g")[0]
    past = viewer.frame.parameters.weights[0][3, 20]
    assert found == pytest.approx(float(past), rel=1e-5)


class TestSentences:
    """Every part begins with a sentence whose numbers are those of the slow mathematics."""

    def manner(self, shown, name: str) -> None:
        shown.manner.setCurrentIndex(shown.manner.findText(name))

    @pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid", "identity"])
    def test_a_hidden_unit(self, make_viewer, panel, activation):
        viewer = trained(make_viewer, activation=activation)
        truth = Truth(viewer)
        z = plain.pre_activations(truth.experiment, truth.parameters, truth.sample.x[None])[0][0, 4]
        a = float(plain.FUNCTIONS[activation](z))
        text = panel(viewer, Place("unit", 0, 4)).view.toPlainText().replace("\u2212", "-")
        (said,) = re.findall(r"its bias: (\S+)\. It [^:]*: (\S+)\.", text)
        assert [float(one) for one in said] == pytest.approx([z, a], rel=1e-3)

    def test_an_output_and_the_loss(self, make_viewer, panel):
        viewer = trained(make_viewer)
        truth = Truth(viewer)
        zs = plain.pre_activations(truth.experiment, truth.parameters, truth.sample.x[None])[-1]
        p = plain.probabilities(zs)[0]
        label = truth.sample.label
        text = panel(viewer, Place("unit", 2, label)).view.toPlainText()
        shares = re.findall(r"shares of 100\s%:\s([\d.]+)\s% for class (\w+)", text)
        assert [(float(share), name) for share, name in shares] == [
            (pytest.approx(100 * p[label], abs=0.051), viewer.run.dataset.classes[label])
        ]
        (loss,) = re.findall(r"how wrong that is: ([\d.]+);", text)
        assert float(loss) == pytest.approx(-np.log(p[label]), rel=1e-3)

    @pytest.mark.parametrize("place", [Place("unit", 1, 5), LOSS])
    def test_hardly_any_chance_and_odd_names_are_read_as_they_are(self, make_viewer, panel, place):
        """``<0.1`` and a class called ``<b>5`` are no marks of the page's own language."""
        data = replace(load_dataset("digits"), classes=(*"01234", "<b>5", *"6789"))
        viewer = make_viewer(Experiment(layers=(10,), learning_rate=100.0, activation="tanh"), data)
        for _ in range(3):
            viewer.advance_now()
        assert viewer.context.sample.label == 5
        p = viewer.context.trace.answers[5]
        assert p < 1e-6
        text = panel(viewer, place).view.toPlainText()
        said = "for class <b>5" if place.kind == "unit" else "the true class, <b>5, a chance of "
        assert said in text and re.search(r"(<0\.1|0\.0)\s%", text)

    @pytest.mark.parametrize("place", [Place("weight", 1, 2, 3), Place("bias", 0, 4)])
    def test_the_way_back_and_the_step(self, make_viewer, panel, place):
        viewer = trained(make_viewer)
        text = panel(viewer, place).view.toPlainText().replace("\u2212", "-")
        gradient = Reader(panel(viewer, place)).number(
            "∂L/∂w" if place.kind == "weight" else "∂L/∂b"
        )
        (way, size) = re.findall(r"would become (\w+): by about (\S+) times", text)[0]
        assert way == ("larger" if gradient > 0 else "smaller")
        assert float(size) == pytest.approx(abs(gradient), rel=1e-3)
        before = viewer.frame.parameters
        viewer.advance_now()
        after = viewer.frame.parameters
        if place.kind == "weight":
            change = (after.weights[1] - before.weights[1])[2, 3]
        else:
            change = (after.biases[0] - before.biases[0])[4]
        (way, size) = re.findall(r"next step moves the \w+ (up|down) by (\S+), to", text)[0]
        assert way == ("up" if change > 0 else "down")
        assert float(size) == pytest.approx(abs(change), rel=1e-3)

    def test_words_formulas_or_both(self, make_viewer, panel):
        shown = panel(trained(make_viewer), Place("unit", 0, 4))
        texts = {}
        for name in ("words, formulas", "words", "formulas"):
            self.manner(shown, name)
            texts[name] = shown.view.toPlainText()
        sentence, formula = "This unit adds up", "z = Σ"
        assert [sentence in text for text in texts.values()] == [True, True, False]
        assert [formula in text for text in texts.values()] == [True, False, True]
        assert shown.choices()["manner"] == "formulas"
        for text in texts.values():
            assert all(part in text for part in ("forward", "loss", "backward"))

    @pytest.mark.parametrize("place", [Place("unit", 0, 7), Place("unit", 1, 3)])
    def test_forward_loss_and_backward_are_seen_at_once_in_explain(self, make_window, qtbot, place):
        window = make_window(size=(1440, 900))
        window.view.arrangement.arrange()
        window.viewer.step(5)
        qtbot.waitUntil(lambda: window.viewer.frame.epoch == 5 and not window.viewer.training)
        window.viewer.select_place(place)
        view = window.view.panels["inspector"].view
        qtbot.waitUntil(lambda: "backward" in view.toPlainText())
        assert view.document().size().height() <= view.viewport().height() + 1


@pytest.mark.parametrize("percent", [80, 100, 175])
def test_the_page_follows_the_size_of_text_and_is_not_cut(make_window, qtbot, percent):
    window = make_window()
    window.text.choose(percent)
    window.viewer.select_place(Place("weight", 0, 3, 20))
    view = window.view.panels["inspector"].view
    qtbot.waitUntil(lambda: "forward" in view.toPlainText())
    sizes = [int(size) for size in re.findall(r"font-size:(\d+)px", view._page)]
    assert max(sizes) == round(13 * percent / 100)
    assert view.document().size().width() <= view.viewport().width() + 1
