"""What is a picture and what a table, how each is scaled, and in which precision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnfs_core.data import Dataset, Reading, load_dataset
from nnfs_core.data.digits import FILE
from nnfs_core.data.prepare import split, split_in_proportion
from nnfs_core.experiment import Experiment
from nnfs_core.files.meeting import data_of
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.run import Fingerprint, Run, check_dataset
from nnfs_core.training.trainer import Trainer
from tests.core.forgery import document, forge, rates_alone
from tests.core.refusals import refusal


def table(path: Path, names: Iterable[str], x: Any, labels: Sequence[object]) -> Path:
    rows = [",".join([str(label), *map(repr, row)]) for label, row in zip(labels, x, strict=True)]
    path.write_text("\n".join([",".join(["label", *names]), *rows]))
    return path


def pixels(columns: int, most: int = 255) -> list[list[int]]:
    x = np.random.default_rng(columns).integers(0, most + 1, (30, columns))
    x[:5] = most
    return x.tolist()


@pytest.fixture
def kind(tmp_path: Path) -> Callable[..., Dataset]:
    def kind(names: Iterable[str], x: Any, **reading: Any) -> Dataset:
        path = table(tmp_path / "table.csv", names, x, [number % 2 for number in range(len(x))])
        return load_dataset(path, reading=Reading(**reading))

    return kind


def counted(form: str, count: int, start: int = 0) -> list[str]:
    return [form.format(at) for at in range(start, start + count)]


def placed(form: str, rows: int, columns: int, start: int = 0) -> list[str]:
    return [
        form.format(start + row, start + column) for row in range(rows) for column in range(columns)
    ]


class TestNames:
    @pytest.mark.parametrize(
        ("names", "shape"),
        [
            (counted("pixel{}", 9), (3, 3)),
            (counted("pixel{}", 4, 1), (2, 2)),
            (counted(" Pixel_{:04}", 16), (4, 4)),
            (counted("px.{}", 9), (3, 3)),
            (placed("{}x{}", 3, 5, 1), (3, 5)),
            (placed("{}×{}", 2, 2), (2, 2)),
            (placed("pixel_{}_{}", 4, 3), (4, 3)),
            (placed("pixel{},{}", 2, 2), (2, 2)),
            (placed("r{}c{}", 2, 4, 1), (2, 4)),
            (placed("row_{}_col_{}", 2, 2), (2, 2)),
        ],
    )
    def test_columns_that_are_called_pixels_are_pictures(
        self, kind: Callable[..., Dataset], names: list[str], shape: tuple[int, int]
    ) -> None:
        data = kind(names if "," not in names[0] else map('"{}"'.format, names), pixels(len(names)))
        assert data.image_shape == shape
        assert data.notes == ()
        assert data.inputs == tuple(name.strip() for name in names)

    @pytest.mark.parametrize(
        ("names", "why"),
        [
            (counted("pixel{}", 12), "12 of them make no square"),
            (sorted(counted("pixel{}", 16)), "do not follow each other"),
            ([f"{column}x{row}" for row in range(3) for column in range(3)], "do not follow"),
            (["0x0", "9999x9999", "1x1", "2x2"], "do not follow"),
            (["3x3", "2x2", "1x1", "0x0"], "do not follow"),
        ],
    )
    def test_pixels_that_make_no_picture_are_said(
        self, kind: Callable[..., Dataset], names: list[str], why: str
    ) -> None:
        data = kind(names, pixels(len(names)))
        assert data.image_shape is None
        (note,) = data.notes
        assert why in note and "--image ROWSxCOLUMNS" in note

    @pytest.mark.parametrize(
        "names",
        [
            counted("attr{}", 16),
            counted("{}", 16),
            counted("{}", 49),
            ["pixel0", "pixel1", "pixel2", "age"],
            placed("{}.{}", 2, 2, 1),
            placed("q{}_{}", 2, 2, 1),
            ["1x1"],
            ["a" * 3 + str(at * 2) for at in range(64)],
            [f"word {at}" for at in range(64)],
        ],
    )
    def test_the_number_of_columns_says_nothing(
        self, kind: Callable[..., Dataset], names: list[str]
    ) -> None:
        data = kind(names, pixels(len(names)))
        assert data.image_shape is None
        assert data.scale.by_column
        assert data.notes == ()


class TestContent:
    @pytest.mark.parametrize("form", ["{}", "x{}", "V{}", "col_{}", "feature {}"])
    def test_a_square_of_bytes_without_names_may_be_a_picture(
        self, kind: Callable[..., Dataset], form: str
    ) -> None:
        data = kind(counted(form, 64), pixels(64))
        assert data.image_shape == (8, 8)
        (note,) = data.notes
        assert "8x8" in note and "--image none" in note
        other = kind(counted(form, 64), pixels(64), image="none")
        assert (other.image_shape, other.notes) == (None, ())
        assert other.scale.by_column

    def test_shares_without_names_are_a_table_and_the_way_out_is_said(
        self, kind: Callable[..., Dataset]
    ) -> None:
        x = np.random.default_rng(0).random((30, 64)).tolist()
        data = kind(counted("x{}", 64), x)
        assert data.image_shape is None
        (note,) = data.notes
        assert "--image 8x8" in note
        other = kind(counted("x{}", 64), x, image="8x8")
        assert (other.image_shape, other.notes) == ((8, 8), ())
        np.testing.assert_array_equal(other.train_x[0], np.float32(x[_first(30)]))

    @pytest.mark.parametrize("low", [-3, 0.5])
    def test_measurements_without_names_are_a_table(
        self, kind: Callable[..., Dataset], low: float
    ) -> None:
        x = (low + 255 * np.random.default_rng(0).random((30, 64))).tolist()
        assert kind(counted("x{}", 64), x).image_shape is None

    def test_only_what_is_learned_from_says_what_it_is(self, kind: Callable[..., Dataset]) -> None:
        x = pixels(64, 16)
        _, validation = split_in_proportion(np.arange(30) % 2)
        x[validation[0]][0] = 200
        data = kind(counted("x{}", 64), x)
        assert (data.scale.low, data.scale.high) == (0, 16)
        assert data.validation_x[0, 0] == np.float32(200 / 16)


def _first(count: int) -> int:
    return int(split_in_proportion(np.arange(count) % 2)[0][0])


class TestWhatAPersonSays:
    def test_a_shape_is_a_shape(self, kind: Callable[..., Dataset]) -> None:
        assert kind("abcdef", pixels(6), image="2x3").image_shape == (2, 3)
        assert kind("abcdef", pixels(6), image="6x1").image_shape == (6, 1)

    def test_a_shape_that_does_not_fit_is_refused(self, kind: Callable[..., Dataset]) -> None:
        refusal(
            lambda: kind("abcdef", pixels(6), image="2x4"),
            "table.csv",
            "pictures of 2x4 do not fit",
            "expected 6 pixels",
            "found 8",
        )

    def test_row_numbers_are_no_pixels(self, kind: Callable[..., Dataset]) -> None:
        x = [[number, *row] for number, row in enumerate(pixels(6))]
        assert kind(["id", *"abcdef"], x, image="2x3").image_shape == (2, 3)

    def test_arrays_of_pictures_can_be_a_table_too(self) -> None:
        x = np.array(pixels(6)).reshape(30, 2, 3)
        y = np.arange(30) % 2
        assert Dataset.from_arrays(x, y).image_shape == (2, 3)
        assert Dataset.from_arrays(x, y, image="3x2").image_shape == (3, 2)
        assert Dataset.from_arrays(x, y, image="none").scale.by_column

    @pytest.mark.parametrize(
        ("wrong", "parts"),
        [
            ({"image": "8"}, ("shape of a picture", "found '8'")),
            ({"dtype": "float16"}, ("number type", "float32 or float64", "found 'float16'")),
            ({"rules": 0}, ("rules", "1 to 2", "found 0")),
            ({"rules": 3}, ("rules", "1 to 2", "found 3")),
        ],
    )
    def test_what_no_reading_is(self, wrong: Any, parts: tuple[str, ...]) -> None:
        refusal(lambda: Reading(**wrong), *parts)

    def test_an_experiment_says_it(self) -> None:
        experiment = Experiment(image="8x8", dtype="float64")
        assert experiment.reading() == Reading("8x8", "float64", 2)


class TestAccuracy:
    """What was lost by guessing: trained for real, on little."""

    def test_a_sixteenth_attribute_takes_nothing_away(self, tmp_path: Path) -> None:
        # What tells the classes apart is in small numbers beside large ones.
        rng = np.random.default_rng(4)
        labels = np.arange(400) % 3
        x = rng.poisson(1, (400, 16)) * np.array([1] * 4 + [50] * 12)
        x[:, :4] = rng.poisson(1, (400, 4)) + labels[:, None] * np.array([3, -2, 2, 0]) + 4
        x = x.clip(0, 255)
        reached = {}
        for columns, rules in ((15, 2), (16, 2), (16, 1)):
            names = counted("attr{}", columns)
            path = table(tmp_path / f"{columns}.csv", names, x[:, :columns].tolist(), labels)
            data = load_dataset(path, reading=Reading(rules=rules))
            trainer = Trainer(Experiment(), data)
            for _ in range(60):
                metrics = trainer.step_epoch()
            reached[columns, rules] = metrics.validation_score
        assert reached[15, 2] > 0.9
        assert abs(reached[16, 2] - reached[15, 2]) < 0.05, reached
        assert reached[16, 1] < 0.5, reached

    def test_digits_with_17_levels_are_as_good_as_those_of_the_program(
        self, tmp_path: Path
    ) -> None:
        with np.load(FILE) as file:
            images, labels = file["images"].reshape(-1, 64), file["labels"]
        path = table(
            tmp_path / "digits.csv", counted("pixel{}", 64), images.tolist(), labels.tolist()
        )
        reached = []
        for data in (load_dataset("digits"), load_dataset(path)):
            trainer = Trainer(Experiment(), data)
            for _ in range(100):
                metrics = trainer.step_epoch()
            reached.append(metrics.validation_score)
        assert data.image_shape == (8, 8)
        assert (data.train_x.min(), data.train_x.max()) == (0, 1)
        assert min(reached) > 0.93
        assert abs(reached[0] - reached[1]) < 0.03, reached


class TestPrecision:
    VALUES = (1 / 3, 1e-9 + 1, 2**53 - 1.0, 1e300, -7e-200)

    def test_a_table_is_not_rounded_where_all_else_is_float64(
        self, kind: Callable[..., Dataset]
    ) -> None:
        rng = np.random.default_rng(1)
        x = rng.normal(size=(30, 5)) * 1e-3 + np.array(self.VALUES)
        train, validation = split_in_proportion(np.arange(30) % 2)
        data, rounded = kind("abcde", x.tolist(), dtype="float64"), kind("abcde", x.tolist())
        low, high = x[train].min(axis=0), x[train].max(axis=0)
        for found, small, rows in (
            (data.train_x, rounded.train_x, train),
            (data.validation_x, rounded.validation_x, validation),
        ):
            size = np.maximum(abs(low), abs(high))
            with np.errstate(over="ignore", invalid="ignore"):
                expected = (x[rows] / size - low / size) / (high / size - low / size)
            expected[:, low == high] = 0
            np.testing.assert_array_equal(found, expected, strict=True)
            np.testing.assert_array_equal(small, expected.astype(np.float32), strict=True)
        assert (data.train_x != rounded.train_x).any()

    def test_shares_of_a_picture_are_not_rounded_either(self, kind: Callable[..., Dataset]) -> None:
        x = np.random.default_rng(1).random((30, 4)).tolist()
        data = kind(counted("pixel{}", 4), x, dtype="float64")
        train, _ = split_in_proportion(np.arange(30) % 2)
        np.testing.assert_array_equal(data.train_x, np.array(x)[train], strict=True)

    def test_bytes_and_the_digits_keep_their_quotients(self, kind: Callable[..., Dataset]) -> None:
        x = pixels(4)
        data = kind(counted("pixel{}", 4), x, dtype="float64")
        train, _ = split_in_proportion(np.arange(30) % 2)
        quotients = np.array(x, np.float32)[train] / np.float32(255)
        np.testing.assert_array_equal(data.train_x, quotients.astype(np.float64), strict=True)
        digits = load_dataset("digits", reading=Reading(dtype="float64"))
        np.testing.assert_array_equal(digits.train_x, load_dataset("digits").train_x)
        assert digits.train_x.dtype == np.float64

    def test_it_is_trained_with_as_it_is(self, kind: Callable[..., Dataset]) -> None:
        x = np.random.default_rng(1).random((30, 4)) + 1e9
        data = kind("abcd", x.tolist(), dtype="float64")
        experiment = Experiment(dtype="float64", layers=(3,), batch_size=7)
        trainer = Trainer(experiment, data)
        assert np.shares_memory(trainer.dataset.train_x, data.train_x)
        trainer.step_epoch()
        rounded = Trainer(experiment, kind("abcd", x.tolist()))
        rounded.step_epoch()
        assert trainer.metrics.train_loss != rounded.metrics.train_loss
        assert Fingerprint.of(data) != Fingerprint.of(rounded.dataset)


class TestRules1:
    """Runs of before are read as they were: the formulas are written down once more here."""

    @pytest.mark.parametrize(
        ("columns", "most", "divided_by"),
        [(16, 16, 255), (16, 255, 255), (25, 1, 1), (9, 255, None), (15, 255, None)],
    )
    def test_a_square_of_bytes_was_a_picture_and_a_fifth_of_all_was_for_validation(
        self, kind: Callable[..., Dataset], columns: int, most: int, divided_by: int | None
    ) -> None:
        x = np.array(pixels(columns, most))
        data = kind(counted("attr{}", columns), x.tolist(), rules=1, dtype="float64", image="auto")
        order = np.random.default_rng(1797).permutation(30)
        train, validation = order[6:], order[:6]
        np.testing.assert_array_equal(data.train_y, train % 2)
        np.testing.assert_array_equal(data.validation_y, validation % 2)
        side = int(columns**0.5)
        assert data.image_shape == (None if divided_by is None else (side, side))
        low, high = x[train].min(axis=0), x[train].max(axis=0)
        for found, rows in ((data.train_x, train), (data.validation_x, validation)):
            assert found.dtype == np.float32
            if divided_by is None:
                expected = (x[rows] - low) / (high - low)
                np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
            else:
                expected = x[rows].astype(np.float32) / np.float32(divided_by)
                np.testing.assert_array_equal(found, expected, strict=True)
        assert data.notes == ()
        assert data.rules == 1

    def test_the_validation_part_took_part_in_the_scale_of_pictures(
        self, kind: Callable[..., Dataset]
    ) -> None:
        x = np.random.default_rng(0).random((30, 16)) / 2
        validation = np.random.default_rng(1797).permutation(30)[0]
        x[validation, 0] = -0.5
        data = kind(counted("a{}", 16), x.tolist(), rules=1)
        low, high = -0.5, x.max()
        rows = np.random.default_rng(1797).permutation(30)[6:]
        np.testing.assert_allclose(data.train_x, (x[rows] - low) / (high - low), rtol=1e-6)
        assert data.image_shape == (4, 4)

    def test_row_numbers_measurements_and_lone_classes_were_learned(
        self, kind: Callable[..., Dataset], tmp_path: Path
    ) -> None:
        x = [[number, number * 0.5] for number in range(40)]
        labels = [*(number / 8 for number in range(39)), 99.5]
        path = table(tmp_path / "t.csv", ["id", "b"], x, labels)
        data = load_dataset(path, reading=Reading(rules=1))
        assert data.features == 2
        assert len(data.classes) == 40
        assert len(data.validation_x) == 8
        refusal(lambda: load_dataset(path), "regression")

    @pytest.mark.parametrize("samples", [10, 11, 35, 1797])
    def test_the_split(self, samples: int) -> None:
        order = np.random.default_rng(1797).permutation(samples)
        validation = int(np.ceil(samples * 0.2))
        for found, expected in zip(
            split(samples), (order[validation:], order[:validation]), strict=True
        ):
            np.testing.assert_array_equal(found, expected)

    @pytest.mark.parametrize(
        ("name", "shape", "classes", "blake2b"),
        [
            ("square.csv", (4, 4), 3, "0da741d1a84ac5cce259d1affcbc758d"),
            ("shares.csv", (5, 5), 4, "b0c429da66513078791f6ab6c41fdedb"),
            ("table.csv", None, 30, "fa5f374d3459491708a718af49395973"),
            ("square.npz", (5, 5), 6, "66fde302d0d6e3abbb99119370a4b377"),
            ("digits", (8, 8), 10, "a492f330dc4ada3a75b0b2fb069d07c1"),
        ],
    )
    def test_the_fingerprints_that_runs_of_before_carry(
        self,
        tmp_path: Path,
        name: str,
        shape: tuple[int, int] | None,
        classes: int,
        blake2b: str,
    ) -> None:
        """Beginnings of fingerprints that version 0.1.0 took of the same files."""
        numbers = np.add.outer(np.arange(30) * 7, np.arange(25) ** 2) % 97
        where = tmp_path / name
        x, labels = {
            "square.csv": (numbers[:, :16], np.arange(30) % 3),
            "shares.csv": (numbers / 96, np.arange(30) % 4),
            "table.csv": (np.c_[np.arange(30), numbers[:, :4] / 7], np.arange(30) / 4),
            "square.npz": (numbers, np.arange(30) % 3 * 2 + 1),
            "digits": (numbers, numbers),
        }[name]
        if name == "square.npz":
            np.savez(where, x_train=x[:20], y_train=labels[:20], x_test=x[20:], y_test=labels[20:])
        elif name.endswith(".csv"):
            table(where, counted("a{}", x.shape[1]), x.tolist(), labels.tolist())
        spec = "digits" if name == "digits" else where
        data = load_dataset(spec, reading=Reading(rules=1))
        found = Fingerprint.of(data)
        assert (found.image_shape, len(found.classes)) == (shape, classes)
        assert found.blake2b.startswith(blake2b)
        experiment = Experiment(dataset=str(spec), layers=(3,))
        self.check_an_old_file(tmp_path / "run.nnfs", data, experiment)

    @staticmethod
    def check_an_old_file(path: Path, data: Dataset, experiment: Experiment) -> None:
        """A run file of version 1, which names no rules, opens with its data."""
        trainer = Trainer(experiment, data)
        recording = Recording(Budget.for_run(trainer))
        recording.append(trainer.metrics)
        recording.keyframes.add(trainer.state(), keep=True)
        states = (trainer.state(),)
        save_run(path, Run(experiment, "old", 9, (recording,), states, 0, Fingerprint.of(data)))

        def older(document: dict[str, Any]) -> None:
            document["version"] = 1
            del document["rules"], document["experiment"]["image"]
            document.pop("borrowed", None)

        forge(path, rates_alone)
        forge(path, document(older))
        run = load_run(path)
        assert run.rules == 1
        again = data_of(run, run.experiment.dataset)
        check_dataset(run, again)
        np.testing.assert_array_equal(again.train_x, data.train_x, strict=True)
