"""The page in a process of its own, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.command import ROOT


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[tuple[str, Path]]:
    """Serve the page until the test is over.

    Yields
    ------
    str
        The address, as it was printed.
    Path
        What is said on stderr.
    """
    said = folder / "stderr.txt"
    environment = {
        **{name: text for name, text in os.environ.items() if name != "NNFS_DATA_DIR"},
        "XDG_CACHE_HOME": str(folder / "cache"),
        "GRADIO_TEMP_DIR": str(folder / "uploads"),
    }
    command = [sys.executable, ROOT / "app.py", "--port", "0", *arguments]
    with (
        said.open("w") as stderr,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=ROOT, env=environment
        ) as server,
    ):
        try:
            line = server.stdout.readline()
            assert line, said.read_text()
            yield line.split()[0], said
        finally:
            server.kill()
