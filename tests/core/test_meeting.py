"""Weights meet data by names: the right answer to a table that is ordered and named otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnfs_core.data import Dataset, load_dataset, read_samples
from nnfs_core.data.reading import OLD_RULES, Reading
from nnfs_core.data.samples import Part, Samples
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.files.meaning import Meaning
from nnfs_core.files.meeting import UNKNOWN, Met, Visitor, dataset_for, meet
from nnfs_core.history.run import Fingerprint
from tests.core.refusals import refusal

NAMES = ("height", "weight", "age")
CLASSES = ("cat", "dog", "emu")


def table(rows: int, seed: int) -> tuple[np.ndarray, list[str]]:
    """Return numbers of three very different sizes, and the class of each row."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(rows, 3)) * [1, 100, 0.01] + [5, -300, 0], 4)
    return x, [CLASSES[at] for at in rng.integers(0, 3, rows)]


def write(path: Path, x: np.ndarray, labels: list[str], names: tuple[str, ...] = NAMES) -> Path:
    lines = [",".join([*names, "label"])]
    for row, label in zip(x.tolist(), labels, strict=True):
        lines.append(",".join([*map(repr, row), label]))
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def trained_on(tmp_path: Path) -> tuple[Path, Dataset, Meaning]:
    path = write(tmp_path / "train.csv", *table(50, 1))
    data = load_dataset(path)
    return path, data, Meaning.of(data, Fingerprint.of(data))


def met(meaning: Meaning, path: Path, part: str | None = None, **how: object) -> Met:
    visitor = Visitor(meaning, (3, 4, 3), Experiment(), **how)
    return meet(visitor, str(path), read_samples(path), part)


def test_the_scale_is_the_weights_own_and_every_row_is_taken(trained_on, tmp_path):
    _, _, meaning = trained_on
    x, labels = table(30, 2)
    x *= 0.5  # with its own columns' ends it would look like the other table
    found = met(meaning, write(tmp_path / "other.csv", x, labels))
    assert (found.own, found.part, found.unknown) == (False, "all", {})
    low, high = np.asarray(meaning.scale.low), np.asarray(meaning.scale.high)
    np.testing.assert_allclose(found.x, (x - low) / (high - low), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.y, [CLASSES.index(label) for label in labels])
    assert found.classes == CLASSES


def test_columns_are_taken_by_their_names(trained_on, tmp_path):
    _, _, meaning = trained_on
    x, labels = table(30, 2)
    plain = met(meaning, write(tmp_path / "a.csv", x, labels))
    order = [2, 0, 1]
    mixed = np.column_stack([x[:, order], np.ones(30), x[:, 0]])
    names = (*(NAMES[at] for at in order), "spare", "more")
    found = met(meaning, write(tmp_path / "b.csv", mixed, labels, names))
    np.testing.assert_array_equal(found.x, plain.x)
    assert "2 columns not needed: spare, more" in found.notes


def test_a_missing_column_is_an_error_that_names_it(trained_on, tmp_path):
    _, _, meaning = trained_on
    x, labels = table(30, 2)
    path = write(tmp_path / "a.csv", x, labels, ("height", "girth", "age"))
    refusal(lambda: met(meaning, path), path, "weight", "height, weight, age", "girth")


def test_two_columns_of_a_needed_name_are_refused(trained_on, tmp_path):
    _, _, meaning = trained_on
    x, labels = table(30, 2)
    path = write(tmp_path / "a.csv", np.column_stack([x, x[:, 0]]), labels, (*NAMES, "height"))
    refusal(lambda: met(meaning, path), path, "two columns are called", both_sides=False)


def test_classes_are_matched_by_name_and_unknown_ones_are_wrong(trained_on, tmp_path):
    _, _, meaning = trained_on
    x, labels = table(30, 2)
    renamed = ["ant" if label == "dog" else label for label in labels]
    found = met(meaning, write(tmp_path / "a.csv", x, renamed))
    expected = [UNKNOWN if name == "ant" else CLASSES.index(name) for name in renamed]
    np.testing.assert_array_equal(found.y, expected)
    assert found.unknown == {"ant": renamed.count("ant")}
    assert any("ant" in note and "counted as wrong" in note for note in found.notes)


def test_a_table_without_one_of_the_classes_is_measured(trained_on, tmp_path):
    _, _, meaning = trained_on
    x, labels = table(30, 2)
    kept = [at for at, label in enumerate(labels) if label != "cat"]
    found = met(meaning, write(tmp_path / "a.csv", x[kept], [labels[at] for at in kept]))
    np.testing.assert_array_equal(found.y, [CLASSES.index(labels[at]) for at in kept])


