"""Whether a window can open is said in one line, before Qt would abort."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from visualizer import display, system_libraries

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere there is always a display"
)

OPEN_A_WINDOW = """
import sys
from visualizer.display import display_problem
if problem := display_problem():
    sys.exit(f"error: {problem}")
from PyQt6.QtWidgets import QApplication
print(QApplication([]).platformName())
"""


@pytest.fixture
def nothing(monkeypatch):
    """An environment that points to no display at all."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("QT_QPA_PLATFORM", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def open_a_window() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OPEN_A_WINDOW], cwd=ROOT, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (None, "", "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"),
        ("DISPLAY", ":987", "the X server of DISPLAY=:987 does not answer"),
        ("DISPLAY", "nonsense", "the X server of DISPLAY=nonsense does not answer"),
        ("WAYLAND_DISPLAY", "/nowhere/wayland-0", "wayland"),
        ("QT_QPA_PLATFORM", "xcb", "DISPLAY is not set"),
        ("QT_QPA_PLATFORM", "bogus", "QT_QPA_PLATFORM names 'bogus', which is none of"),
        ("QT_QPA_PLATFORM", "minimalegl", "QT_QPA_PLATFORM=minimalegl does not start"),
    ],
)
def test_no_display_is_one_line_and_no_core_dump(nothing, variable, value, said):
    if variable:
        nothing.setenv(variable, value)
    done = open_a_window()
    assert done.returncode == 1, "negative would be a signal: an abort"
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: no window can open: ")
    assert said in done.stderr
    assert "python main.py render" in done.stderr
    assert "QT_QPA_PLATFORM=vnc" in done.stderr


@pytest.mark.parametrize("value", ["offscreen", "minimal", "bogus;offscreen"])
def test_drawing_without_a_display_is_possible(nothing, value):
    nothing.setenv("QT_QPA_PLATFORM", value)
    done = open_a_window()
    assert (done.returncode, done.stdout.strip()) == (0, value.split(";")[-1]), done.stderr


def test_a_display_that_answers_is_no_problem(nothing, tmp_path):
    xvfb = Path("/usr/bin/Xvfb")
    if not xvfb.exists():
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        [xvfb, "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as numbers:
            nothing.setenv("DISPLAY", f":{numbers.readline().strip()}")
        assert display.display_problem() is None
        assert open_a_window().stdout.strip() == "xcb"
        # A compositor that is gone does not hide the X server behind it.
        nothing.setenv("WAYLAND_DISPLAY", str(tmp_path / "wayland-0"))
        assert display.display_problem() is None
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_wayland_is_asked_before_x(nothing):
    nothing.setenv("DISPLAY", ":0")
    assert display.platforms() == ["xcb"]
    nothing.setenv("XDG_SESSION_TYPE", "wayland")
    assert display.platforms() == ["wayland", "xcb"]
    nothing.setenv("QT_QPA_PLATFORM", "vnc:port=5901;xcb")
    assert display.platforms() == ["vnc:port=5901", "xcb"]


def test_a_compositor_that_listens_is_no_problem(nothing, tmp_path):
    nothing.setattr(system_libraries, "missing", lambda groups=("qt",): [])
    nothing.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    nothing.setenv("WAYLAND_DISPLAY", "wayland-7")
    assert "no Wayland compositor answers" in display.display_problem()
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "wayland-7"))
        compositor.listen()
        assert display.display_problem() is None


def test_a_vnc_port_that_is_taken_is_said(nothing):
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        nothing.setenv("QT_QPA_PLATFORM", f"vnc:port={port}")
        assert f"port {port} cannot be used" in display.display_problem()
    nothing.setenv("QT_QPA_PLATFORM", "vnc:port=high")
    assert "'high' is not a port" in display.display_problem()


def test_a_missing_library_of_the_plugin_comes_with_its_command(nothing):
    def missing(groups=("qt",)):
        return [("libxcb-cursor.so.0", "libxcb-cursor0")] if "xcb" in groups else []

    nothing.setattr(system_libraries, "missing", missing)
    nothing.setattr(system_libraries.shutil, "which", lambda name: f"/usr/bin/{name}")
    nothing.setattr(system_libraries, "needs_update", lambda: False)
    nothing.setattr(system_libraries.os, "geteuid", lambda: 1000)
    nothing.setenv("DISPLAY", ":0")
    problem = display.display_problem()
    assert "libxcb-cursor.so.0" in problem
    assert "`sudo apt-get install libxcb-cursor0`" in problem
    assert "render" in problem


