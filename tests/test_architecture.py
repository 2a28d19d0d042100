"""The layout holds: imports point down, the mathematics knows no window, colours one home."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

WALK = """
import importlib, pkgutil, sys
import nnfs_core
for module in pkgutil.walk_packages(nnfs_core.__path__, "nnfs_core."):
    importlib.import_module(module.name)
from nnfs_core.experiment import presets
presets()
"""

FORBIDDEN = {
    "nnfs_core": (
        "visualizer",
        "nnfs_cli",
        "nnfs_web",
        "PyQt6",
        "pyqtgraph",
        "typer",
        "rich",
        "gradio",
    ),
    "visualizer": ("nnfs_cli", "nnfs_web", "typer", "rich", "gradio"),
    "nnfs_web": ("nnfs_cli", "visualizer", "PyQt6", "pyqtgraph", "typer", "rich", "PIL"),
}
"""What each layer must not import, anywhere in its source, not even inside a function."""


def loaded_after(code: str) -> set[str]:
    """Run code in an interpreter of its own; return the top-level packages it has loaded."""
    report = "\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import sys\n" + code + report],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the top-level packages a file imports anywhere, relative imports resolved."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = path.relative_to(ROOT).parts[0] if node.level else node.module or ""
            names.add(module.partition(".")[0])
    return names


def test_the_core_loads_no_window():
    loaded = loaded_after(WALK)
    assert "nnfs_core" in loaded and "numpy" in loaded
    assert not loaded & {"PyQt6", "pyqtgraph", "visualizer", "nnfs_cli", "typer", "PIL"}


def test_training_loads_nothing_it_does_not_need():
    loaded = loaded_after("import nnfs_core.training.trainer")
    assert not loaded & {"PyQt6", "pyqtgraph", "visualizer", "pooch", "requests", "typer", "rich"}


def test_the_command_line_loads_nothing_heavy_for_its_help():
    loaded = loaded_after("import nnfs_cli.app")
    assert not loaded & {"PyQt6", "pyqtgraph", "visualizer", "numpy", "pydantic", "pooch", "PIL"}


def test_pictures_are_read_in_one_place():
    folder = ROOT / "nnfs_core" / "pictures"
    readers = {path for path in sources("nnfs_core") if "PIL" in imported(path)}
    assert readers == {folder / "file.py", folder / "grey.py"}


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_down(package):
    assert sources(package), package
    for path in sources(package):
        upwards = imported(path) & set(FORBIDDEN[package])
        assert not upwards, f"{path.relative_to(ROOT)} imports {', '.join(sorted(upwards))}"


GROUND = ("__init__", "progress", "aside", "leaving", "errors", "registry", "compute", "disk")
MIDDLE = (
    "text",
    "data",
    "plain",
    "model",
    "optimizers",
    "recipe",
    "schedules",
    "presets",
    "experiment",
    "passes",
)
TOP = (
    "training",
    "history",
    "engine",
    "diagnose",
    "explain",
    "files",
    "pictures",
    "shipped",
    "library",
)
STATE = ("__init__", "system_libraries", "display", "jobs", "state", "style", "kit", "panels")

ROOMS = {
    "nnfs_core": (*GROUND, *MIDDLE, *TOP),
    "visualizer": (*STATE, "view", "window", "app", "screenshots"),
}
"""The rooms of each package from the ground up: files and folders that lie in it."""


def names_imported(path: Path) -> set[str]:
    """Return the dotted names that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: an import that does not say from where"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(name: str, package: str) -> str:
    """Return the room of a dotted name of a package."""
    inside = name.removeprefix(f"{package}.").split(".")[0]
    return inside if inside in ROOMS[package] else "__init__"


@pytest.mark.parametrize("package", ROOMS)
def test_rooms_know_only_what_lies_below_them(package):
    order = ROOMS[package]
    there = {path.relative_to(ROOT / package).parts[0] for path in sources(package)}
    assert {name.removesuffix(".py") for name in there} == set(order), "each has its place there"
    for path in sources(package):
        mine = path.relative_to(ROOT / package).parts[0].removesuffix(".py")
        if mine == "__init__":
            continue  # the door: it names what other programs may use, and loads nothing by itself
        others = {
            room(name, package)
            for name in names_imported(path)
            if name == package or name.startswith(f"{package}.")
        }
        above = {one for one in others - {mine} if order.index(one) > order.index(mine)}
        assert not above, f"{path.relative_to(ROOT)} imports {', '.join(sorted(above))}"


def test_panels_do_not_know_each_other():
    """What two of them need lies in the kit or beside their folders."""
    folder = ROOT / "visualizer" / "panels"
    for path in sources("visualizer/panels"):
        if path.parent == folder:
            continue
        others = {
            name.split(".")[2]
            for name in names_imported(path)
            if name.startswith("visualizer.panels.") and (folder / name.split(".")[2]).is_dir()
        }
        assert others <= {path.parent.name}, path.relative_to(ROOT)


HEX = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")