def test_the_very_data_is_split_as_it_was_and_its_validation_part_is_taken(trained_on, tmp_path):
    path, data, meaning = trained_on
    elsewhere = tmp_path / "moved.csv"
    elsewhere.write_bytes(path.read_bytes())
    found = met(meaning, elsewhere)
    assert (found.own, found.part) == (True, "validation")
    np.testing.assert_array_equal(found.x, data.validation_x)
    np.testing.assert_array_equal(found.y, data.validation_y)
    for part, x in (
        ("training", data.train_x),
        ("all", np.concatenate([data.train_x, data.validation_x])),
    ):
        asked = met(meaning, elsewhere, part)
        np.testing.assert_array_equal(asked.x, x)
        assert any("trained on these samples" in note for note in asked.notes)
    refusal(lambda: met(meaning, elsewhere, "test"), "there is no test part")


def test_data_that_was_changed_by_one_number_is_other_data(trained_on, tmp_path):
    path, _, meaning = trained_on
    lines = path.read_text().split("\n")
    lines[7] = "5.5" + lines[7][lines[7].index(",") :]
    path.write_text("\n".join(lines))
    found = met(meaning, path)
    assert (found.own, found.part, len(found.y)) == (False, "all", 50)


def test_data_trained_on_by_old_rules_is_split_by_them(tmp_path):
    path = write(tmp_path / "train.csv", *table(50, 1))
    data = load_dataset(path, reading=Reading(rules=OLD_RULES))
    assert not np.array_equal(data.validation_x, load_dataset(path).validation_x)
    found = met(Meaning.of(data, Fingerprint.of(data)), path)
    assert found.own
    np.testing.assert_array_equal(found.x, data.validation_x)


def test_without_a_fingerprint_the_same_name_is_all_there_is_to_tell_by(tmp_path):
    path = write(tmp_path / "train.csv", *table(50, 1))
    old = load_dataset(path, reading=Reading(rules=OLD_RULES))
    found = met(Meaning(), path, dataset=str(path))
    assert found.own and found.part == "validation"
    assert any("no fingerprint" in note for note in found.notes)
    np.testing.assert_array_equal(found.x, old.validation_x)


def test_weights_that_name_nothing_take_columns_and_classes_in_order_and_say_so(tmp_path):
    x, labels = table(30, 2)
    path = write(tmp_path / "a.csv", x, labels)
    found = met(Meaning(), path)
    assert not found.own and found.part == "all" and len(found.y) == 30
    said = " ".join(found.notes)
    assert "so the columns, scale and classes of a.csv are taken" in said
    two = [at for at, label in enumerate(labels) if label != "cat"]
    path = write(tmp_path / "b.csv", x[two], [labels[at] for at in two])
    refusal(lambda: met(Meaning(), path), "W2 does not fit")


def test_another_source_with_a_test_part_is_measured_on_that(trained_on, tmp_path):
    _, data, meaning = trained_on
    x, labels = table(30, 2)
    numbers = np.array(labels)
    path = tmp_path / "a.npz"
    np.savez(path, x_train=x[:20], y_train=numbers[:20], x_test=x[20:], y_test=numbers[20:])
    for part, rows in ((None, slice(20, 30)), ("training", slice(0, 20)), ("all", slice(0, 30))):
        found = met(meaning, path, part)
        assert found.part == (part or "test")
        low, high = np.asarray(data.scale.low), np.asarray(data.scale.high)
        np.testing.assert_allclose(found.x, (x[rows] - low) / (high - low), rtol=1e-5, atol=1e-6)
    refusal(lambda: met(meaning, path, "validation"), "there is no validation part")


def test_data_in_another_unit_is_pointed_out(trained_on, tmp_path):
    _, _, meaning = trained_on
    x, labels = table(30, 2)
    assert not any(
        "another unit" in n for n in met(meaning, write(tmp_path / "a.csv", x, labels)).notes
    )
    found = met(meaning, write(tmp_path / "b.csv", x * 1000, labels))
    assert any("another unit" in note for note in found.notes)


