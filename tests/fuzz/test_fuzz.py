"""Two hundred made files in every run of the tests; ``python3 dev.py fuzz`` makes more."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

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
