"""A process that reads made files, one after the other, and says what came of each.

It is given a bound of memory beyond what it has when everything is loaded. What it is asked comes
as lines of JSON, and so does what it answers.
"""

from __future__ import annotations

import json
import operator
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

from nnfs_core.errors import UserError
from tests.fuzz.kinds import Kind, kind

LONGEST_LINE = 1000
"""Letters of a refusal, beside the file's name."""


def judge(reader: Kind, path: Path, written: Any) -> tuple[str, str]:
    """Read a file and say what came of it: ``good``, ``refused``, or a finding with its reason."""
    try:
        found = reader.read(path)
    except UserError as error:
        if written is not None:
            return "finding", f"a good file was refused: {error}"
        line = str(error).replace(str(path), "")
        if "\n" in line or len(line) > LONGEST_LINE:
            return "finding", f"the refusal is no line to read: {line[:2000]!r}"
        return "refused", line
    except BaseException:
        return "finding", traceback.format_exc()
    # Through JSON, as what was written came.
    found = json.loads(json.dumps(found))
    if written is None:
        try:
            written = json.loads(json.dumps(reader.meaning(path)))
        except BaseException:
            return "finding", f"nobody else can read what was read: {traceback.format_exc()}"
    same = getattr(reader, "same", operator.eq)  # as exactly as the kind can be
    if not same(found, written):
        return (
            "finding",
            f"read otherwise than written:\n{str(found)[:3000]}\n{str(written)[:3000]}",
        )
    return "good", ""


def bound(mebibytes: int) -> None:
    """Bound the memory, where the system can."""
    try:
        import resource
    except ImportError:
        return
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return
    now = int(statm.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + mebibytes * 2**20,) * 2)


def main(name: str, mebibytes: int) -> None:
    """Answer until nothing is asked any more."""
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    warnings.simplefilter("error")
    reader = kind(name)
    bound(mebibytes)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        verdict, why = judge(reader, Path(asked["path"]), asked["written"])
        print(json.dumps([verdict, why]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