def test_pictures_are_met_pixel_by_pixel_whatever_they_are_called(tmp_path):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 17, (40, 64))
    pixels[0, 0] = 16
    numbers = [str(at % 3) for at in range(40)]
    names = tuple(f"pixel{at}" for at in range(64))
    data = load_dataset(write(tmp_path / "a.csv", pixels, numbers, names))
    assert data.image_shape == (8, 8)
    other = tuple(f"{row}x{column}" for row in range(1, 9) for column in range(1, 9))
    path = write(tmp_path / "b.csv", pixels[::-1], numbers, other)
    meaning = Meaning.of(data, Fingerprint.of(data))
    found = meet(Visitor(meaning, (64, 3), Experiment()), str(path), read_samples(path))
    np.testing.assert_array_equal(found.x, (pixels[::-1] / np.float32(16)).astype(np.float32))


def test_no_validation_part_is_an_error_that_says_what_can_be_measured(tmp_path):
    path = write(tmp_path / "few.csv", *table(6, 3))
    data = load_dataset(path)
    assert not len(data.validation_y)
    meaning = Meaning.of(data, Fingerprint.of(data))
    with pytest.raises(UserError, match="--part training"):
        met(meaning, path)
    assert len(met(meaning, path, "training").y) == 6


def test_weights_trained_further_without_classes_they_do_not_know_know_what_they_saw(
    trained_on, tmp_path
):
    _, _, meaning = trained_on
    x, labels = table(60, 2)
    more = ["ant" if at % 4 == 0 else label for at, label in enumerate(labels)]
    path = write(tmp_path / "more.csv", x, more)
    visitor = Visitor(meaning, (3, 4, 3), Experiment())
    lent = dataset_for(visitor, str(path), read_samples(path))
    assert len(lent.train_y) + len(lent.validation_y) == 60 - more.count("ant")
    further = Meaning.of(lent, Fingerprint.of(lent))
    found = met(further, path)
    assert (found.own, found.part) == (True, "validation")
    np.testing.assert_array_equal(found.x, lent.validation_x)
    np.testing.assert_array_equal(found.y, lent.validation_y)
    assert any("left out 15 samples of class ant" in note for note in found.notes)


def test_of_data_that_may_only_have_moved_what_was_its_validation_part_is_measured(tmp_path):
    path = write(tmp_path / "moved.csv", *table(50, 1))
    old = load_dataset(path, reading=Reading(rules=OLD_RULES))
    found = met(Meaning(), path, dataset="elsewhere/moved.csv")
    assert (found.own, found.part) == (False, "validation")
    np.testing.assert_array_equal(found.x, old.validation_x)
    np.testing.assert_array_equal(found.y, old.validation_y)
    assert any("since it has the same name" in note for note in found.notes)
    found = met(Meaning(), path, dataset="elsewhere/train.csv")
    assert (found.own, found.part, len(found.y)) == (False, "all", 50)
    assert any("taken for other data than train.csv" in note for note in found.notes)
    assert len(met(Meaning(), path, "all", dataset="/home/somebody/train.csv").y) == 50
    # What the program itself brings is not in a file of somebody's.
    assert met(Meaning(), path, dataset="digits").part == "all"


def test_data_of_the_same_name_that_holds_something_else_by_now_is_refused(tmp_path):
    x, labels = table(50, 1)
    path = write(tmp_path / "train.csv", x[:, :2], labels, NAMES[:2])
    refusal(lambda: met(Meaning(), path, dataset=str(path)), "W1 does not fit train.csv")
    two = ["cat" if label == "emu" else label for label in labels]
    path = write(tmp_path / "train.csv", x, two)
    refusal(lambda: met(Meaning(), path, dataset=str(path)), "W2 does not fit train.csv")


def test_pictures_of_another_shape_are_refused(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 64)).astype(np.uint8)
    for name, shape in (("wide.npz", (4, 16)), ("square.npz", (8, 8))):
        x, y = pixels.reshape(40, *shape), np.arange(40) % 3
        np.savez(tmp_path / name, x_train=x, y_train=y, x_test=x[::-1], y_test=y[::-1])
        pixels = pixels[::-1]
    data = load_dataset(tmp_path / "wide.npz")
    visitor = Visitor(Meaning.of(data, Fingerprint.of(data)), (64, 3), Experiment())
    path = tmp_path / "square.npz"
    refusal(lambda: meet(visitor, str(path), read_samples(path)), "4×16", "8×8")


def test_a_class_whose_name_is_another_ones_beside_spaces_stays_itself(tmp_path):
    meaning = Meaning(("cat", "cat ", "dog"), NAMES)
    visitor = Visitor(meaning, (3, 3))
    x, _ = table(3, 2)
    samples = Samples("a", "a", Part(x, np.array([0, 1, 2]), "a"), None, meaning.classes, NAMES)
    np.testing.assert_array_equal(meet(visitor, "a", samples).y, [0, 1, 2])
