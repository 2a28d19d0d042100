"""What others add: the files of docs/extending.md in a folder, and whatever can be wrong there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "extending.md"


def run(code: str, folder: Path | None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter of its own, with a folder of plug-ins."""
    wanted = {"QT_QPA_PLATFORM": "offscreen"} | environment
    if folder is not None:
        wanted["NNFS_PLUGINS"] = str(folder)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={**os.environ, **wanted},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    """The files of the guide, as they stand there."""
    found = re.findall(r"```python file=(\S+)\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert [name for name, _ in found] == [
        "sign.py",
        "softplus.py",
        "gain.py",
        "counts.py",
        "rings.py",
        "largest.py",
    ]
    for name, code in found:
        (tmp_path / name).write_text(code, "utf-8")
    return tmp_path


TRAIN = """
import sys, json
import numpy as np
from nnfs_core.data import dataset_names, load_dataset
from nnfs_core.experiment import CHOICES, Experiment
from nnfs_core.training.trainer import Trainer
experiment = Experiment(
    dataset="rings", layers=(16,), activation="softplus", optimizer="sign", learning_rate=0.003,
    dtype="float64",
)
data = load_dataset("rings")
trainer = Trainer(experiment, data)
before, gradient = trainer.parameters.flat.copy(), trainer.gradient.flat.copy()
trainer.step_epoch()
step = before - 0.003 * np.sign(gradient)
w = trainer.parameters.frozen_copy()
h, worst = 1e-6, 0.0
for at in range(0, w.flat.size, 7):
    ends = []
    for sign in (1, -1):
        moved = w.flat.copy(); moved[at] += sign * h
        ends.append(Trainer(experiment, data, type(w).over(moved, w.sizes)).metrics.train_loss)
    worst = max(worst, abs((ends[0] - ends[1]) / (2 * h) - trainer.gradient.flat[at]))
for _ in range(1500):
    trainer.step_epoch()
print(json.dumps({
    "step": float(abs(step - before).max()), "same": float(abs(step - w.flat).max()),
    "gradient": worst, "right": trainer.metrics.validation_score,
    "names": dataset_names(), "choices": [*CHOICES["optimizer"], *CHOICES["activation"]],
    "qt": "PyQt6" in sys.modules, "inputs": data.inputs, "classes": data.classes,
}))
"""


