"""Experiments: what is written comes back, what is wrong is refused in one clear line."""

from __future__ import annotations

import json
import math
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnfs_core.errors import UserError
from nnfs_core.experiment import CHOICES, Experiment, load_experiment, presets

SHARES = st.floats(0, 1, exclude_max=True)
POSITIVE = st.floats(0, exclude_min=True, allow_infinity=False, allow_nan=False)
EXPERIMENTS = st.builds(
    Experiment,
    dataset=st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()),
    image=st.sampled_from(["auto", "none", "28x28", "1x99999"]),
    layers=st.lists(st.integers(1, 100_000), max_size=64).map(tuple),
    learning_rate=POSITIVE,
    momentum=SHARES,
    rho=SHARES,
    beta1=SHARES,
    beta2=SHARES,
    epsilon=POSITIVE,
    batch_size=st.none() | st.integers(1, 2**40),
    weight_decay=st.floats(0, 1e300),
    epochs=st.integers(1, 10_000_000),
    validate_every=st.integers(1, 2**40),
    warmup=st.integers(1, 10_000_000),
    drop_every=st.integers(1, 10_000_000),
    drop_to=st.floats(0, 1, exclude_min=True, exclude_max=True),
    patience=st.none() | st.integers(1, 10_000_000),
    schedule_epochs=st.none() | st.integers(1, 10_000_000),
    seed=st.integers(0, 2**32 - 1),
    **{name: st.sampled_from(words) for name, words in CHOICES.items()},
)


@settings(max_examples=60, deadline=None)
@given(EXPERIMENTS)
def test_what_is_written_comes_back(experiment):
    through_json = json.loads(json.dumps(experiment.to_dict()))
    assert Experiment.of(through_json) == experiment
    assert Experiment.of(tomllib.loads(experiment.to_toml())) == experiment


@pytest.mark.parametrize("name", presets())
@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_files(tmp_path, name, suffix):
    file, experiment = tmp_path / f"mine{suffix}", presets()[name]
    text = json.dumps(experiment.to_dict()) if suffix == ".json" else experiment.to_toml()
    file.write_text(text, "utf-8")
    assert load_experiment(str(file)) == experiment == load_experiment(name)


def test_presets():
    assert next(iter(presets())) == "digits"
    assert {"digits", "mnist-original", "mnist-adam"} <= set(presets())
    assert presets()["digits"] == Experiment()
    original = presets()["mnist-original"]
    assert (original.layers, original.optimizer, original.learning_rate) == ((10,), "sgd", 0.1)
    assert (original.batch_size, original.epochs, original.seed) == (None, 1000, 42)
    assert presets()["mnist-adam"].layers == (128, 64)


def refusal(values: dict) -> str:
    with pytest.raises(UserError) as caught:
        Experiment.of(values)
    return one_line(caught.value)


def one_line(error: UserError) -> str:
    assert "\n" not in str(error)
    return str(error)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("dataset", "", "a text that is not empty"),
        ("dataset", 3, "a text that is not empty"),
        ("image", "", "auto, none, or ROWSxCOLUMNS such as 28x28"),
        ("image", "Auto", "auto, none, or ROWSxCOLUMNS"),
        ("image", "28", "auto, none, or ROWSxCOLUMNS"),
        ("image", "28x", "auto, none, or ROWSxCOLUMNS"),
        ("image", "0x5", "auto, none, or ROWSxCOLUMNS"),
        ("image", "-8x8", "auto, none, or ROWSxCOLUMNS"),
        ("image", "8x8x3", "auto, none, or ROWSxCOLUMNS"),
        ("image", "٣x٣", "auto, none, or ROWSxCOLUMNS"),
        ("image", "9" * 50 + "x1", "auto, none, or ROWSxCOLUMNS"),
        ("image", 8, "auto, none, or ROWSxCOLUMNS"),
        ("image", [8, 8], "auto, none, or ROWSxCOLUMNS"),
        ("layers", [10, -3], "whole numbers from 1 to 100000"),
        ("layers", [0], "whole numbers from 1 to 100000"),
        ("layers", [100_001], "whole numbers from 1 to 100000"),
        ("layers", [1.5], "whole numbers from 1 to 100000"),
        ("layers", [True], "whole numbers from 1 to 100000"),
        ("layers", "10,10", "whole numbers from 1 to 100000"),
        ("layers", None, "whole numbers from 1 to 100000"),
        ("layers", [1] * 65, "at most 64 whole numbers"),
        ("activation", "rel", "one of relu, leaky_relu, tanh, sigmoid, identity"),
        ("initializer", "He", "one of he, xavier, uniform, zeros"),
        ("loss", "mse", "one of cross-entropy, mean-squared-error"),
        ("optimizer", 4, "one of sgd, adam, momentum, rmsprop"),
        ("dtype", "float16", "one of float32, float64"),
        ("learning_rate", 0, "a finite number, above 0"),
        ("learning_rate", -0.1, "a finite number, above 0"),
        ("learning_rate", math.nan, "a finite number, above 0"),
        ("learning_rate", math.inf, "a finite number, above 0"),
        ("learning_rate", "fast", "a finite number, above 0"),
        ("learning_rate", True, "a finite number, above 0"),
        ("schedule", "linear", "one of constant, warm-up, step-decay, cosine"),
        ("warmup", 0, "a whole number, at least 1"),
        ("drop_every", 0, "a whole number, at least 1"),
        ("drop_to", 1, "a finite number, above 0 and less than 1"),
        ("drop_to", 0, "a finite number, above 0 and less than 1"),
        ("patience", 0, "a whole number, at least 1, or none"),
        ("patience", "full", "a whole number, at least 1, or none"),
        ("schedule_epochs", 0, "a whole number, at least 1, or none"),
        ("momentum", 1, "at least 0 and less than 1"),
        ("rho", -0.1, "at least 0 and less than 1"),
        ("beta1", 1.5, "at least 0 and less than 1"),
        ("beta2", math.nan, "at least 0 and less than 1"),
        ("epsilon", 0, "a finite number, above 0"),
        ("batch_size", 0, "a whole number, at least 1, or full"),
        ("batch_size", "half", "a whole number, at least 1, or full"),
        ("batch_size", 2.5, "a whole number, at least 1, or full"),
        ("batch_size", False, "a whole number, at least 1, or full"),
        ("weight_decay", -1e-9, "a finite number, at least 0"),
        ("weight_decay", math.inf, "a finite number, at least 0"),
        ("epochs", 0, "a whole number, at least 1 and at most 10000000"),
        ("epochs", 2.5, "a whole number"),
        ("epochs", True, "a whole number"),
        ("validate_every", 0, "a whole number, at least 1"),
        ("seed", -1, "at least 0 and less than 4294967296"),
        ("seed", 2**32, "at least 0 and less than 4294967296"),
    ],
)
def test_invalid_values_are_refused(field, value, expected):
    message = refusal({field: value})
    assert message.startswith(f"{field}: not a usable value")
    assert f"expected {expected}" in message or expected in message
    found = repr(value)
    assert f"found {found[:35]}" in message


