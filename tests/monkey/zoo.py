"""Files to open, good and bad, each small; made once for many runs."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from PIL import Image

from nnfs_core.data import load_dataset
from nnfs_core.experiment import Experiment
from nnfs_core.files.runfile import save_run
from nnfs_core.files.weights import Weights, save_weights
from nnfs_core.history.keyframes import Budget
from nnfs_core.history.recording import Recording
from nnfs_core.history.run import Fingerprint, Run
from nnfs_core.training.trainer import Trainer


def make_zoo(folder: Path) -> None:
    """Fill an empty folder."""
    _runs(folder)
    _experiments(folder)
    _tables(folder)
    _arrays(folder)
    _pictures(folder)
    (folder / "a folder").mkdir()
    (folder / "an empty folder.nnfs").mkdir()
    (folder / "no suffix").write_bytes(b"\x00\x01\x02")
    (folder / "text.txt").write_text("nothing that can be opened\n")


def _runs(folder: Path) -> None:
    for name, experiment, epochs in (
        ("run.nnfs", Experiment(), 12),
        ("deep.nnfs", Experiment(layers=(5, 4, 3), optimizer="adam", dtype="float64"), 3),
        ("untrained.nnfs", Experiment(), 0),
    ):
        dataset = load_dataset(experiment.dataset)
        trainer = Trainer(experiment, dataset)
        recording = Recording(Budget.for_run(trainer))
        recording.append(trainer.metrics)
        recording.keyframes.add(trainer.state(), keep=True)
        for _ in range(epochs):
            recording.append(trainer.step_epoch())
            recording.keyframes.offer(trainer)
        run = Run(
            experiment,
            Path(name).stem,
            20,
            (recording,),
            (trainer.state(),),
            0,
            Fingerprint.of(dataset),
        )
        save_run(folder / name, run)
    whole = (folder / "run.nnfs").read_bytes()
    (folder / "half.nnfs").write_bytes(whole[: len(whole) // 2])
    (folder / "headless.nnfs").write_bytes(whole[100:])
    broken = bytearray(whole)
    for at in range(1000, len(broken), 997):
        broken[at] ^= 0x55
    (folder / "broken.nnfs").write_bytes(broken)
    (folder / "empty.nnfs").write_bytes(b"")


def _experiments(folder: Path) -> None:
    (folder / "small.toml").write_text('dataset = "digits"\nlayers = [4]\nepochs = 30\n')
    (folder / "bold.toml").write_text('dataset = "digits"\nlearning_rate = 1e30\n')
    (folder / "long.json").write_text('{"dataset": "digits", "layers": [256], "batch_size": 1}')
    (folder / "wrong.toml").write_text("layers = -3\n")
    (folder / "unknown.json").write_text('{"layerz": [3]}')
    (folder / "torn.toml").write_text('dataset = "dig')
    (folder / "no text.json").write_bytes(bytes(range(128, 256)))
    (folder / "nowhere.toml").write_text('dataset = "nowhere.csv"\n')


def _tables(folder: Path) -> None:
    rng = np.random.default_rng(5)
    table = "a,b,c,label\n" + "".join(
        f"{x:.3f},{y:.3f},{z:.3f},{'yes' if x > y else 'no'}\n" for x, y, z in rng.random((60, 3))
    )
    (folder / "table.csv").write_text(table)
    (folder / "table.csv.gz").write_bytes(gzip.compress(table.encode()))
    names = [f"pixel{at}" for at in range(16)]
    rows = (
        ",".join(map(str, [*row, at % 3])) for at, row in enumerate(rng.integers(0, 256, (40, 16)))
    )
    (folder / "pixels.csv").write_text(",".join([*names, "label"]) + "\n" + "\n".join(rows))
    (folder / "one column.csv").write_text("label\n" + "x\ny\n" * 10)
    (folder / "words.csv").write_text("a,label\n" + "apple,1\npear,2\n" * 10)
    (folder / "few.csv").write_text("a,label\n1,2\n")
    (folder / "four rows.csv").write_text("a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    (folder / "numbered.csv").write_text(
        "Id,a,same,label\n" + "".join(f"{at},{at % 7},1,{'ab'[at > 0]}\n" for at in range(30))
    )
    (folder / "measured.csv").write_text(
        "a,label\n" + "".join(f"{at},{at / 7:.3f}\n" for at in range(30))
    )
    (folder / "empty.csv").write_text("")
    (folder / "header.csv").write_text("a,b,label\n")
    (folder / "ragged.csv").write_text("a,b,label\n1,2,3\n1,2\n")
    (folder / "infinite.csv").write_text("a,b,label\n" + "inf,nan,1\n0,1,2\n" * 10)
    (folder / "constant.csv").write_text("a,b,label\n" + "1,1,x\n1,1,y\n" * 10)
    (folder / "torn.csv.gz").write_bytes(gzip.compress(table.encode())[:-30])


def _arrays(folder: Path) -> None:
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 256, (50, 5, 5)).astype(np.uint8), np.arange(50) % 4
    np.savez(folder / "data.npz", x_train=x[:40], y_train=y[:40], x_test=x[40:], y_test=y[40:])
    np.savez(
        folder / "from one.npz",
        x_train=x[:40].reshape(40, 25),
        y_train=y[:40] + 1,
        x_test=x[40:].reshape(10, 25),
        y_test=y[40:] + 2,
    )
    np.savez(folder / "other names.npz", a=x, b=y)
    np.savez(folder / "no samples.npz", x_train=x[:0], y_train=y[:0], x_test=x[:0], y_test=y[:0])
    (folder / "torn.npz").write_bytes((folder / "data.npz").read_bytes()[:300])
    trainer = Trainer(Experiment(), load_dataset("digits"))
    parameters = trainer.frame().parameters
    save_weights(
        folder / "weights.npz",
        Weights(parameters.weights, parameters.biases, 0.1, Experiment().to_dict()),
    )


def _pictures(folder: Path) -> None:
    grey = Image.fromarray(np.tile(np.arange(0, 250, 5, np.uint8), (60, 1)))
    for suffix in ("png", "jpg", "bmp", "gif", "tif", "webp"):
        grey.save(folder / f"picture.{suffix}")
    grey.convert("RGBA").save(folder / "clear.png")
    Image.new("L", (1, 1), 200).save(folder / "one pixel.png")
    Image.new("L", (2000, 1), 200).save(folder / "line.png")
    Image.new("RGB", (50, 50)).save(folder / "black.png")
    (folder / "half.png").write_bytes((folder / "picture.png").read_bytes()[:60])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_text("not a picture")
    (folder / "vector.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