def test_an_optimizer_an_activation_and_a_source_are_used_as_ours_are(folder):
    done = run(TRAIN, folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["step"] == pytest.approx(0.003) and found["same"] < 1e-12
    assert found["gradient"] < 1e-6, "the slope is that of the value"
    assert found["right"] > 0.95
    assert "rings" in found["names"] and {"sign", "softplus"} <= set(found["choices"])
    assert not found["qt"], "a panel is run where panels are asked for"
    assert (found["inputs"], found["classes"]) == (["x", "y"], ["inside", "outside"])


COUNT = """
import json
import numpy as np
import nnfs_core as nnfs
from nnfs_core.training.trainer import Trainer
rng = np.random.default_rng(3)
x = rng.uniform(-1, 1, (400, 2))
y = rng.poisson(np.exp(1.5 + x[:, 0] - x[:, 1]))
data = nnfs.Dataset.from_arrays(x, y, task="counts", target="calls", dtype="float64")
experiment = nnfs.Experiment(
    layers=(6,), activation="tanh", learning_rate=0.05, dtype="float64", loss="poisson", epochs=400
)
trainer = Trainer(experiment, data)
w, worst, h = trainer.parameters.frozen_copy(), 0.0, 1e-6
for at in range(w.flat.size):
    ends = []
    for sign in (1, -1):
        moved = w.flat.copy(); moved[at] += sign * h
        ends.append(Trainer(experiment, data, type(w).over(moved, w.sizes)).metrics.train_loss)
    worst = max(worst, abs((ends[0] - ends[1]) / (2 * h) - trainer.gradient.flat[at]))
trained = nnfs.train(experiment, data)
said = nnfs.predict(trained, [[0.5, -0.5]])
print(json.dumps({"gradient": worst, "score": nnfs.evaluate(trained, data).score,
                  "said": float(said[0, 0])}))
"""


def test_a_task_is_trained_as_ours_are(folder):
    done = run(COUNT, folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["gradient"] < 1e-6
    assert found["score"] > 0.6
    assert found["said"] == pytest.approx(np.exp(2.5), rel=0.25)


LAYERS = """
import json, sys
from pathlib import Path
import numpy as np
from nnfs_core.data import load_dataset
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import load_run, save_run
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.run import Fingerprint, Run
from nnfs_core.training.arranged import Arranged
from nnfs_core.training.trainer import Trainer
experiment = Experiment(
    dataset="rings", layers=("gain", 9, "gain", "6"), activation="tanh", learning_rate=0.5,
    dtype="float64", batch_size=BATCH,
)
data = load_dataset("rings")
trainer = Trainer(experiment, data)
layout = trainer.network.layout
full = Trainer(experiment.but(batch_size=None), data)
w = full.parameters.frozen_copy()
rng = np.random.default_rng(1)
w = type(w).over(w.flat + 0.1 * rng.normal(size=w.flat.size), layout)  # gains that are not all 1
full = Trainer(experiment.but(batch_size=None), data, w)
h, worst = 1e-6, 0.0
for at in range(w.flat.size):
    ends = []
    for sign in (1, -1):
        moved = w.flat.copy(); moved[at] += sign * h
        there = Trainer(full.experiment, data, type(w).over(moved, layout))
        ends.append(there.metrics.train_loss)
    worst = max(worst, abs((ends[0] - ends[1]) / (2 * h) - full.gradient.flat[at]))
recording = Recording(Budget(stride=4))
recording.append(trainer.metrics); recording.keyframes.add(trainer.state(), keep=True)
for _ in range(10):
    recording.append(trainer.step_epoch()); recording.keyframes.offer(trainer)
run = Run(experiment, "gains", 10, (recording,), (trainer.state(),), 0, Fingerprint.of(data),
          rules=data.rules)
save_run(Path(sys.argv[1]), run)
again = load_run(Path(sys.argv[1]))
other = Trainer(again.experiment, data, state=again.newest[0])
replay = Trainer.replaying(trainer.arranged, again.recordings[0].keyframes.nearest(9))
while replay.epoch < 10: replay.step_epoch()
for _ in range(300): trainer.step_epoch(); other.step_epoch()
refused = ""
try:
    Experiment(layers=("gain", "gone 3"))
except ValueError as error:
    refused = str(error)
print(json.dumps({
    "gradient": worst, "layers": experiment.layers, "sizes": layout.sizes, "shapes": layout.shapes,
    "replayed": bool(np.array_equal(replay.state().numbers, again.newest[0].numbers)),
    "same": bool(np.array_equal(trainer.state().numbers, other.state().numbers)),
    "right": trainer.metrics.validation_score, "toml": again.experiment.to_toml(),
}))
"""


@pytest.mark.parametrize("batch", [None, 16])
def test_a_layer_is_trained_as_ours_are(folder, tmp_path_factory, batch):
    file = tmp_path_factory.mktemp("runs") / "gains.nnfs"
    code = LAYERS.replace("sys.argv[1]", repr(str(file))).replace("BATCH", repr(batch))
    done = run(code, folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["layers"] == ["gain", 9, "gain", 6] and found["sizes"] == [2, 2, 9, 9, 6, 2]
    assert found["shapes"] == [[2, 1, 2], [9, 2, 9], [9, 1, 9], [6, 9, 6], [2, 6, 2]]
    assert found["gradient"] < 1e-7
    assert found["same"] and found["replayed"], "opened again, it goes on with the same bits"
    assert found["right"] > 0.9
    assert '"gain",\n' in found["toml"]


def test_the_window_and_weights_files_say_that_they_know_dense_layers(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "w.npz"
    train = "from nnfs_cli.app import run; import sys; sys.exit(run(['train', '--layers', {}]))"
    refused = run(train.format(f"'8,gain', '--out', {str(out)!r}"), folder)
    assert refused.returncode == 2 and not out.exists() and "epoch 1" not in refused.stdout
    assert "a weights file holds dense layers alone" in refused.stderr
    trained = run(train.format("'8,gain', '--epochs', '3'"), folder)
    assert trained.returncode == 0 and "epoch 3" in trained.stdout
    for layers, words in (("'8,gone'", "gain"), ("'8,gain 3'", "a gain stands alone")):
        wrong = run(train.format(layers), folder)
        assert wrong.returncode == 2 and words in wrong.stderr and "Traceback" not in wrong.stderr
    shown = run(
        "from visualizer.app import application\n"
        "from visualizer.state.viewer import Viewer\n"
        "from nnfs_core.errors import UserError\n"
        "from nnfs_core.experiment import Experiment\n"
        "app = application(); viewer = Viewer(None)\n"
        "viewer.start_now(Experiment(), 'digits')\n"
        "try: viewer.start_now(Experiment(layers=(8, 'gain')), 'gains')\n"
        "except UserError as error: print(error)\n"
        "print(viewer.run.name)\n"
        "viewer.close()\n"
        "import nnfs_core.leaving, sys; sys.stdout.flush(); nnfs_core.leaving.leave(0)",
        folder,
    )
    assert shown.returncode == 0, shown.stderr
    said, name = shown.stdout.splitlines()
    assert said.startswith("the window shows dense layers alone") and "gain" in said
    assert name == "digits"


SHOW = """
from visualizer.app import application
from visualizer.state.viewer import Viewer
from visualizer.style.theme import DARK
from visualizer.view.frame_view import FrameView
from nnfs_core.experiment import Experiment
app = application()
viewer = Viewer(None)
view = FrameView(DARK, at_once=True)
view.resize(1400, 900); view.show(); app.processEvents()
view.arrangement.bring_forward("largest"); app.processEvents()
viewer.start_now(Experiment(dataset="rings", layers=(8,), activation="softplus"), "rings")
viewer.advance_now()
view.show_frame(viewer.frame, viewer.context)
largest = max(abs(w).max() for w in viewer.frame.parameters.weights)
print(view.panels["largest"].text.text(), "|", f"{largest:.4g}")
print(view.panels["health"].plots.activations.name)
viewer.close()
import nnfs_core.leaving; import sys; sys.stdout.flush(); nnfs_core.leaving.leave(0)
"""


def test_a_panel_is_one_of_the_window(folder):
    done = run(SHOW, folder)
    assert done.returncode == 0, done.stderr
    shown, number = done.stdout.splitlines()[0].split(" | ")
    assert shown == f"epoch 1: {number}"


def test_the_command_line_knows_them_and_says_what_is_wrong(folder, tmp_path_factory):
    (folder / "broken.py").write_text("OPTIMIZER = 1 / 0\n")
    (folder / "half.py").write_text("class Half:\n    name = 'half'\nOPTIMIZER = Half()\n")
    (folder / "ours.py").write_text(
        "from nnfs_core.model.activations import Activation\n"
        "ACTIVATION = Activation('relu', 'z', '1', None, None, 'does nothing')\n"
    )
    (folder / "no_text.py").write_bytes(b"OPTIMIZER = '\xff'\n")
    out = tmp_path_factory.mktemp("out") / "w.npz"
    code = (
        "from nnfs_cli.app import run; import sys; sys.exit(run(['train', '--dataset', 'rings',"
        "'--optimizer', 'sign', '--activation', 'softplus', '--epochs', '5',"
        f"'--out', {str(out)!r}]))"
    )
    done = run(code, folder)
    assert done.returncode == 0, done.stderr
    assert out.exists() and "epoch 5" in done.stdout
    notes = [line for line in done.stderr.splitlines() if line.startswith("note: plug-in ")]
    assert len(notes) == 4 and all(line.endswith("; it is left out") for line in notes)
    for words in ("broken.py: ZeroDivisionError", "half.py: its OPTIMIZER has no formula, slots"):
        assert any(words in line for line in notes), notes
    assert any("ours.py: there is already one called relu" in line for line in notes)
    assert any("no_text.py: " in line for line in notes)
    evaluate = (
        f"from nnfs_cli.app import run; import sys; sys.exit(run(['evaluate', {str(out)!r}]))"
    )
    measured = run(evaluate, folder)
    assert measured.returncode == 0 and "rings" in measured.stdout
    # Without the folder it is said what is missing.
    alone = run(evaluate, None)
    assert "error: " in alone.stderr and "softplus" in alone.stderr
    assert "Traceback" not in alone.stderr


def test_what_a_plugin_should_have_given_is_missing_and_it_says_why(tmp_path):
    (tmp_path / "mine.py").write_text("OPTIMIZER = no_such_name\n")
    code = (
        "from nnfs_cli.app import run; import sys; sys.exit(run(['train', '--optimizer', 'mine']))"
    )
    done = run(code, tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    note, error = done.stderr.splitlines()
    assert note.startswith("note: plug-in mine.py: NameError: ")
    assert error.startswith("error: ") and "mine" in error


def test_a_folder_that_is_none_is_a_note(tmp_path):
    done = run("from nnfs_cli.app import run; run(['train', '--epochs', '1'])", tmp_path / "none")
    assert "NNFS_PLUGINS names no folder" in done.stderr and "epoch 1" in done.stdout


def test_an_installed_package_adds_by_its_entry_points(folder):
    info = folder / "site" / "signs-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: signs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[nnfs.optimizers]\nsign = signs:OPTIMIZER\ngone = no_such_module:OPTIMIZER\n"
    )
    (folder / "sign.py").rename(folder / "site" / "signs.py")
    code = (
        "from nnfs_core.optimizers import optimizers; from nnfs_core.registry import troubles\n"
        "print(sorted(optimizers())); print(*troubles())"
    )
    done = run(code, None, PYTHONPATH=str(folder / "site"))
    assert done.returncode == 0, done.stderr
    names, troubles = done.stdout.splitlines()
    assert "'sign'" in names and "gone" not in names
    assert "plug-in gone (no_such_module:OPTIMIZER): ModuleNotFoundError" in troubles


def test_without_plugins_nothing_about_packages_is_read():
    code = (
        "import importlib.metadata\n"
        "importlib.metadata.entry_points = None\n"
        "from nnfs_core.optimizers import optimizers; print(len(optimizers()))"
    )
    assert run(code, None).stdout.strip() == "4"
