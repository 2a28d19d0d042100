"""Run the notebook from top to bottom and keep what it shows, so that it can be read unrun.

    python notebooks/execute.py                    from_scratch.ipynb, in place
    python notebooks/execute.py FILE --out OTHER   another one, into another file

Times and versions are taken out: running it twice on one machine writes the same bytes. The
notebook must run without an error and without a warning. What is kept in place shows the
optional section as well, so MNIST has to be there then; ``NNFS_DATA_DIR`` names its folder.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets.config import Config

NOTEBOOK = Path(__file__).with_name("from_scratch.ipynb")

CELL_SECONDS = 900
"""A cell that takes longer hangs. The longest trains on MNIST, minutes on a slow machine."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

FIRST_TIME = ("Matplotlib is building the font cache", "Matplotlib created a temporary cache")
"""What matplotlib says of itself on a new machine; it says nothing about the notebook."""

ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto"}})
"""What is said to the kernel and by it is nobody else's on a machine with many users."""

SETTINGS = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger's remark on how Python was built
}


@contextmanager
def own_settings() -> Iterator[None]:
    """Keep the settings and start-up files of whoever runs this away from the kernel."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ.update(SETTINGS, IPYTHONDIR=folder, JUPYTER_RUNTIME_DIR=folder)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run every cell in a fresh kernel whose working folder is ``folder``; outputs are kept.

    Raises
    ------
    CellExecutionError
        When a cell fails.
    """
    client = NotebookClient(
        notebook,
        config=ENCRYPTED,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with own_settings():
        client.execute()


def clean(notebook: NotebookNode) -> None:
    """Leave only what follows from the cells: no versions, no times, nothing of the machine."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _of_a_new_machine(output)]


def _of_a_new_machine(output: NotebookNode) -> bool:
    lines = output.get("text", "").splitlines()
    return bool(lines) and all(line.startswith(FIRST_TIME) for line in lines)


def warnings_in(notebook: NotebookNode) -> Iterator[str]:
    """Give what the cells wrote to the error stream, with the name of the cell."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":
                yield f"cell {cell.id}: {output.text.strip()}"


def skips_in(notebook: NotebookNode) -> list[str]:
    """Return the names of the cells that say they were skipped."""
    return [
        cell.id
        for cell in notebook.cells
        if any(output.get("text", "").startswith("Skipped") for output in cell.get("outputs", ()))
    ]


def main(arguments: list[str] | None = None) -> int:
    """Execute a notebook file; return the exit status."""
    parser = argparse.ArgumentParser(description="Run a notebook and keep its outputs.")
    parser.add_argument("notebook", nargs="?", type=Path, default=NOTEBOOK)
    parser.add_argument("--out", type=Path, help="write here instead of in place")
    options = parser.parse_args(arguments)

    notebook = nbformat.read(options.notebook, as_version=4)
    try:
        execute(notebook, options.notebook.resolve().parent)
    except CellExecutionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    clean(notebook)
    problems = list(warnings_in(notebook))
    if options.out is None and (skipped := skips_in(notebook)):
        problems.append(f"skipped: {', '.join(skipped)} (NNFS_DATA_DIR names MNIST's folder)")
    if problems:
        print(*(f"error: {problem}" for problem in problems), sep="\n", file=sys.stderr)
        return 1
    nbformat.write(notebook, options.out or options.notebook)
    return 0


if __name__ == "__main__":
    sys.exit(main())
