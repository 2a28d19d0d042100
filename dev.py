"""One command for everything, on a machine that has nothing but Python 3.11 or newer.

    python3 dev.py run [ARGUMENTS]   open the window (or: run train …, run doctor, …)
    python3 dev.py test [ARGUMENTS]  run the test suite; arguments go to pytest
    python3 dev.py lint              ruff and mypy
    python3 dev.py monkey            random actions at the window, watched; --help says more
    python3 dev.py bench [NAME …]    measure against other libraries; --help names what
    python3 dev.py screenshots       make the pictures in screenshots/ again
    python3 dev.py weights           train the weights that ship with the program again
    python3 dev.py fuzz [OPTIONS]    made files for every reader; --files 1000 --seed 0
    python3 dev.py docs              the documentation as pages, into docs/_build/html
    python3 dev.py wheel [--core]    the package into dist/; --core: nnfs_core alone, without Qt
    python3 dev.py setup             only make what is missing, for all of the above

Each makes what it needs first: system libraries where apt-get can be used as it
is, the virtual environment .venv, and the packages of pyproject.toml at the
versions of constraints.txt. A stamp in .venv makes that cost nothing from then on.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python comes this far, and should say so
    found = sys.version.split()[0]
    print("error: Python 3.11 or newer is needed, this is " + found, file=sys.stderr)
    sys.exit(2)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
INTERRUPTED = VENV / "installing"  # is there only while pip is at work, or was killed
TEST_TOOLS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "openbox": "openbox",
}  # program → Debian package
BROWSER_TOOLS = {"chromium": "chromium", "chromedriver": "chromium-driver"}


class Failure(Exception):
    """Something stands in the way; the text is the one line that says what."""


# What the commands do ---------------------------------------------------------


def run(arguments: list[str]) -> int:
    """Open the window; with no display, draw a short run to files instead."""
    status = call(PYTHON, "main.py", *arguments)
    wants_window = not arguments or arguments[0].startswith("-")
    if status == 2 and wants_window and sys.platform.startswith("linux"):
        from visualizer.display import display_problem

        if display_problem():  # which main.py has just said in one line
            say("rendering a short run to frames/ instead")
            what = [word for word in arguments if word != "--play"] or ["--experiment", "digits"]
            short = ["--epochs", "30", "--every", "10", "--out", "frames"]
            status = call(PYTHON, "main.py", "render", *what, *short)
    return status


def test(arguments: list[str]) -> int:
    """Run pytest with no display needed; all of it by as many workers as there are processors."""
    if not arguments:
        arguments = ["-n", "auto", "--dist", "loadfile"]
    offer(TEST_TOOLS, "the tests in a real X window are skipped")
    offer(BROWSER_TOOLS, "the tests in a real browser are skipped")
    return call(PYTHON, "-m", "pytest", *arguments, QT_QPA_PLATFORM="offscreen")


def lint(_: list[str]) -> int:
    """Run every check, also after one has failed."""
    checks = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"])
    return max(call(PYTHON, "-m", *check) for check in checks)


def monkey(arguments: list[str]) -> int:
    """Have random actions done at the real window, until something fails or time is over."""
    return call(PYTHON, "-m", "tests.monkey", *arguments)


def bench(arguments: list[str]) -> int:
    """Measure against other libraries, side by side."""
    return call(PYTHON, "benchmarks/run.py", *arguments)


def screenshots(arguments: list[str]) -> int:
    """Make the pictures of the README again."""
    return call(PYTHON, "-m", "visualizer.screenshots", *arguments, QT_QPA_PLATFORM="offscreen")


def weights(_: list[str]) -> int:
    """Train every network in nnfs_core/shipped/ again, each by the experiment beside it."""
    recipes = sorted((ROOT / "nnfs_core" / "shipped").glob("*.toml"))
    trained = [(recipe, recipe.with_suffix(".npz")) for recipe in recipes]
    return max(
        call(PYTHON, "main.py", "train", "--experiment", recipe, "--out", out)
        for recipe, out in trained
    )


def fuzz(arguments: list[str]) -> int:
    """Make files, good and damaged, and have every reader read them."""
    return call(PYTHON, "-m", "tests.fuzz", *arguments)


def docs(_: list[str]) -> int:
    """Build the documentation; a warning is an error."""
    out = "docs/_build/html"
    options = ("--quiet", "--fail-on-warning", "--keep-going", "--builder", "html")
    status = call(PYTHON, "-m", "sphinx", *options, "docs", out)
    if status == 0:
        say(f"the pages begin at {out}/index.html")
    return status


def wheel(arguments: list[str]) -> int:
    """Build the package, or a light one of the mathematics alone, into dist/."""
    pip = (PYTHON, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", ROOT / "dist")
    if not arguments:
        return call(*pip, ".")
    if arguments != ["--core"]:
        raise Failure(f"wheel takes --core or nothing (found {' '.join(arguments)})")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "nnfs_core", source / "nnfs_core", ignore=left_out)
        shutil.copy(ROOT / "LICENSE", source)
        (source / "README.md").write_text(CORE_README, encoding="utf-8")
        (source / "pyproject.toml").write_text(core_project(), encoding="utf-8")
        return call(*pip, source)


CORE_NEEDS = ("numpy", "pydantic", "tomli-w", "threadpoolctl", "pooch", "platformdirs")
"""What nnfs_core imports; Pillow is an extra, for pictures that are opened."""

CORE_README = """# nnfs-core

