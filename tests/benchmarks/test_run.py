"""The command: a process for each benchmark, figures as JSON, tables as Markdown."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ROWS = """\
'''{title}'''
import os
from benchmarks import Row

def measure(data_dir, small=False):
    kernels = os.environ.get("OPENBLAS_CORETYPE", "its own")
    return [Row("what | of {name}", "1 < 2", "{ratio}", "≥ 1", {{"ms": [1.0, 2.0]}}),
            Row("kernels", kernels), Row("small", str(small)), Row("data", str(data_dir))]
"""


@pytest.fixture
def project(tmp_path):
    """A folder with the command and three benchmarks, one of which fails."""
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for name in ("__init__", "run", "report", "machine"):
        shutil.copy(ROOT / "benchmarks" / f"{name}.py", folder)
    # All that it needs of the program, which must not be installed for it.
    for name in ("nnfs_cli/__init__", "nnfs_cli/outcome", "nnfs_cli/interrupt",
                 "nnfs_core/__init__", "nnfs_core/errors", "nnfs_core/registry",
                 "nnfs_core/disk/streams"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / f"{name}.py", tmp_path / f"{name}.py")
    (folder / "zebra.py").write_text(ROWS.format(title="Stripes.", name="zebra", ratio="2 ×"))
    (folder / "digits.py").write_text(ROWS.format(title="Digits", name="digits", ratio="1 ×"))
    (folder / "export.py").write_text(
        '"""Broken."""\n\ndef measure(data_dir, small=False):\n    raise OSError("no ink")\n'
    )
    (folder / "helper.py").write_text('"""Measures nothing."""\n')
    (tmp_path / "docs").mkdir()
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    before, _, rest = page.partition("<!-- tables: written by dev.py bench -->")
    after = rest.partition("<!-- end of the tables -->")[2]
    (tmp_path / "docs" / "performance.md").write_text(
        f"{before}<!-- tables: written by dev.py bench -->\nold\n"
        f"<!-- end of the tables -->{after}the end\n",
        encoding="utf-8",
    )
    return tmp_path


def bench(project, *arguments, **variables):
    return subprocess.run(
        [sys.executable, "benchmarks/run.py", *map(str, arguments)],
        cwd=project,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )


def test_all_run_in_order_and_one_that_fails_is_a_row(project):
    done = bench(project, OPENBLAS_CORETYPE="Haswell", PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stderr
    results = json.loads((project / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    assert list(results) == ["digits", "export", "zebra"]
    (row,) = results["export"]["rows"]
    assert row["figure"] == "failed with exit status 1: OSError: no ink"
    first, kernels, small, _ = results["zebra"]["rows"]
    assert first["numbers"] == {"ms": [1.0, 2.0]}
    assert (kernels["figure"], small["figure"]) == ("its own", "False")
    machine = results["zebra"]["machine"]
    assert machine["Python"] == sys.version.split()[0] and "cores" in machine["processor"]
    assert machine["NumPy"] and "kernels" in machine["BLAS"]
    for text in ("Stripes.", "what | of zebra", "1 < 2", "≥ 1", "no ink"):
        assert text in done.stdout


def test_the_page_holds_every_row_between_its_marks_and_nothing_else_changes(project):
    page = project / "docs" / "performance.md"
    before = page.read_text(encoding="utf-8")
    assert bench(project).returncode == 0
    after = page.read_text(encoding="utf-8")
    begin, end = "<!-- tables: written by dev.py bench -->", "<!-- end of the tables -->"
    assert after.partition(begin)[0] == before.partition(begin)[0]
    assert after.partition(end)[2] == before.partition(end)[2]
    tables = after.partition(begin)[2].partition(end)[0]
    assert "old" not in tables
    assert tables.index("### Digits\n") < tables.index("### Broken") < tables.index("### Stripes\n")
    assert "| what \\| of zebra | 1 &lt; 2 | 2 × | ≥ 1 |" in tables
    assert tables.count("| what | figure | ratio | target |") == 3
    assert tables.count("NumPy") == 1  # the machine is described once


def test_measuring_one_again_keeps_the_others(project):
    assert bench(project).returncode == 0
    text = (project / "benchmarks" / "zebra.py").read_text(encoding="utf-8")
    (project / "benchmarks" / "zebra.py").write_text(text.replace("2 ×", "3 ×"), encoding="utf-8")
    assert bench(project, "zebra").returncode == 0
    page = (project / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "3 ×" in page and "2 ×" not in page and "of digits" in page


def test_small_writes_only_where_it_is_told(project):
    page = (project / "docs" / "performance.md").read_bytes()
    done = bench(project, "digits", "--small", "--data-dir", project / "docs")
    assert done.returncode == 0, done.stderr
    assert not (project / "benchmarks" / "results.json").exists()
    assert (project / "docs" / "performance.md").read_bytes() == page
    assert bench(project, "digits", "--small", "--json", project / "x.json").returncode == 0
    rows = json.loads((project / "x.json").read_text(encoding="utf-8"))["digits"]["rows"]
    assert rows[2]["figure"] == "True"


def test_files_that_are_not_there_yet_are_made(project):
    figures, page = project / "new.json", project / "new.md"
    for name in ("digits", "zebra"):
        done = bench(project, name, "--small", "--json", figures, "--markdown", page)
        assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(figures.read_text(encoding="utf-8"))) == {"digits", "zebra"}
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Performance\n") and "### Digits" in text and "### Stripes" in text
    assert text.count("<!--") == 2


def test_a_folder_that_is_not_there_is_told_before_anything_runs(project):
    for option in ("--json", "--markdown"):
        done = bench(project, "digits", "--small", option, project / "none" / "x")
        assert (done.returncode, done.stdout) == (2, "")
        assert "there is no folder" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("benchmarks/results.json", "{", "cannot be added to"),
        ("benchmarks/results.json", '{"digits": 3}', "cannot be added to"),
        ("docs/performance.md", "no marks", "no place for tables"),
    ],
)
def test_a_file_that_cannot_take_figures_is_told_before_anything_runs(project, name, text, told):
    (project / name).write_text(text)
    done = bench(project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert told in done.stderr
    assert (project / name).read_text() == text


def test_an_unknown_name_is_told_with_those_there_are(project):
    done = bench(project, "zibra")
    assert done.returncode == 2
    assert "no such benchmark: zibra (expected digits, export, zebra)" in done.stderr


def test_all_that_the_tables_are_to_hold_is_there_in_order():
    from benchmarks.run import ORDER, benchmarks

    assert tuple(benchmarks()) == ORDER


def test_help_needs_nothing_installed():
    done = subprocess.run(
        [sys.executable, "-S", "-X", "utf8", "benchmarks/run.py", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    for word in ("--data-dir", "--json", "--markdown", "--small", "full_batch", "time_machine"):
        assert word in done.stdout
    assert "--one" not in done.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_request_to_end_ends_what_it_measures_and_keeps_what_there_is(project):
    pipe = project / "pipe"
    os.mkfifo(pipe)
    (project / "benchmarks" / "zebra.py").write_text(
        '"""Slow."""\nimport signal\n\ndef measure(data_dir, small=False):\n'
        f"    pipe = open({str(pipe)!r}, 'w')\n    signal.pause()\n"
    )
    command = [sys.executable, "benchmarks/run.py"]
    with subprocess.Popen(
        command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as parent:
        with pipe.open() as reader:  # opens when the slow one has started
            parent.send_signal(signal.SIGTERM)
            assert reader.read() == ""  # ends when the slow one has ended
        assert parent.wait(timeout=60) == 130
        assert "interrupted" in parent.stderr.read()
    results = json.loads((project / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    assert list(results) == ["digits", "export"]