def test_there_is_a_refusal_for_every_field():
    marks = test_invalid_values_are_refused.pytestmark[0].args[1]
    assert {mark[0] for mark in marks} == set(Experiment.model_fields)


def test_words_for_numbers_are_read_as_a_person_means_them():
    assert Experiment.of({"batch_size": "full"}).batch_size is None
    assert Experiment.of({"batch_size": "32", "seed": "7"}).seed == 7
    assert Experiment.of({"layers": []}).layers == ()
    for written in ("8x12", " 8X12", "8×12"):
        assert Experiment.of({"image": written}).image == "8x12"
    assert [Experiment.of({"image": word}).image for word in ("auto", "none")] == ["auto", "none"]


def test_unknown_settings_get_a_suggestion():
    assert refusal({"learning_rte": 1}) == (
        "unknown setting 'learning_rte'; did you mean learning_rate?"
    )
    assert refusal({"colour": 1}) == "unknown setting 'colour'"


def test_an_experiment_is_frozen():
    experiment = Experiment()
    with pytest.raises(ValueError, match="frozen"):
        experiment.seed = 3
    assert experiment.but(seed=3).seed == 3
    assert experiment.seed == 0
    with pytest.raises(UserError, match="seed: "):
        experiment.but(seed=-1)
    assert hash(experiment) == hash(Experiment())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mnist-orignal", "did you mean mnist-original?"),
        ("DIGITS", "expected digits, "),
        ("", "no experiment of this name"),
        ("nothing.toml", "there is no such file"),
        ("~nobody-of-this-name/x.toml", "home"),
    ],
)
def test_experiments_that_are_not_there(name, message):
    with pytest.raises(UserError) as caught:
        load_experiment(name)
    assert message in one_line(caught.value)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("a.toml", b"layers = [10,", "is not valid TOML"),
        ("a.toml", b"epochs = 1\nepochs = 2", "is not valid TOML"),
        ("a.toml", b"\xff\xfe", "is not a text file"),
        ("a.toml", b"\xef", "is not a text file"),
        ("a.toml", b"seed = " + b"9" * 5000, "is not valid TOML"),
        ("a.toml", b"layers = " + b"[" * 5000, "is not valid TOML"),
        ("a.toml", b"layers = [10, -3]", "layers: not a usable value"),
        ("a.json", b"{", "is not valid JSON"),
        ("a.json", b"[]", "expected a JSON object"),
        ("a.json", b"[" * 100_000, "is not valid JSON"),
        ("a.json", b'{"learning_rate": NaN}', "learning_rate: not a usable value"),
        ("a.json", b'{"seed": 1, "seed": 2}', "is not valid JSON (found 'seed' is there twice)"),
        ("a.json", b'{"\\ud800": 1}', "unknown setting '\\\\ud800'"),
        ("a.json", b'{"dataset": "\\ud800"}', "dataset: '\\\\ud800' is not text"),
        ("a.json", b'{"epochs": ' + b"9" * 4300 + b"}", "epochs: not a usable value"),
        ("a.json", b'{"learning_rate": ' + b"9" * 400 + b"}", "learning_rate: not a usable value"),
        ("a.toml", b"epochs = 0x" + b"f" * 5000, "found a number of thousands of digits"),
        ("a.toml", b"layers = [0x" + b"f" * 5000 + b"]", "found a number of thousands of digits"),
        ("a.toml", b"x" * 100_000 + b" = 1", "unknown setting 'xxx"),
        ("a.toml", b"#" * (2**20 + 1), "is too large for an experiment"),
        ("a.json", b'{"sed": 1}', "unknown setting 'sed'; did you mean seed?"),
    ],
)
def test_files_that_are_wrong(tmp_path, file, content, message):
    path = tmp_path / file
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_experiment(str(path))
    line = one_line(caught.value)
    assert line.startswith(str(path)) and message in line and len(line) < 400 + len(str(path))


def test_a_folder_is_not_an_experiment(tmp_path):
    (tmp_path / "x.toml").mkdir()
    with pytest.raises(UserError, match="found a folder"):
        load_experiment(str(tmp_path / "x.toml"))


@pytest.mark.parametrize(("file", "text"), [("a.toml", "seed = 3"), ("a.json", '{"seed": 3}')])
def test_a_text_as_windows_begins_it(tmp_path, file, text):
    path = tmp_path / file
    path.write_text(text, "utf-8-sig")
    assert load_experiment(str(path)) == Experiment(seed=3)