def test_what_qt_itself_lacks_leaves_no_way_round(nothing):
    nothing.setattr(
        system_libraries, "missing", lambda groups=("qt",): [("libEGL.so.1", "libegl1")]
    )
    for platform in ("offscreen", "xcb"):
        nothing.setenv("QT_QPA_PLATFORM", platform)
        problem = display.display_problem()
        assert "libEGL.so.1" in problem
        assert "render" not in problem


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_always_have_a_display(nothing, platform):
    nothing.setattr(sys, "platform", platform)
    assert display.display_problem() is None
    assert system_libraries.missing() == []
    assert system_libraries.missing_fonts() == []


class TestSystemLibraries:
    def test_every_library_the_wheel_asks_for_is_in_the_table(self):
        """Read what the loader reads: the ``NEEDED`` names in the files Qt loads here."""
        qt = Path(pytest.importorskip("PyQt6").__file__).parent
        lib, plugins = qt / "Qt6" / "lib", qt / "Qt6" / "plugins"
        if not lib.is_dir():
            pytest.skip("this PyQt6 is the system's own")
        todo = [qt / f"Qt{name}.abi3.so" for name in ("Core", "Gui", "Widgets", "Test", "Svg")]
        names = ("xcb", "wayland", "vnc", "offscreen", "minimal")
        todo += [plugins / "platforms" / f"libq{name}.so" for name in names]
        todo += sorted((plugins / "imageformats").glob("libq[ijsgp]*.so"))
        todo += sorted((plugins / "wayland-graphics-integration-client").glob("*egl.so"))
        seen, outside = set(), set()
        while todo:
            for soname in _needed(todo.pop()):
                inside = lib / soname
                if not inside.exists():
                    outside.add(soname)
                elif inside not in seen:
                    seen.add(inside)
                    todo.append(inside)
        libc = ("libc.", "libm.", "libdl.", "libpthread.", "librt.", "libresolv.", "ld-linux")
        outside = {soname for soname in outside if not soname.startswith((*libc, "libgcc_s."))}
        table = {soname for group in system_libraries.LIBRARIES.values() for soname in group}
        assert len(outside) > 20
        assert outside <= table
        assert table <= outside, "nothing is asked for that nothing needs"

    def test_a_library_that_does_not_exist_is_missing(self, monkeypatch):
        table = {"qt": {"libc.so.6": "libc6", "libnnfs-nowhere.so.9": "libnnfs9"}}
        monkeypatch.setattr(system_libraries, "LIBRARIES", table)
        assert system_libraries.missing(["qt"]) == [("libnnfs-nowhere.so.9", "libnnfs9")]

    def test_fedora_is_asked_by_library(self, monkeypatch):
        found = {"dnf": "/usr/bin/dnf"}
        monkeypatch.setattr(system_libraries.shutil, "which", found.get)
        lacking = [("libEGL.so.1", "libegl1")]
        assert "dnf install 'libEGL.so.1()(64bit)'" in system_libraries.how_to_install(lacking)
        found.clear()
        assert "libEGL.so.1" in system_libraries.how_to_install(lacking)

    def test_fonts_are_found_where_they_are_usually_put(self, monkeypatch, tmp_path):
        folder = tmp_path / "fonts" / "opentype"
        folder.mkdir(parents=True)
        (folder / "Inter-Regular.otf").touch()
        (folder / "README").touch()
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        assert "Inter-Regular.otf" in system_libraries.font_files()
        assert "README" not in system_libraries.font_files()
        assert "fonts-inter" not in system_libraries.missing_fonts()


def _needed(file: Path) -> list[str]:
    """Read the ``DT_NEEDED`` entries of a 64-bit little-endian ELF file."""
    import struct

    data = file.read_bytes()
    assert data[:6] == b"\x7fELF\x02\x01", file
    offset, size, count = *struct.unpack_from("<Q", data, 32), *struct.unpack_from("<2H", data, 54)
    headers = [struct.unpack_from("<2L6Q", data, offset + size * i) for i in range(count)]

    def at(address: int) -> int:
        load = next(h for h in headers if h[0] == 1 and h[3] <= address < h[3] + h[5])
        return address - load[3] + load[2]

    dynamic = next(h for h in headers if h[0] == 2)
    entries = [struct.unpack_from("<qQ", data, dynamic[2] + i) for i in range(0, dynamic[5], 16)]
    strings = at(next(value for tag, value in entries if tag == 5))
    starts = [strings + value for tag, value in entries if tag == 1]
    return [data[start : data.index(b"\0", start)].decode() for start in starts]
