"""The package as it is given away: built, installed with pipx, and opened."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nnfs_core import __version__

pytest.importorskip("pipx", reason="pipx is not installed")

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (".py", ".toml", ".npz", ".txt", ".css", ".js", ".png", ".typed")
NO_INDEX = re.compile("Could not find a version|No matching distribution|Connection|Temporary fail")

OPEN = """
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from nnfs_cli.start import main
from visualizer import app

app.application()
QTimer.singleShot(0, QApplication.closeAllWindows)
main()
"""


def ran(*command: str, where: Path, **environment: str) -> str:
    """Run something and return what it printed; skip where packages cannot be fetched."""
    whole = os.environ | environment
    done = subprocess.run(
        command, cwd=where, env=whole, capture_output=True, text=True, timeout=280, check=False
    )
    if done.returncode and NO_INDEX.search(done.stderr + done.stdout):
        pytest.skip("packages cannot be fetched")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_wheel_holds_everything_installs_with_pipx_and_opens_the_window(tmp_path):
    source = tmp_path / "source"
    ran("git", "clone", "--quiet", str(ROOT), str(source), where=tmp_path)
    pip = (sys.executable, "-m", "pip")
    ran(*pip, "wheel", "--quiet", "--no-deps", "-w", str(tmp_path), str(source), where=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    tracked = ran(
        "git", "ls-files", "nnfs_core", "nnfs_cli", "nnfs_web", "visualizer", where=source
    )
    wanted = {name for name in tracked.split("\n") if name.endswith(SHIPPED)}
    assert wanted and wanted <= held, sorted(wanted - held)
    places = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    constraints = f"--pip-args=--constraint={ROOT / 'constraints.txt'}"
    pipx = (sys.executable, "-m", "pipx", "install", "--python", sys.executable, constraints)
    ran(*pipx, str(wheel), where=tmp_path, **places)
    (command,) = (tmp_path / "bin").iterdir()
    assert ran(str(command), "--version", where=tmp_path) == f"nnfs-visualizer {__version__}\n"
    folder = "Scripts" if os.name == "nt" else "bin"
    (python,) = (tmp_path / "pipx" / "venvs").glob(f"*/{folder}/python")
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    ran(str(python), "-c", OPEN, where=tmp_path, QT_QPA_PLATFORM="offscreen", **home)


CORE = """
import importlib.util, json, sys
import numpy as np
import nnfs_core as nnfs
trained = nnfs.train(nnfs.Experiment(layers=(10,), learning_rate=0.5, epochs=60))
nnfs.save_weights("digits.npz", trained)
again = nnfs.load_weights("digits.npz")
print(json.dumps({
    "right": nnfs.evaluate(again).accuracy, "qt": importlib.util.find_spec("PyQt6") is not None,
    "presets": len(nnfs.presets()), "where": nnfs.__file__, "version": nnfs.__version__,
}))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_light_wheel_of_the_mathematics_alone_trains_in_an_empty_environment(tmp_path):
    source = tmp_path / "source"
    ran("git", "clone", "--quiet", str(ROOT), str(source), where=tmp_path)
    (source / ".venv").symlink_to(ROOT / ".venv")
    build = "import sys, dev; sys.exit(dev.wheel(['--core']))"
    ran(sys.executable, "-c", build, where=source, PYTHONPATH=str(source))
    (wheel,) = (source / "dist").glob("*.whl")
    assert wheel.name == f"nnfs_core-{__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < 2**20
    with zipfile.ZipFile(wheel) as archive:
        held = {name.split("/")[0] for name in archive.namelist()}
    assert held == {"nnfs_core", f"nnfs_core-{__version__}.dist-info"}
    ran(sys.executable, "-m", "venv", str(tmp_path / "env"), where=tmp_path)
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    constraints = f"--constraint={ROOT / 'constraints.txt'}"
    install = (str(python), "-m", "pip", "install", "--quiet", constraints, str(wheel))
    ran(*install, where=tmp_path)
    (tmp_path / "empty").mkdir()
    found = json.loads(ran(str(python), "-W", "error", "-c", CORE, where=tmp_path / "empty"))
    assert found["right"] > 0.9 and not found["qt"] and found["presets"] > 3
    assert Path(found["where"]).is_relative_to(tmp_path / "env")
    assert found["version"] == __version__
