"""Two hundred made files in every run of the tests; ``python3 dev.py fuzz`` makes more."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.hunt import hunt
from tests.fuzz.kinds import NAMES, make

EACH = 25


@pytest.mark.parametrize("kind", NAMES)
def test_nothing_but_clean_errors_and_what_was_written(kind: str, tmp_path: Path) -> None:
    if kind == "uploads" and find_spec("gradio") is None:
        pytest.skip("gradio is not installed")
    result = hunt(kind, 0, range(EACH), tmp_path)
    assert result.findings == [], "\n".join(map(str, result.findings))
    assert result.counts["good"] >= EACH // 5 - 1
    assert result.counts["refused"] >= EACH // 5


@pytest.mark.parametrize("kind", NAMES)
def test_a_file_can_be_made_again(kind: str, tmp_path: Path) -> None:
    made = []
    for number in (0, 3):
        for folder in (tmp_path / f"{number}a", tmp_path / f"{number}b"):
            folder.mkdir()
            path, written = make(kind, 7, number, folder)
            made.append((path.name, path.stat().st_size, written))
    assert made[0] == made[1] and made[2] == made[3]


@pytest.mark.parametrize(
    ("fault", "written", "why"),
    [
        ("dies", None, "the process ended with"),
        ("hangs", None, "no answer within 2 s"),
        ("grows", None, "MemoryError"),
        ("raises", None, "KeyError: 'raises'"),
        ("lies", None, "read otherwise than written"),
        ("lies", "good", "read otherwise than written"),
        ("refuses", "good", "a good file was refused"),
    ],
)
def test_a_reader_that_does_harm_is_found_out(
    fault: str, written: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "grows" and not Path("/proc/self/statm").exists():
        pytest.skip("memory cannot be bounded on this system")
    monkeypatch.setattr("tests.fuzz.hunt.SECONDS", 2)

    def made(kind: str, seed: int, number: int, folder: Path) -> tuple[Path, Any]:
        path = folder / "file.txt"
        path.write_text("refuses" if number == 1 else fault)
        return path, None if number == 1 else written

    monkeypatch.setattr("tests.fuzz.hunt.make", made)
    result = hunt("bad", 0, range(2), tmp_path / "kept")
    # Whatever became of the process, the next file is read.
    assert result.counts == {"finding": 1, "refused": 1}
    (finding,) = result.findings
    assert why in finding.why and finding.path.read_text() == fault
    assert "--kind bad --seed 0 --number 0" in str(finding)
