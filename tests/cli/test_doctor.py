"""The doctor: true about this machine, and useful about one that lacks something."""

from __future__ import annotations

import builtins
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnfs_core
from nnfs_cli import doctor
from nnfs_core.data import load_dataset, mnist
from nnfs_core.data.idx_folder import NAMES
from nnfs_core.errors import UserError
from visualizer import display, system_libraries
from visualizer.window import installation

ROOT = Path(__file__).resolve().parents[2]
LINUX = sys.platform.startswith("linux")


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch, tmp_path):
    """Nothing set that the report would mention; every folder an empty one."""
    for name in (*installation.VARIABLES, "NNFS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(mnist, "cache_folder", lambda: tmp_path / "cache" / "mnist")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def find(findings: list[installation.Finding], name: str) -> installation.Finding:
    return next(finding for finding in findings if finding.name == name)


def test_versions_are_those_that_run():
    found = {finding.name: finding.value for finding in installation.versions()}
    assert found["nnfs-visualizer"] == nnfs_core.__version__
    assert found["Python"].startswith(platform.python_version())
    assert found["numpy"] == np.__version__
    assert found["pyqtgraph"] == importlib.metadata.version("pyqtgraph")


def test_a_healthy_machine_passes_and_prints_it_all(capsys):
    assert doctor.doctor() == 0
    printed = capsys.readouterr().out
    for title in ("Versions", "Window", "Speed", "Data", "Files"):
        assert f"{title}\n" in printed
    assert "bad" not in printed.split()


@pytest.mark.skipif(not LINUX, reason="elsewhere there is always a display")
class TestWindow:
    def test_no_display_is_worth_a_note_because_rendering_works(self, monkeypatch):
        monkeypatch.setattr(display, "platforms", list)
        sections, ok = installation.examine()
        plugin = find(dict(sections)["Window"], "platform plugin")
        assert plugin.value == "none"
        assert "python main.py render" in plugin.advice
        assert ok

    def test_the_plugin_shown_is_the_first_that_works(self, monkeypatch):
        monkeypatch.setenv("QT_QPA_PLATFORM", "bogus;offscreen;minimal")
        plugin = find(installation.window(), "platform plugin")
        assert (plugin.value, plugin.advice) == ("offscreen", "")

    def test_a_missing_library_comes_with_its_command_in_one_line(self, monkeypatch, capsys):
        lacking = [(f"libthing-{i}.so.0", f"libthing-with-a-long-name-{i}") for i in range(9)]
        monkeypatch.setattr(
            system_libraries, "missing", lambda groups=("qt",): lacking if "xcb" in groups else []
        )
        monkeypatch.setattr(system_libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(system_libraries, "needs_update", lambda: False)
        assert doctor.doctor() == 0
        command = "apt-get install " + " ".join(package for _, package in lacking)
        assert command in capsys.readouterr().out, "a wrapped command cannot be copied"

    def test_no_font_at_all_is_said(self, monkeypatch):
        monkeypatch.setattr(system_libraries, "font_files", set)
        fonts = find(installation.window(), "fonts")
        assert "fonts-dejavu-core" in fonts.advice


def test_qt_that_does_not_load_is_reported_not_raised(monkeypatch, capsys):
    real = builtins.__import__

    def no_qt(name, *arguments, **options):
        if name.startswith("PyQt6"):
            raise ImportError("libEGL.so.1: cannot open shared object file")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", no_qt)
    assert doctor.doctor() == 1
    printed = capsys.readouterr().out
    assert "bad" in printed
    assert "libEGL.so.1: cannot open shared object file" in printed


def test_it_works_where_nothing_of_qt_is_installed():
    code = (
        "import sys; sys.modules['PyQt6'] = None\n"
        "from nnfs_cli.doctor import doctor; sys.exit(doctor())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == ""
    assert "does not load" in done.stdout


class TestSpeed:
    def test_the_blas_is_the_one_numpy_uses(self):
        blas = find(installation.speed(), "BLAS")
        built_with = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
        if "openblas" in built_with:
            assert blas.value.startswith("openblas ")
            assert blas.value.endswith("threads")

    def test_variables_that_slow_it_down_are_explained(self, monkeypatch):
        names = {finding.name for finding in installation.speed()}
        assert not names & set(installation.VARIABLES)
        monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
        findings = installation.speed()
        kernels = find(findings, "OPENBLAS_CORETYPE")
        assert kernels.value.startswith("Haswell: ")
        assert "unset" in kernels.advice
        assert find(findings, "OMP_NUM_THREADS").value.startswith("1: ")


class TestData:
    def fill(self, folder: Path, *names: str) -> None:
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).touch()

    def test_without_any_it_says_how_to_get_it(self, tmp_path):
        cache = find(installation.data(), "mnist, cache")
        assert str(tmp_path) in cache.value
        assert "none of the four files" in cache.value
        assert "--data-dir DIR" in cache.advice

    def test_the_named_folder_comes_first_and_hides_the_rest(self, tmp_path, monkeypatch):
        self.fill(tmp_path / "named" / "mnist", *(f"{name}.gz" for name in NAMES))
        self.fill(tmp_path / "variable", *NAMES)
        monkeypatch.setenv("NNFS_DATA_DIR", str(tmp_path / "variable"))
        findings = installation.data(tmp_path / "named")
        named, variable, cache = (
            find(findings, f"mnist, {place}") for place in ("--data-dir", "NNFS_DATA_DIR", "cache")
        )
        assert all(f"{name}.gz" in named.value for name in NAMES)
        assert "(not used)" not in named.value
        assert variable.value.endswith("(not used)")
        assert cache.value.endswith("(not used)")
        assert not any(finding.advice for finding in findings)

    def test_what_is_absent_is_named(self, tmp_path):
        self.fill(tmp_path / "named", *NAMES[:3])
        named = find(installation.data(tmp_path / "named"), "mnist, --data-dir")
        assert NAMES[3] in named.advice
        assert NAMES[0] not in named.advice


def test_looking_makes_no_folder(tmp_path):
    cache = find(installation.files(), "cache")
    assert cache.advice == ""
    assert not (tmp_path / "cache").exists()


def test_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "cache").touch()
    assert str(tmp_path / "cache") in find(installation.files(), "cache").advice


def test_without_a_home_it_says_so(monkeypatch, capsys):
    def nowhere(*_: object, **__: object) -> str:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.undo()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("NNFS_DATA_DIR", "~/data")
    for name in ("platformdirs.user_cache_dir", "platformdirs.user_data_dir"):
        monkeypatch.setattr(name, nowhere)
    monkeypatch.setattr(Path, "expanduser", nowhere)
    assert doctor.doctor() == 0
    printed = capsys.readouterr().out
    assert printed.count("there is no home folder") == 3 and "~/data: none of the four" in printed
    monkeypatch.delenv("NNFS_DATA_DIR")
    with pytest.raises(UserError, match="no home folder to keep MNIST in; name a folder"):
        load_dataset("mnist")
