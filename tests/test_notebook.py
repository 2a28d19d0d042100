"""The notebook runs from top to bottom, and what it shows is what the code computes."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.training.trainer import Trainer
from tests.core import plain
from tests.core.test_reference import ACCURACIES, LOSSES, mnist_folder

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
NOTEBOOK = FOLDER / "from_scratch.ipynb"

WINDOW = ("PyQt6", "pyqtgraph", "visualizer", "nnfs_cli", "typer", "gradio")
"""What a page in a browser has no need for, and Colab does not have."""

MACHINE = re.compile(r"/(?:home|root|work|tmp|Users|usr|opt)\b|\b[A-Z]:\\|site-packages")
NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:e[-+]?\d+)?")
NOISE = 1e-8
"""Differences that are nothing but rounding, and so another number on another machine."""


def cells_of(notebook: dict) -> dict[str, dict]:
    return {cell["id"]: cell for cell in notebook["cells"]}


def source(cell: dict) -> str:
    return "".join(cell["source"])


def outputs(cell: dict, kind: str) -> list[dict]:
    return [output for output in cell.get("outputs", []) if output["output_type"] == kind]


def text(cell: dict) -> str:
    return "".join("".join(output["text"]) for output in outputs(cell, "stream"))


def pictures(cell: dict) -> list[np.ndarray]:
    """Return the pictures a cell shows, each of shape (rows, columns, 3)."""
    encoded = [output["data"]["image/png"] for output in outputs(cell, "display_data")]
    streams = [io.BytesIO(base64.b64decode("".join(data))) for data in encoded]
    return [np.asarray(Image.open(stream).convert("RGB")) for stream in streams]


def numbers(line: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(line)]


def rows_of(table: str) -> dict[int, list[float]]:
    """Return the lines that begin with an epoch, by the epoch."""
    rows = [numbers(line) for line in table.splitlines() if line.strip()[:1].isdigit()]
    return {int(row[0]): row[1:] for row in rows}


def differences(found: str, expected: str) -> list[tuple[object, object]]:
    """Compare two texts: the same words, the same numbers but for rounding."""
    words = [" ".join(NUMBER.sub("#", side).split()) for side in (found, expected)]
    if words[0] != words[1]:
        return [(found, expected)]
    pairs = zip(numbers(found), numbers(expected), strict=True)
    return [pair for pair in pairs if not math.isclose(*pair, rel_tol=1e-6, abs_tol=NOISE)]


@pytest.fixture(scope="module")
def committed() -> dict[str, dict]:
    return cells_of(json.loads(NOTEBOOK.read_text("utf-8")))


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Copy of the notebook beside the mathematics, where nothing of the window can be imported."""
    project = tmp_path_factory.mktemp("project")
    for package in (ROOT / "nnfs_core", FOLDER):
        shutil.copytree(package, project / package.name, ignore=shutil.ignore_patterns("__*__"))
    for module in WINDOW:
        (project / "notebooks" / f"{module}.py").write_text("raise ImportError('no window here')\n")
    (project / "nothing").mkdir()
    return project