def named_colours(path: Path) -> list[str]:
    """Return the colours a file spells out: hex strings, and makers given plain numbers."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # Anywhere in a text: style sheets and rich text hold colours between other words.
            match = re.search(rf"(?<![\w&])({HEX.pattern})\b", node.value)
            if match and not is_docstring_like(node.value):
                found.append(f"line {node.lineno}: {match[1]}")
        elif isinstance(node, ast.Call) and node.args:
            maker = ast.unparse(node.func).rpartition(".")[2]
            plain = all(isinstance(argument, ast.Constant) for argument in node.args)
            if maker in {"QColor", "mkColor", "mkPen", "mkBrush", "QRgb", "fromRgb"} and plain:
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def is_docstring_like(text: str) -> bool:
    return "\n" in text and "{" not in text


def test_colours_are_named_in_the_theme_alone():
    assert (ROOT / "visualizer" / "style" / "theme.py").exists()
    packages = ("visualizer", "nnfs_core", "nnfs_cli", "nnfs_web")
    for path in [path for package in packages for path in sources(package)]:
        if path.name != "theme.py":
            assert not named_colours(path), f"{path.relative_to(ROOT)}: {named_colours(path)}"
    assert not HEX.search((ROOT / "nnfs_web" / "page.css").read_text("utf-8"))


def test_the_colour_check_would_notice(tmp_path):
    """The check above is worth nothing if it cannot fail."""
    file = tmp_path / "panel.py"
    for line in (
        'pen = "#4aa3ff"',
        'sheet = "QLabel { color: #fff; }"',
        "c = QtGui.QColor(1, 2, 3)",
        'c = QColor("red")',
        'p = pg.mkPen("r")',
    ):
        file.write_text(line)
        assert named_colours(file), line
    for line in ("c = QColor(palette.accent)", 'title = "sample #12"', "p = pg.mkPen(colour)"):
        file.write_text(line)
        assert not named_colours(file), line


def test_no_global_randomness():
    """Only the legacy draw of the `uniform` initializer may touch numpy.random's old interface."""
    for path in [*sources("nnfs_core"), *sources("visualizer"), *sources("nnfs_cli")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("np.random"):
                allowed = {"Generator", "default_rng", "PCG64"}
                if path.name == "initializers.py":
                    allowed.add("RandomState")
                assert node.attr in allowed, f"{path.name}:{node.lineno}: np.random.{node.attr}"


PLAIN_FIGURES = {
    "nnfs_core/plain.py": {".4f", ".1%"},  # as one would print it
    "nnfs_cli/options.py": {"g"},  # the bounds of an option
    "nnfs_core/files/foreign_weights.py": {".1f"},  # sizes of files
    "nnfs_core/disk/npz.py": {".0f", ".1f"},
    "nnfs_core/files/runfile.py": {".0f", ".1f"},
    "nnfs_web/plots.py": {".1f", ".3f"},  # a colour and a width, for the browser
    "visualizer/view/export.py": {"g"},  # pixels to a unit of length
    "visualizer/view/message_bar.py": {".1f"},  # megabytes that have arrived
}
"""By file, how it writes decimal numbers itself; none of them is of a run."""

NUMPYS = {"format_float_positional", "format_float_scientific", "array2string"}

AS_A_FLOAT = re.compile(r"\.\S*|.*[eEfFgG%n]")


def formatted_floats(path: Path) -> list[tuple[str, int]]:
    """Return each format of a decimal number that a file has, with its line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            assert isinstance(node.format_spec, ast.JoinedStr)
            parts = node.format_spec.values
            spec = "".join(str(p.value) if isinstance(p, ast.Constant) else "0" for p in parts)
            found.append((spec, node.lineno))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # For str.format and the percent sign.
            of_braces = re.findall(r"\{\w*:([^{} ][^{}]*)\}", node.value)
            if not is_docstring_like(node.value):
                of_percent = re.findall(r"%[-+ 0#]*\d*(\.\d+[efgEFG]|[efgEFG]\b)", node.value)
                found += [(spec, node.lineno) for spec in (*of_braces, *of_percent)]
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name == "format" and len(node.args) == 2:
                found.append((ast.unparse(node.args[1]).strip("'\""), node.lineno))
            rounds = name == "round" and len(node.args) == 2
            if rounds or name in NUMPYS:
                found.append((".", node.lineno))
    return [(spec, line) for spec, line in found if AS_A_FLOAT.search(spec)]


def test_numbers_of_a_run_are_written_in_one_place():
    assert (ROOT / "nnfs_core" / "text" / "numbers.py").exists()
    packages = ("visualizer", "nnfs_core", "nnfs_cli", "nnfs_web")
    for path in [path for package in packages for path in sources(package)]:
        name = path.relative_to(ROOT).as_posix()
        if name == "nnfs_core/text/numbers.py":
            continue
        found = formatted_floats(path)
        assert {spec for spec, _ in found} == PLAIN_FIGURES.get(name, set()), (
            f"{name}, line {', '.join(str(line) for _, line in found)}: numbers are written by "
            "nnfs_core/text/numbers.py"
        )
    for path in (ROOT / "nnfs_web").glob("*.js"):
        assert not re.search(r"\.to(Fixed|Precision|Exponential)\(", path.read_text("utf-8"))


def test_the_check_of_numbers_would_notice(tmp_path):
    file = tmp_path / "panel.py"
    for line in (
        'text = f"{loss:.4f}"',
        'text = f"loss {loss:>8.2%}"',
        'text = f"{rate:g}"',
        'text = f"{value:.{digits}f}"',
        'text = f"{scale:,g} samples"',
        'text = "{:.3g}".format(value)',
        'text = "%.3f" % value',
        'text = "%g" % value',
        'text = format(value, ".2e")',
        "text = str(round(value, 3))",
        "text = np.format_float_scientific(value)",
    ):
        file.write_text(line)
        assert formatted_floats(file), line
    for line in (
        'text = f"epoch {epoch:,}"',
        'text = f"{name:>{width}}  {count:04d}"',
        'text = f"{percent(share):>7}"',
        'text = "50 % of all"',
        "text = round(x)",
    ):
        file.write_text(line)
        assert not formatted_floats(file), line