Neural networks written by hand in NumPy: the mathematics of the NNFS Visualizer without a window.
`import nnfs_core` and see `help(nnfs_core)`. It is part of nnfs-visualizer: install one of the two.
"""


def core_project() -> str:
    """Return the pyproject.toml of nnfs_core alone, made of this project's own."""
    import json
    import tomllib

    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, tools = whole["project"], whole["tool"]["setuptools"]
    name = re.compile("[A-Za-z0-9-]+")
    needs = {name.match(one)[0].lower(): one for one in project["dependencies"]}  # type: ignore[index]
    data = {
        package: files
        for package, files in tools["package-data"].items()
        if package.split(".")[0] == "nnfs_core"
    }
    lines = [
        "[build-system]",
        f"requires = {json.dumps(whole['build-system']['requires'])}",
        f"build-backend = {json.dumps(whole['build-system']['build-backend'])}",
        "[project]",
        'name = "nnfs-core"',
        'description = "Neural networks written by hand in NumPy, without a window"',
        'readme = "README.md"',
        *(
            f"{key} = {json.dumps(project[key])}"
            for key in ("version", "license", "requires-python")
        ),
        f"license-files = {json.dumps(project['license-files'])}",
        f"dependencies = {json.dumps([needs[one] for one in CORE_NEEDS])}",
        "[project.optional-dependencies]",
        f"pictures = {json.dumps([needs['pillow']])}",
        "[tool.setuptools.packages.find]",
        'include = ["nnfs_core*"]',
        "[tool.setuptools.package-data]",
        *(f"{json.dumps(package)} = {json.dumps(files)}" for package, files in data.items()),
    ]
    return "\n".join(lines) + "\n"


def call(*command: object, **defaults: str) -> int:
    """Run a program in the project's folder and give its exit status.

    Ctrl+C reaches it by itself, and a request to end is passed on, so that no
    window outlives this process.
    """
    child = subprocess.Popen(list(map(str, command)), cwd=ROOT, env={**defaults, **os.environ})
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            status = child.wait()
            return status if status >= 0 else 128 - status
        except KeyboardInterrupt:
            continue  # the program decides how to end


# Making what is missing -------------------------------------------------------


def set_up(extra: str) -> None:
    """Make system libraries, environment and packages, unless a stamp says they are there."""
    from visualizer import system_libraries as system

    stamps = [VENV / f"ready-{name or 'run'}" for name in dict.fromkeys(["", extra])]
    wanted = fingerprint()
    stamped = PYTHON.exists() and stamps[-1].exists() and stamps[-1].read_text() == wanted
    if stamped and not system.missing():  # a folder may have come to another machine
        return
    began = time.monotonic()
    install_system_packages()
    make_environment()
    install_packages(extra)
    for stamp in stamps:
        stamp.write_text(wanted)
    say(f"ready after {time.monotonic() - began:.0f} s")


def fingerprint() -> str:
    """Give a text that changes when the packages have to be looked at again."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return f"{digest.hexdigest()} Python {sys.version_info[0]}.{sys.version_info[1]}"


def install_system_packages() -> None:
    """Install what Qt and venv need from the system, or print the one command that does."""
    from visualizer import system_libraries as system

    def look() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Give (what, package) pairs: all that is missing, and what cannot be done without."""
        libraries, needed = system.missing(system.LIBRARIES), system.missing()
        if not system.font_files():
            needed += [("a font", package) for package in system.missing_fonts()[-1:]]
        if importlib.util.find_spec("ensurepip") is None and not environment_works():
            version = ".".join(map(str, sys.version_info[:2]))
            needed += [("Python's ensurepip", f"python{version}-venv")]  # Debian ships it apart
        return list(dict.fromkeys(libraries + needed)), needed

    lacking, _ = look()
    wanted = [package for _, package in lacking] + system.missing_fonts()
    if wanted and system.can_install() and not apt_install(wanted):
        # A small system may not use the part of the archive that the nicer font is in.
        apt_install([package for package in wanted if package != "fonts-inter"])
    importlib.invalidate_caches()
    lacking, needed = look()
    if needed:
        raise Failure(f"system packages are missing: {system.how_to_install(lacking)}")
    if lacking:
        how = system.how_to_install(lacking)
        say(f"not every kind of display can be used; to change that, {how}")


