"""A report on this program and what went wrong in it, as text that a person can copy.

It is sent nowhere. What it holds is what ``doctor`` prints, the last errors, and the trace of the
last crash; the home folder's name, which is often a person's, is left out.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from nnfs_core.errors import one_line, readable, visible
from visualizer.jobs.recent_errors import RecentError, recent_errors
from visualizer.window import installation
from visualizer.window.crash_trace import Crash


def report(platform: str, crash: Crash | None = None) -> str:
    """Write the report.

    Parameters
    ----------
    platform : str
        What Qt draws with: ``xcb``, ``wayland``, ``cocoa``, ``windows``, ``offscreen``.
    crash : Crash, optional
        The last one there was.

    Returns
    -------
    str
        Lines without anything of the person's but paths.
    """
    parts = [f"NNFS Visualizer, a report of {_time(datetime.now().timestamp())}"]
    for title, findings in installation.examine()[0]:
        lines = [f"  {finding.name}: {one_line(finding.value, 4_000)}" for finding in findings]
        if title == "Window":
            lines.insert(0, f"  drawn by Qt's platform: {platform}")
        parts.append("\n".join([title, *lines]))
    errors = recent_errors()
    parts.append(f"Last errors: {len(errors) or 'none'}")
    parts.extend(_told(error) for error in errors)
    if crash is None:
        parts.append("Last crash: none is known")
    else:
        parts.append(f"Last crash: {_time(crash.when)}\n{_indented(crash.text)}")
    return without_home("\n\n".join(parts)) + "\n"


def _told(error: RecentError) -> str:
    often = f", {error.times} times until {_time(error.last)}" if error.times > 1 else ""
    return f"{_time(error.first)}{often}\n{_indented(error.text)}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S")


def _indented(text: str) -> str:
    return "\n".join(f"  {visible(readable(line))}" for line in text.splitlines())


def without_home(text: str, home: Path | None = None) -> str:
    """Return a text in which the home folder is written ``~``, however it is written there.

    Parameters
    ----------
    text : str
    home : Path, optional
        By default that of the person who runs the program.
    """
    try:
        home = home or Path.home()
        folders = {str(home), str(home.resolve()), home.as_posix()}
    except (OSError, RuntimeError):  # there is no such person, or the folder is out of reach
        return text
    folders |= {folder.replace("\\", "\\\\") for folder in folders}  # as repr() writes it
    for folder in sorted(folders, key=len, reverse=True):
        if len(folder) > 3:  # not the root of everything
            text = re.sub(re.escape(folder) + r"(?![\w.-])", "~", text)
    return text