def run(command: list[object], folder: Path, **variables: object):
    """Run Python in a folder, out of reach of this project and of what it may have installed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=folder,
        env=environment | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        encoding="utf-8",
        timeout=280,
    )


@pytest.fixture(scope="module")
def executed(project) -> dict[str, dict]:
    """Cells of the notebook after a fresh kernel has run all of them, without MNIST."""
    out = project / "executed.ipynb"
    scratch = project / "scratch"
    scratch.mkdir()
    notebook = project / "notebooks" / NOTEBOOK.name
    done = run(
        [project / "notebooks" / "execute.py", notebook, "--out", out],
        project,
        NNFS_DATA_DIR=project / "nothing",
        TMPDIR=scratch,
        TEMP=scratch,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert list(scratch.iterdir()) == []
    return cells_of(json.loads(out.read_text("utf-8")))


def test_it_runs_without_an_error_or_a_warning(executed, committed):
    assert list(executed) == list(committed)
    code = [cell for cell in executed.values() if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        assert outputs(cell, "error") == []
        assert {output["name"] for output in outputs(cell, "stream")} <= {"stdout"}


def test_no_kernel_is_left_behind(executed, project):
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert [line for line in commands if any(str(project) in word for word in line)] == []


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """The run of the notebook, by the mathematics of the program."""
    trainer = Trainer(Experiment(epochs=1000, dtype="float64"), load_dataset("digits"))
    while trainer.epoch < trainer.experiment.epochs:
        trainer.step_epoch()
    return trainer


@pytest.mark.parametrize("which", ["executed", "committed"])
def test_the_final_numbers_are_the_trainers(which, request, trainer):
    cells = request.getfixturevalue(which)
    data, parameters = trainer.dataset, trainer.parameters
    expected = []
    for measure in (plain.loss, plain.accuracy):
        for part in ("train", "validation"):
            x, y = getattr(data, f"{part}_x"), getattr(data, f"{part}_y")
            expected.append(measure(trainer.experiment, parameters, x, y))
    loss, validation_loss, accuracy, validation_accuracy = rows_of(text(cells["train"]))[1000]
    assert loss == pytest.approx(expected[0], abs=1e-9)
    assert validation_loss == pytest.approx(expected[1], abs=1e-9)
    assert accuracy == pytest.approx(100 * expected[2], abs=0.005)
    assert validation_accuracy == pytest.approx(100 * expected[3], abs=0.005)
    assert trainer.metrics.train_loss == pytest.approx(loss, abs=1e-9)

    proof = text(cells["proof"]).splitlines()
    gaps = [numbers(line)[-1] for line in proof if "e-" in line or "e+" in line]
    assert len(gaps) == 4 and max(gaps) <= 1e-12
    assert numbers(proof[-3]) == [loss]
    assert numbers(proof[-2]) == [accuracy]
    assert numbers(proof[-1]) == [validation_accuracy]


def test_what_is_committed_is_what_the_code_shows(executed, committed):
    """Outputs of older code or older mathematics fail here: run notebooks/execute.py again."""
    for name, cell in executed.items():
        if not name.startswith("mnist"):
            assert differences(text(committed[name]), text(cell)) == [], name
            assert len(pictures(committed[name])) == len(pictures(cell)), name


def test_the_comparison_would_notice():
    """The test above is worth nothing if it cannot fail."""
    shown = "loss 0.022136653, largest error 5e-11"
    assert not differences(shown, "loss  0.022136654, largest error 0e+00")
    for other in (
        "loss 0.022137653, largest error 5e-11",
        "loss 0.022136653, largest error 5e-7",
        "loss 0.022136653, greatest error 5e-11",
        "loss -0.022136653, largest error 5e-11",
    ):
        assert differences(shown, other), other


def colours_of(weights: np.ndarray) -> np.ndarray:
    """Orange, white, blue from −2 to 2 in 256 levels, worked out here once more."""
    levels = np.clip(np.floor((weights + 2) / 4 * 256), 0, 255) / 255
    ends = np.array([(0xF5, 0x93, 0x22), (0xFF, 0xFF, 0xFF), (0x3C, 0x96, 0xF0)])
    return np.stack([np.interp(levels, [0, 0.5, 1], channel) for channel in ends.T], axis=-1)


CELL_SIZES = tuple(np.arange(5, 9, 0.1))


def find_tile(
    picture: np.ndarray, weights: np.ndarray, sizes: tuple[float, ...] = CELL_SIZES
) -> tuple[int, int, float] | None:
    """Return where in a picture 8 × 8 cells have the colours of these weights.

    The answer is the row, the column, and the size of a cell, all in pixels.
    """
    padded = np.pad(picture.astype(float), ((0, 80), (0, 80), (0, 0)))
    for size in sizes:
        rows, columns = np.indices(picture.shape[:2]).reshape(2, -1)
        for (row, column), colour in zip(
            np.ndindex(8, 8), colours_of(weights).reshape(-1, 3), strict=True
        ):
            down, right = round((row + 0.5) * size), round((column + 0.5) * size)
            right_one = np.abs(padded[rows + down, columns + right] - colour).max(axis=1) <= 1
            rows, columns = rows[right_one], columns[right_one]
        if len(rows):
            return int(rows[0]), int(columns[0]), size
    return None


@pytest.mark.parametrize("which", ["executed", "committed"])
def test_a_cells_colour_is_that_of_the_weight(which, request, trainer):
    (picture,) = pictures(request.getfixturevalue(which)["weights"])
    untrained = Trainer(trainer.experiment, trainer.dataset)
    units = [run.parameters.weights[0].reshape(-1, 8, 8) for run in (untrained, trainer)]
    first = find_tile(picture, units[0][0])
    assert first is not None
    size = first[2:]
    places = [[find_tile(picture, unit, size) for unit in layer] for layer in units]
    assert all(place is not None for row in places for place in row)
    before, after = np.array(places)
    assert (np.diff(before[:, 1]) > 40).all() and (np.diff(after[:, 1]) > 40).all()
    assert (after[:, 0] - before[:, 0] > 40).all()
    assert find_tile(picture, -units[1][3], size) is None


def test_the_optional_section_is_skipped_politely(executed):
    for name in ("mnist-data", "mnist-start", "mnist-run"):
        assert text(executed[name]).startswith("Skipped: MNIST is not here.")
        assert pictures(executed[name]) == []
    assert "DOWNLOAD_MNIST = True" in text(executed["mnist-data"])


def test_the_committed_optional_section_is_the_published_run(committed):
    rows = rows_of(text(committed["mnist-run"]))
    for epoch, loss in LOSSES.items():
        assert rows[epoch][0] == pytest.approx(loss, abs=1e-9)
    for epoch, accuracy in ACCURACIES.items():
        assert rows[epoch][1] == pytest.approx(100 * accuracy, abs=1e-4)
    assert rows[1000] == [0.419972132, 87.7083, 87.87]
    assert len(pictures(committed["mnist-run"])) == 1


def test_the_optional_section_with_mnist(project, committed):
    """All cells as one script, with fewer epochs."""
    folder = mnist_folder()
    if folder is None:
        pytest.skip("MNIST is not here; NNFS_DATA_DIR can say where it is")
    code = [source(cell) for cell in committed.values() if cell["cell_type"] == "code"]
    script = "\n".join(code)
    for name, value, shorter in (
        ("EPOCHS, LEARNING_RATE", "1000, 0.5", "20, 0.5"),
        ("MNIST_EPOCHS", "1000", "10"),
    ):
        assert f"\n{name} = {value}\n" in f"\n{script}\n"
        script = script.replace(f"{name} = {value}\n", f"{name} = {shorter}\n")
    file = project / "notebooks" / "script.py"
    file.write_text(script, "utf-8")
    variables = {"MPLBACKEND": "agg", "NNFS_DATA_DIR": folder, "PYTHONIOENCODING": "utf-8"}
    done = run([file], file.parent, **variables)
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("loss after 0, 1"))
    assert numbers(line)[-3:] == pytest.approx([LOSSES[0], LOSSES[1], LOSSES[2]], abs=1e-9)
    table = done.stdout[done.stdout.index(line) + len(line) :]
    for epoch, row in rows_of(table).items():
        assert row[0] == pytest.approx(LOSSES[epoch], abs=1e-9)


def test_nothing_of_a_machine_is_in_it(committed):
    for name, cell in committed.items():
        for words in (source(cell), text(cell)):
            assert not MACHINE.search(words), name
    assert MACHINE.search("see /home/me/nnfs") and MACHINE.search(r"D:\nnfs")


def test_the_file_is_as_the_one_command_writes_it():
    """No times, no versions, no traces of an editor: a change shows as what was changed."""
    spec = importlib.util.spec_from_file_location("execute_under_test", FOLDER / "execute.py")
    execute = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(execute)
    written = NOTEBOOK.read_text("utf-8")
    notebook = execute.nbformat.reads(written, as_version=4)
    execute.nbformat.validate(notebook)
    execute.clean(notebook)
    assert execute.nbformat.writes(notebook) + "\n" == written
    assert NOTEBOOK.stat().st_size < 600_000


def test_the_command_keeps_nothing_of_a_notebook_that_warns_or_fails(project):
    cell = {"cell_type": "code", "id": "only", "metadata": {}, "outputs": []}
    for line, status in (
        ("import warnings; warnings.warn('beware')", "beware"),
        ("1 / 0", "ZeroDivisionError"),
        ("print('Skipped: MNIST is not here.')", "skipped: only"),
    ):
        cells = [cell | {"source": line, "execution_count": None}]
        content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        file = project / "bad.ipynb"
        file.write_text(json.dumps(content))
        done = run([project / "notebooks" / "execute.py", file], project)
        assert done.returncode == 1
        assert "error: " in done.stderr and status in done.stderr
        assert json.loads(file.read_text()) == content


@pytest.fixture
def setup(committed) -> str:
    return source(committed["setup"])


def lay_core(folder: Path) -> None:
    (folder / "nnfs_core").mkdir(parents=True)
    for name in ("__init__.py", "plain.py"):
        (folder / "nnfs_core" / name).write_text("")


@pytest.mark.parametrize("where", [".", "..", "a-clone"])
def test_the_mathematics_is_found_beside_the_notebook(setup, where, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    lay_core(folder / where)
    done = run(["-c", f"{setup}\nimport nnfs_core\nprint(nnfs_core.__file__)"], folder)
    assert done.returncode == 0, done.stderr
    first, path = done.stdout.splitlines()
    assert first == "nnfs_core is here."
    assert Path(path).samefile(folder / where / "nnfs_core" / "__init__.py")


def test_what_to_do_without_the_mathematics_is_one_line(setup, tmp_path):
    done = run(["-S", "-c", setup], tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: nnfs_core is not here: put the folder nnfs_core")


def test_what_to_do_without_a_package_is_one_line(setup, tmp_path):
    lay_core(tmp_path)
    done = run(["-S", "-c", setup], tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: run this and start again: pip install pydantic ")


def test_with_an_address_only_the_mathematics_is_installed(setup, tmp_path):
    """The packages of the window stay away: pip is told so."""
    address = "https://example.invalid/nnfs.git"
    assert 'REPOSITORY = ""' in setup
    code = (
        "import subprocess\n"
        "subprocess.run = lambda command, check: print(*command[1:], sep='|')\n"
        + setup.replace('REPOSITORY = ""', f'REPOSITORY = "{address}"')
    )
    done = run(["-S", "-c", code], tmp_path)
    assert done.stdout.splitlines() == [f"-m|pip|install|--quiet|--no-deps|git+{address}"]
    assert "nnfs_core is not here" in done.stderr