def offer(programs: dict[str, str], without: str) -> None:
    """Install programs that are good to have, or say what happens without them."""
    packages = [package for program, package in programs.items() if not shutil.which(program)]
    if not packages or not sys.platform.startswith("linux"):
        return
    from visualizer import system_libraries as system

    if not (system.can_install() and apt_install(packages)):
        say(f"{without}; to have them, run `{system.install_command(packages)}`")


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages, fetching the package lists only when that fails without."""
    from visualizer.system_libraries import needs_update

    names = list(dict.fromkeys(packages))
    if not names:
        return True
    say(f"installing with apt-get: {' '.join(names)}")
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    install = [*apt, "install", "--yes", "--no-install-recommends", *names]
    steps = [[*apt, "update"], install] if needs_update() else [install, [*apt, "update"], install]
    for step in steps:
        done = subprocess.run(
            step,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if step is install and done.returncode == 0:
            return True
    say(f"apt-get says: {reason(done.stderr)}")
    return False


def make_environment() -> None:
    """Make .venv, or make it again when it is of another Python, broken or half done."""
    if VENV.exists():
        if environment_works():
            return
        say(".venv is incomplete or of another Python and is made again")
    else:
        say("making the virtual environment .venv")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise Failure(f".venv cannot be made: {reason(done.stderr or done.stdout)}")


def environment_works() -> bool:
    """Say whether .venv is complete, runs, has pip, and is of the Python that asks."""
    if INTERRUPTED.exists():
        return False
    probe = "import sys, pip; print(*sys.version_info[:2], sys.prefix != sys.base_prefix)"
    try:
        done = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.split() == [*map(str, sys.version_info[:2]), "True"]


def install_packages(extra: str) -> None:
    """Install the dependencies that pyproject.toml names, at the versions of constraints.txt."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {})
    packages = project["dependencies"] + extras.get(extra, [])
    say(f"installing {len(packages)} Python packages and what they need; takes a minute or two")
    log = VENV / "pip.log"
    log.unlink(missing_ok=True)
    INTERRUPTED.touch()
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(
        [*pip, "--log", str(log), "install", "-c", str(ROOT / "constraints.txt"), *packages],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    told = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    if done.returncode == 0 or "Installing collected packages" not in told:
        INTERRUPTED.unlink()  # a download that failed leaves the environment as it was
    if done.returncode != 0:
        raise Failure(f"pip failed: {reason(done.stderr)} (all it said is in .venv/pip.log)")


def reason(text: str) -> str:
    """Give the line that says what went wrong, without pip's and apt's word for error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E:", "ERROR:"))]
    line = errors[0] if errors else (lines or ["no reason given"])[-1]
    return line.removeprefix("ERROR:").removeprefix("E:").strip()


def say(line: str) -> None:
    """Tell what is going on, apart from what the command itself prints."""
    print(f"dev.py: {line}", file=sys.stderr, flush=True)


COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "run": (run, ""),
    "test": (test, "dev"),
    "lint": (lint, "dev"),
    "monkey": (monkey, "dev"),
    "bench": (bench, "bench"),
    "screenshots": (screenshots, ""),
    "weights": (weights, ""),
    "fuzz": (fuzz, "dev"),
    "docs": (docs, "docs"),
    "wheel": (wheel, ""),
    "setup": (lambda _: 0, "dev"),
}
"""Each command: what does it, and the extra of pyproject.toml that it needs."""


def main(arguments: list[str]) -> int:
    """Run one command and give its exit status."""
    from nnfs_core.errors import one_line, quoted

    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__.strip())
        return 0
    name, *rest = arguments
    try:
        if name not in COMMANDS:
            raise Failure(f"unknown command {quoted(name)} (expected {', '.join(COMMANDS)})")
        if rest and name in ("lint", "setup", "weights", "docs"):
            raise Failure(f"{name} takes no arguments (found {' '.join(rest)})")
        if name == "bench" and not (ROOT / "benchmarks" / "run.py").is_file():
            raise Failure("there are no benchmarks here: benchmarks/run.py is missing")
        command, extra = COMMANDS[name]
        if name == "bench" and {"-h", "--help"} & set(rest):  # before a gigabyte is installed
            return call(sys.executable, "benchmarks/run.py", *rest)
        set_up(extra)
        return command(rest)
    except (Failure, OSError) as error:  # what the system refuses: a full disk, no permission
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    from nnfs_cli.outcome import outcome_of  # like the rest, it needs nothing that is installed

    sys.exit(outcome_of(lambda: main(sys.argv[1:])))
