"""Something that must not happen, and a name under which it is recognised again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

NOISE = (
    "This plugin does not support",  # what Qt's offscreen platform says of itself
    "propagateSizeHints",
)
"""What is printed for reasons that have nothing to do with the program."""

CANNOT = re.compile(r"^error: [^\n]* cannot be (?:written|read)\b[^\n]*$")
"""What the program says of a file after its window has been closed: in a line, and as it is."""

FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line \d+,? in (?P<function>.+)$', re.MULTILINE)
ERROR = re.compile(
    r"^(?P<name>[\w.]*(?:Error|Warning|Exception|Exit|Interrupt)\w*)\b", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes
    ----------
    kind : str
        ``said`` (printed: an exception, a warning of Qt's), ``crash``, ``pause``,
        ``message``, ``contradiction``, ``left over``, ``memory`` or ``end``.
    text : str
        All that is known.
    """

    kind: str
    text: str

    @property
    def signature(self) -> str:
        """The same for the same fault, whatever the numbers in it."""
        # Of several threads, the one that it happened in.
        text = self.text[max(0, self.text.find("Current thread")) :]
        frames = [frame for frame in FRAME.finditer(text) if _own(frame["file"])]
        where = ""
        if frames:
            # Python prints an exception's innermost call last, faulthandler a thread's first.
            frame = frames[0] if self.kind in ("crash", "pause") else frames[-1]
            file = Path(frame["file"])
            file = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
            where = f" in {file}: {frame['function']}"
        errors = [error["name"] for error in ERROR.finditer(self.text)]
        if self.kind == "said" and errors:
            return f"{errors[-1]}{where}"
        first = next((line for line in self.text.splitlines() if line.strip()), "")
        first = re.sub(r"0x[0-9a-f]+|\d+", "#", first)[:120]
        return f"{self.kind}: {first}{where if self.kind in ('crash', 'pause') else ''}"


def _own(file: str) -> bool:
    """Say whether a file is the program's, and not the monkey's or a library's."""
    path = Path(file)
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] not in (
        ".venv",
        "tests",
    )


def without_noise(text: str) -> str:
    """Return what was printed, but for known noise and what the program rightly says of files."""
    lines = text.splitlines(keepends=True)
    told = (line for line in lines if not CANNOT.match(line.rstrip()))
    return "".join(line for line in told if not any(noise in line for noise in NOISE)).strip()
