"""The confusion matrix against its definition, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnfs_core.data import load_dataset
from nnfs_core.diagnose.confusion import Confusion, Examiner
from nnfs_core.experiment import Experiment, presets
from nnfs_core.training.trainer import Trainer
from tests.core import plain


@st.composite
def answers(draw):
    """Labels, predictions and confidences; few values, so that there are ties and gaps."""
    classes = draw(st.integers(1, 6))
    count = draw(st.integers(0, 40))
    numbers = st.lists(st.integers(0, classes - 1), min_size=count, max_size=count)
    sure = st.lists(st.sampled_from([0.2, 0.5, 0.50001, 0.9]), min_size=count, max_size=count)
    labels, predicted = (np.array(draw(numbers), np.intp) for _ in range(2))
    return Confusion(labels, predicted, np.array(draw(sure), np.float32), classes)


@given(answers())
def test_counts_recall_and_precision_are_as_defined(confusion):
    for true in range(confusion.classes):
        for predicted in range(confusion.classes):
            count = sum(
                pair == (true, predicted)
                for pair in zip(confusion.labels, confusion.predicted, strict=True)
            )
            assert confusion.counts[true, predicted] == count
            of_class = sum(label == true for label in confusion.labels)
            if of_class:
                assert confusion.shares[true, predicted] == count / of_class
            else:
                assert np.isnan(confusion.shares[true, predicted])
    for k in range(confusion.classes):
        found = sum((confusion.labels == k) & (confusion.predicted == k))
        for ratio, whole in (
            (confusion.recall[k], sum(confusion.labels == k)),
            (confusion.precision[k], sum(confusion.predicted == k)),
        ):
            assert np.isnan(ratio) if whole == 0 else ratio == found / whole
    assert confusion.right == sum(confusion.labels == confusion.predicted)


@given(answers())
def test_a_cell_holds_its_samples_worst_first(confusion):
    seen = []
    for true in range(confusion.classes):
        for predicted in range(confusion.classes):
            rows = confusion.cell(true, predicted).tolist()
            sign = 1 if true == predicted else -1
            wanted = [
                row
                for row in range(len(confusion.labels))
                if (confusion.labels[row], confusion.predicted[row]) == (true, predicted)
            ]
            assert rows == sorted(wanted, key=lambda row: sign * float(confusion.confidence[row]))
            seen += rows
    assert sorted(seen) == list(range(len(confusion.labels)))
    wrong = [row for row in seen if confusion.labels[row] != confusion.predicted[row]]
    wanted = sorted(sorted(wrong), key=lambda row: -float(confusion.confidence[row]))
    assert confusion.errors.tolist() == wanted


def test_without_samples_there_is_no_accuracy():
    nothing = np.empty(0, np.intp)
    confusion = Confusion(nothing, nothing, np.empty(0), 3)
    assert np.isnan(confusion.accuracy)
    assert confusion.counts.tolist() == [[0] * 3] * 3


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(),
        Experiment(layers=(12, 9), activation="tanh", dtype="float64", loss="mean-squared-error"),
        Experiment(layers=(16,), optimizer="adam", learning_rate=0.01, batch_size=64),
    ],
    ids=["digits", "float64", "batches"],
)
def test_an_examined_network_answers_as_on_paper(experiment):
    data = load_dataset("digits")
    trainer = Trainer(experiment, data)
    for _ in range(3):
        trainer.step_epoch()
    frame = trainer.frame()
    for x, y in ((data.train_x, data.train_y), (data.validation_x, data.validation_y)):
        examiner = Examiner(trainer.network, x, y, experiment.dtype)
        confusion = examiner.confusion(frame.parameters)
        logits = plain.pre_activations(experiment, frame.parameters, x)[-1]
        p = plain.probabilities(logits)
        # Two probabilities that agree to seven digits may be told apart either way.
        highest = np.sort(p, axis=1)
        clear = highest[:, -1] - highest[:, -2] > 1e-6
        assert clear.mean() > 0.99
        np.testing.assert_array_equal(confusion.predicted[clear], p.argmax(axis=1)[clear])
        np.testing.assert_allclose(confusion.confidence, p.max(axis=1), rtol=1e-4)
        np.testing.assert_array_equal(confusion.labels, y)


@pytest.mark.parametrize("preset", ["digits", "digits-deep", "digits-symmetry"])
def test_the_accuracy_is_that_of_the_epoch(preset):
    """Also where symmetric weights make classes equally probable, but for rounding."""
    experiment = presets()[preset]
    data = load_dataset(experiment.dataset)
    trainer = Trainer(experiment, data)
    validation = Examiner(trainer.network, data.validation_x, data.validation_y, experiment.dtype)
    train = Examiner(trainer.network, data.train_x, data.train_y, experiment.dtype)
    for _ in range(6):
        metrics, parameters = trainer.metrics, trainer.frame().parameters
        assert validation.confusion(parameters).accuracy == metrics.validation_score
        if experiment.batch_size is None or trainer.epoch == 0:
            assert train.confusion(parameters).accuracy == metrics.train_score
        trainer.step_epoch()


def test_examining_again_leaves_what_was_said_alone():
    data = load_dataset("digits")
    trainer = Trainer(Experiment(), data)
    examiner = Examiner(trainer.network, data.validation_x, data.validation_y, "float32")
    first = examiner.confusion(trainer.frame().parameters)
    before = first.predicted.copy(), first.confidence.copy()
    for _ in range(20):
        trainer.step_epoch()
    second = examiner.confusion(trainer.frame().parameters)
    np.testing.assert_array_equal(first.predicted, before[0])
    np.testing.assert_array_equal(first.confidence, before[1])
    assert second.accuracy > first.accuracy


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_rounded_to_certainty_is_not_called_certain(dtype):
    """Others have 10⁻⁹ beside it; where nothing is left for them, it is all."""
    data = plain.make_dataset(samples=20)
    trainer = Trainer(Experiment(layers=(), dtype=dtype), data)
    for lead, certain in ((20.7, False), (2000.0, True)):
        sure = type(trainer.parameters).over(
            np.zeros_like(trainer.parameters.flat), trainer.parameters.sizes
        )
        sure.biases[0][1] = lead
        found = Examiner(trainer.network, data.train_x, data.train_y, dtype).confusion(sure)
        assert ((found.confidence == 1) == certain).all()
        np.testing.assert_allclose(found.confidence, 1, atol=1e-6)
