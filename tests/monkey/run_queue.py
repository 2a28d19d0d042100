"""How long a process would have run, had there been a processor for it."""

from __future__ import annotations

from pathlib import Path


def waiting_time(process: int) -> float:
    """Return the seconds its first thread has waited for a processor; 0 where nobody knows."""
    try:
        words = Path(f"/proc/{process}/schedstat").read_text().split()
    except OSError:
        return 0.0
    return int(words[1]) / 1e9 if len(words) > 1 else 0.0
