"""A number to predict: trained, measured, kept, explained, against formulas written out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import nnfs_core as nnfs
from nnfs_core.data.base import Dataset
from nnfs_core.data.scale import Scale
from nnfs_core.diagnose.health import Probe
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.explain import Subject, ValueBackward, ValueLoss, explain
from nnfs_core.explain.stages import sample_pass
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.replay import Replayer
from nnfs_core.history.run import Fingerprint, Run, check_dataset
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.model.tasks import Regression, task_of
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.step import next_step
from nnfs_core.training.trainer import NotFiniteError, Trainer

from .plain import pre_activations
from .refusals import refusal

LOSSES = ("mean-squared-error", "mean-absolute-error")


def houses(samples: int = 120, seed: int = 0, **given) -> Dataset:
    """Made prices in thousands: mostly a plane, bent a little, with noise."""
    generator = np.random.default_rng(seed)
    x = np.c_[generator.uniform(20, 200, samples), generator.integers(1, 7, samples)]
    price = 3 * x[:, 0] + 40 * x[:, 1] + 60 * np.sin(x[:, 0] / 20) + generator.normal(0, 9, samples)
    given = {"inputs": ("area", "rooms"), "target": "price", "dtype": "float64"} | given
    return Dataset.from_arrays(x, price, task="regression", name="houses", **given)


HOUSES = houses()


def experiment(**changes) -> Experiment:
    values = {"layers": (5,), "activation": "tanh", "loss": LOSSES[0], "learning_rate": 0.05}
    return Experiment(**values | {"dtype": "float64"} | changes)


def said(trainer: Trainer, x: np.ndarray) -> np.ndarray:
    """Return z of every sample, the slow way."""
    return pre_activations(trainer.experiment, trainer.parameters, x)[-1][:, 0]


def targets(data: Dataset, y: np.ndarray) -> np.ndarray:
    """Return t by the formula, from the numbers of the training part alone."""
    return (y - data.train_y.mean()) / data.train_y.std()


def mean_loss(name: str, z: np.ndarray, t: np.ndarray) -> float:
    return float(np.mean((z - t) ** 2 if name == LOSSES[0] else abs(z - t)))


class TestData:
    def test_what_is_predicted_stays_in_its_own_units(self):
        assert (HOUSES.task, HOUSES.target, HOUSES.classes) == ("regression", "price", ())
        assert HOUSES.outputs == 1 and len(HOUSES.validation_y) == 24
        assert HOUSES.train_y.min() > 50
        mean, deviation = HOUSES.train_y.mean(), HOUSES.train_y.std()
        assert HOUSES.target_scale.low == pytest.approx(mean, rel=1e-14)
        assert HOUSES.target_scale.high == pytest.approx(mean + deviation, rel=1e-14)
        assert task_of(HOUSES) == Regression("price", HOUSES.target_scale)

    def test_a_test_part_of_ones_own_is_taken(self):
        data = houses(test=(np.array([[30.0, 2.0]]), [200]))
        assert data.validation_name == "test" and data.validation_y.tolist() == [200.0]
        assert len(data.train_y) == 120

    def test_a_few_samples_are_all_learned_from(self):
        data = houses(samples=6)
        assert len(data.train_y) == 6 and not len(data.validation_y)
        assert data.notes == ("there are only 6 samples: none is left for validation",)

    @pytest.mark.parametrize(
        ("y", "parts"),
        [
            (["a"] * 12, ("must be numbers", "classification")),
            ([1.0, np.nan] * 6, ("is missing, or not finite",)),
            ([7.5] * 12, ("there is nothing to predict", "only 7.5")),
            ([1.0] * 11, ("one number for each sample", "(12,)", "(11,)")),
        ],
    )
    def test_what_cannot_be_predicted_is_one_line(self, y, parts):
        x = np.arange(24.0).reshape(12, 2)
        refusal(lambda: Dataset.from_arrays(x, y, task="regression"), *parts)

    def test_measurements_as_classes_name_the_way_out(self):
        x, y = np.arange(80.0).reshape(40, 2), np.arange(40) + 0.5
        refusal(lambda: Dataset.from_arrays(x, y), "task", both_sides=False)

    def test_numbers_at_the_end_of_float64_are_predicted(self):
        x = np.arange(24.0).reshape(12, 2)
        data = Dataset.from_arrays(x, np.arange(12) * 1e307, task="regression", dtype="float64")
        trainer = Trainer(experiment(), data)
        small = Dataset.from_arrays(x, np.arange(12), task="regression", dtype="float64")
        same = Trainer(experiment(), small).metrics
        assert trainer.metrics.train_loss == pytest.approx(same.train_loss, rel=1e-9)
        assert trainer.metrics.train_score == pytest.approx(same.train_score, rel=1e-9)

    def test_a_task_that_is_not_there_is_one_line(self):
        data = replace(HOUSES, task="guessing")
        refusal(lambda: Trainer(experiment(), data), "no such task", "regression", "guessing")


@pytest.mark.parametrize("loss", LOSSES)
class TestTraining:
    def test_loss_and_score_are_those_of_the_formulas(self, loss):
        trainer = Trainer(experiment(loss=loss, layers=(5, 4)), HOUSES)
        for _ in range(30):
            trainer.step_epoch()
        for part, x, y in (
            ("train", HOUSES.train_x, HOUSES.train_y),
            ("validation", HOUSES.validation_x, HOUSES.validation_y),
        ):
            z, t = said(trainer, x), targets(HOUSES, y)
            found = getattr(trainer.metrics, f"{part}_loss")
            assert found == pytest.approx(mean_loss(loss, z, t), rel=1e-11)
            r2 = 1 - ((z - t) ** 2).sum() / ((t - t.mean()) ** 2).sum()
            assert getattr(trainer.metrics, f"{part}_score") == pytest.approx(r2, rel=1e-10)

    @pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
    @pytest.mark.parametrize("layers", [(), (5,), (4, 3)])
    def test_the_gradient_is_the_central_difference(self, loss, activation, layers):
        given = experiment(loss=loss, activation=activation, layers=layers, seed=2)
        trainer = Trainer(given, HOUSES)
        for _ in range(3):
            trainer.step_epoch()
        w, t, h = trainer.parameters.flat.copy(), targets(HOUSES, HOUSES.train_y), 1e-6
        for at in range(w.size):
            ends = []
            for step in (h, -h):
                moved = w.copy()
                moved[at] += step
                there = Parameters.over(moved, trainer.network.sizes)
                z = pre_activations(given, there, HOUSES.train_x)[-1][:, 0]
                ends.append(mean_loss(loss, z, t))
            numeric = (ends[0] - ends[1]) / (2 * h)
            assert trainer.gradient.flat[at] == pytest.approx(numeric, rel=2e-6, abs=2e-8)

    def test_mini_batches_go_through_every_sample(self, loss):
        trainer = Trainer(experiment(loss=loss, batch_size=7, learning_rate=1e-12), HOUSES)
        whole = trainer.metrics.train_loss, trainer.metrics.train_score
        trainer.step_epoch()
        # With next to no step the running mean is that of the same weights.
        assert trainer.metrics.train_loss == pytest.approx(whole[0], rel=1e-9)
        assert trainer.metrics.train_score == pytest.approx(whole[1], abs=1e-9)

    def test_it_learns(self, loss):
        given = experiment(loss=loss, layers=(12,), optimizer="adam", learning_rate=0.01)
        trainer = Trainer(given, HOUSES)
        for _ in range(1500):
            trainer.step_epoch()
        assert trainer.metrics.validation_score > 0.97
        assert trainer.metrics.train_loss < 0.1

    @pytest.mark.parametrize("batch_size", [None, 16])
    def test_every_epoch_comes_back(self, loss, batch_size, tmp_path):
        given = experiment(loss=loss, batch_size=batch_size, dtype="float32")
        data = houses(dtype="float32")
        trainer, recording = Trainer(given, data), Recording(Budget(stride=5))
        states = [trainer.state()]
        recording.append(trainer.metrics)
        recording.keyframes.offer(trainer)
        for _ in range(17):
            recording.append(trainer.step_epoch())
            recording.keyframes.offer(trainer)
            states.append(trainer.state())
        path, print_ = tmp_path / "run.nnfs", Fingerprint.of(data)
        run = Run(given, "houses", 17, (recording,), (states[-1],), 0, print_, rules=data.rules)
        save_run(path, run)
        again = load_run(path)
        assert (again.data.task, again.data.target) == ("regression", "price")
        check_dataset(again, data)
        replayer = Replayer(Arranged.of(again.experiment, data))
        for epoch in (0, 3, 12, 17):
            found = replayer.state(again.recordings[0], epoch)
            np.testing.assert_array_equal(found.numbers, states[epoch].numbers)
        np.testing.assert_array_equal(again.recordings[0].columns, recording.columns)
        other = replace(data, train_y=data.train_y + 1)
        refusal(lambda: check_dataset(again, other), "other numbers", both_sides=False)


def test_the_loss_of_classes_is_refused_or_replaced_and_said():
    given = Experiment(layers=(3,))
    refusal(lambda: Trainer(given, HOUSES), "cross-entropy", "mean-squared-error")
    fitted, note = given.fitted(task_of(HOUSES))
    assert fitted.loss == "mean-squared-error"
    assert note == "the loss is mean-squared-error: cross-entropy is not for regression"
    assert experiment().fitted(task_of(HOUSES)) == (experiment(), "")


def test_numbers_that_blow_up_name_where():
    trainer = Trainer(experiment(learning_rate=1e200, activation="identity"), HOUSES)
    with pytest.raises(NotFiniteError) as caught:
        for _ in range(50):
            trainer.step_epoch()
    assert caught.value.place


def test_a_validation_part_of_one_value_has_no_score():
    x = np.array([[30.0, 2.0], [60.0, 3.0]])
    trainer = Trainer(experiment(), houses(test=(x, [200.0, 200.0])))
    assert np.isnan(trainer.metrics.validation_score)
    assert np.isfinite(trainer.metrics.validation_loss)
    trainer.step_epoch()


class TestLibrary:
    @pytest.fixture
    def trained(self):
        return nnfs.train(experiment(layers=(8,), epochs=100), HOUSES)

    def test_answers_are_in_the_units_of_the_data(self, trained):
        x = np.array([[100.0, 3.0], [40.0, 1.0]])
        inputs = (x - HOUSES.scale.low) / (HOUSES.scale.high - HOUSES.scale.low)
        z = pre_activations(trained.experiment, trained.parameters, inputs)[-1]
        expected = z * HOUSES.train_y.std() + HOUSES.train_y.mean()
        np.testing.assert_allclose(nnfs.predict(trained, x), expected, rtol=1e-12)

    def test_it_is_measured_in_the_units_of_the_data(self, trained):
        found = nnfs.evaluate(trained, HOUSES)
        inputs, y = HOUSES.validation_x, HOUSES.validation_y
        answers = nnfs.predict(trained, inputs, scaled=True)[:, 0]
        assert found.error == pytest.approx(np.mean(abs(answers - y)), rel=1e-12)
        r2 = 1 - ((answers - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
        assert found.score == pytest.approx(r2, rel=1e-10) and found.samples == 24
        deviation = HOUSES.train_y.std()
        assert found.loss == pytest.approx(np.mean(((answers - y) / deviation) ** 2), rel=1e-10)

    def test_weights_keep_what_they_say(self, trained, tmp_path):
        path = tmp_path / "houses.npz"
        nnfs.save_weights(path, trained)
        again = nnfs.load_weights(path)
        assert again.meaning == trained.meaning
        assert (again.meaning.task, again.meaning.target) == ("regression", "price")
        assert again.meaning.target_scale == HOUSES.target_scale
        x = np.array([[100.0, 3.0]])
        np.testing.assert_array_equal(nnfs.predict(again, x), nnfs.predict(trained, x))
        with np.load(path, allow_pickle=False) as file:  # as docs/weights-file.md says
            low, high = file["target_scale"]
            inputs = (x[0] - file["scale"][0]) / (file["scale"][1] - file["scale"][0])
            z = file["W2"] @ np.tanh(file["W1"] @ inputs + file["B1"].ravel()) + file["B2"].ravel()
        assert z[0] * (high - low) + low == pytest.approx(nnfs.predict(trained, x)[0, 0], rel=1e-12)

    @pytest.mark.parametrize(
        ("changes", "part"),
        [
            ({"target_scale": np.array([2.0, 1.0])}, "target_scale"),
            ({"target_scale": np.array([0.0, np.inf])}, "target_scale"),
            ({"target_scale": np.array(["a", "b"])}, "target_scale"),
            ({"task": np.array("guessing")}, "task"),
        ],
    )
    def test_forged_weights_are_refused(self, trained, tmp_path, changes, part):
        path = tmp_path / "houses.npz"
        nnfs.save_weights(path, trained)
        with np.load(path, allow_pickle=False) as file:
            entries = dict(file)
        np.savez(path, **entries | changes)
        refusal(lambda: nnfs.load_weights(path), part, both_sides=False)

    def test_other_data_is_refused(self, trained):
        refusal(lambda: nnfs.evaluate(trained, houses(seed=4)), "another scale", both_sides=False)
        digits = nnfs.load_dataset("digits")
        refusal(lambda: nnfs.evaluate(trained, digits), "does not fit")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", ["input", "unit", "weight", "bias"])
def test_every_number_is_explained(loss, kind):
    trainer = Trainer(experiment(loss=loss, layers=(4, 3)), HOUSES)
    for _ in range(5):
        trainer.step_epoch()
    frame, row = trainer.frame(), 7
    x, y = HOUSES.train_x[row], float(HOUSES.train_y[row])
    step = next_step(trainer.experiment, trainer.network, HOUSES, frame.state)
    subject = Subject(x, y, "train", row)
    z = pre_activations(trainer.experiment, trainer.parameters, x[None])[-1][0, 0]
    t = float(targets(HOUSES, np.array([y]))[0])
    for layer in range(3) if kind != "input" else (0,):
        place = Place(kind, layer, 0, 1)
        found = explain(
            trainer.experiment,
            trainer.network,
            frame,
            frame.parameters,
            subject,
            place,
            step,
        )
        assert found.check.relative_error < 1e-6
        assert isinstance(found.loss, ValueLoss)
        assert found.loss.value == pytest.approx(mean_loss(loss, z, t), rel=1e-11)
        assert (found.loss.true, found.loss.t) == (y, pytest.approx(t, rel=1e-12))
        assert found.loss.said == pytest.approx(
            z * HOUSES.train_y.std() + HOUSES.train_y.mean(), rel=1e-12
        )
    if kind == "unit":
        assert isinstance(found.backward, ValueBackward)
        slope = 2 * (z - t) if loss == LOSSES[0] else np.sign(z - t)
        assert found.backward.gradient == pytest.approx(slope, rel=1e-11)
        assert found.forward.softmax is None and found.forward.said == found.loss.said
    passed = sample_pass(trainer.network, trainer.parameters, x, y)
    assert passed.loss == pytest.approx(mean_loss(loss, z, t), rel=1e-11)


def test_a_drawing_of_it_has_no_loss():
    trainer = Trainer(experiment(), HOUSES)
    frame = trainer.frame()
    found = explain(
        trainer.experiment,
        trainer.network,
        frame,
        frame.parameters,
        Subject(HOUSES.train_x[0], None, "drawn", 0),
        Place("unit", 1, 0),
        None,
    )
    assert found.loss is None and found.backward is None


def test_health_looks_at_answers_of_either_sign():
    trainer = Trainer(experiment(), HOUSES)
    health = Probe(trainer.experiment, trainer.network, HOUSES).examine(trainer.state())
    assert health.activations[-1].counts.sum() == len(HOUSES.train_y)


def test_the_score_is_written_truly():
    score = Regression("y", Scale(0.0, 1.0)).score
    assert score.written(0.93456, 1) == "0.935"
    assert score.written(0.99999, 1) == ">0.999"
    assert score.written(1.0, 1) == "1.000"
    assert score.written(-0.5, 1) == "−0.500"
    assert score.named(0.5) == "R² 0.500"


def test_errors_are_of_one_kind():
    with pytest.raises(UserError):
        Trainer(Experiment(), HOUSES)
