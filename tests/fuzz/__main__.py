"""``python3 dev.py fuzz``: made files for every reader, as many as one likes."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.hunt import Finding, Hunt, hunt
from tests.fuzz.kinds import NAMES


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="how many files in all")
    parser.add_argument("--seed", type=int, default=0, help="other seeds make other files")
    parser.add_argument("--kind", choices=NAMES, action="append", help="only of this kind")
    parser.add_argument("--number", type=int, help="only the file of this number, again")
    parser.add_argument("--keep", type=Path, help="where files that are findings are kept")
    return parser.parse_args()


def _teller() -> Callable[[Finding], None]:
    """Return what prints findings, the first of those that are alike whole."""
    seen: Counter[str] = Counter()

    def tell(finding: Finding) -> None:
        alike = finding.why.strip().rpartition("\n")[2]
        seen[alike] += 1
        if seen[alike] <= 3:
            print(finding, flush=True)
        elif seen[alike] == 4:
            print(f"{finding.kind} {finding.number}: again, and not told any more: {alike[:200]}")

    return tell


def main() -> int:
    """Hunt, tell each finding, and return 1 if there was one."""
    asked = _arguments()
    kinds = list(asked.kind or NAMES)
    if find_spec("gradio") is None and "uploads" in kinds:
        kinds.remove("uploads")
        print("uploads are left out: gradio is not installed", file=sys.stderr)
    keep = asked.keep or Path(tempfile.gettempdir()) / "fuzz-findings"
    each = -(-asked.files // len(kinds))
    numbers = range(each) if asked.number is None else range(asked.number, asked.number + 1)
    found: list[Hunt] = []
    tell = _teller()
    for kind in kinds:
        began = time.monotonic()
        result = hunt(kind, asked.seed, numbers, keep, tell)
        found.append(result)
        counts = ", ".join(f"{count} {what}" for what, count in sorted(result.counts.items()))
        print(f"{kind}: {counts}, {time.monotonic() - began:.0f} s", flush=True)
    findings = sum(len(one.findings) for one in found)
    print(f"{sum(one.counts.total() for one in found)} files, {findings} findings")
    return min(1, findings)


if __name__ == "__main__":
    sys.exit(main())
