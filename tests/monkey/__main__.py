"""The command line: a long run, a replay, or the shortening of a log."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import monotonic, strftime

from tests.monkey.action import Action, read_log, write_log
from tests.monkey.finding import ROOT
from tests.monkey.order import Order
from tests.monkey.shorten import shorten
from tests.monkey.watch import Limits, Outcome, run
from tests.monkey.xserver import missing, x_server
from tests.monkey.zoo import make_zoo

COUNT = 600
"""Actions of one program, before another one is begun with the next seed."""


def parser() -> argparse.ArgumentParser:
    """Make the parser."""
    made = argparse.ArgumentParser(
        prog="dev.py monkey",
        description="Seeded random actions at the real window, until the time is over. Each "
        "finding leaves a folder with what was done, printed and shown.",
    )
    add = made.add_argument
    add("--minutes", type=float, default=30.0, help="how long (default 30)")
    add("--seed", type=int, default=0, help="of the first program; each one has the next seed")
    add("--actions", type=int, default=COUNT, help=f"of each program (default {COUNT})")
    add("--display", action="store_true", help="in a real X window (Xvfb), else offscreen")
    add("--no-process", action="store_true", help="train in the window's own process")
    add("--collector", action="store_true", help="leave cycles to Python's own collector")
    add("--pause", type=float, default=5.0, help="seconds that are too long (default 5)")
    add("--findings", type=Path, default=ROOT / "monkey-findings", help="a folder for them")
    add("--replay", type=Path, metavar="FILE", help="do what is in an actions.jsonl again")
    add("--shorten", type=Path, metavar="FILE", help="find the few actions that are enough")
    add("--plant", metavar="MODULE:FUNCTION", help=argparse.SUPPRESS)
    return made


class Keeper:
    """Runs programs one after the other, and keeps the folders of those with findings."""

    def __init__(
        self, wanted: argparse.Namespace, zoo: Path, scratch: Path, display: str | None
    ) -> None:
        self.order = Order(
            "",
            "",
            str(zoo),
            count=wanted.actions,
            process=not wanted.no_process,
            collector=wanted.collector,
            plant=wanted.plant,
        )
        self.limits = Limits(pause=wanted.pause)
        self.scratch, self.display = scratch, display
        self._folder = wanted.findings / strftime("%Y-%m-%d-%H%M%S")
        self.seen: dict[str, int] = {}
        self._runs = 0

    def run(self, order: Order) -> Outcome:
        """Run one program."""
        self._runs += 1
        folder = self.scratch / str(self._runs)
        outcome = run(order, folder, self.display, self.limits)
        self.last = folder
        return outcome

    def keep(self, outcome: Outcome, name: str) -> None:
        """Say what was found; the first time keep all that was written."""
        for finding in outcome.findings[:1]:
            signature = finding.signature
            self.seen[signature] = self.seen.get(signature, 0) + 1
            print(f"{name}: {signature}")
            if self.seen[signature] == 1:
                self._folder.mkdir(parents=True, exist_ok=True)
                kept = self._folder / name.replace(" ", "-")
                self.last.rename(kept)
                texts = [f"{one.kind}\n{one.text}\n" for one in outcome.findings]
                (kept / "finding.txt").write_text(f"{signature}\n\n" + "\n".join(texts))
                print(f"  in {kept}")
        sys.stdout.flush()

    def replay(self, actions: list[Action]) -> Outcome:
        """Do again what was done."""
        log = self.scratch / "replayed.jsonl"
        write_log(log, actions)
        return self.run(replace(self.order, replay=str(log)))


def long_run(keeper: Keeper, seed: int, minutes: float) -> int:
    """Run programs until the time is over."""
    until, done, longest = monotonic() + 60 * minutes, 0, 0.0
    first = seed
    while monotonic() < until:
        outcome = keeper.run(replace(keeper.order, seed=seed))
        done += len(outcome.actions)
        longest = max(longest, outcome.longest)
        if not outcome.findings:
            print(
                f"seed {seed}: nothing, {len(outcome.actions)} actions, window opened "
                f"{outcome.opened} times, {outcome.memory / 2**20:.0f} MiB, longest pause "
                f"{outcome.longest:.1f} s",
                flush=True,
            )
        keeper.keep(outcome, f"seed {seed}")
        seed += 1
    print(f"seeds {first} to {seed - 1}: {done:,} actions, longest pause {longest:.1f} s")
    for signature, times in keeper.seen.items():
        print(f"  {times} × {signature}")
    print(f"{len(keeper.seen)} different findings")
    return 1 if keeper.seen else 0


def replay(keeper: Keeper, file: Path) -> int:
    """Do what is in a log."""
    outcome = keeper.replay(read_log(file))
    for finding in outcome.findings:
        print(f"{finding.kind}: {finding.signature}\n{finding.text}")
    print(f"{len(outcome.findings)} findings")
    return 1 if outcome.findings else 0


def shorten_log(keeper: Keeper, file: Path) -> int:
    """Find the few actions of a log that are enough, and write them beside it."""
    actions = read_log(file)
    found = keeper.replay(actions).findings
    if not found:
        print("nothing is found when it is replayed: it depends on how quick the threads are")
        return 2
    signature = found[0].signature
    print(f"{signature}: {len(actions)} actions", flush=True)

    def fails(some: list[Action]) -> bool:
        again = keeper.replay(some).findings
        same = any(one.signature == signature for one in again)
        print(f"  {len(some)}: {'yes' if same else 'no'}", flush=True)
        return same

    short = shorten(actions, fails)
    path = file.with_name(f"{file.stem}-short.jsonl")
    write_log(path, short)
    print(path.read_text(), end="")
    print(f"{len(short)} actions are enough, in {path}")
    return 1


def main(arguments: list[str]) -> int:
    """Do what is asked for; 1 when something was found."""
    wanted = parser().parse_args(arguments)
    if wanted.display and missing():
        print("error: --display needs Xvfb, which is not installed", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nnfs-monkey-")))
        display = stack.enter_context(x_server()) if wanted.display else None
        zoo = scratch / "zoo"
        zoo.mkdir()
        make_zoo(zoo)
        keeper = Keeper(wanted, zoo, scratch, display)
        if wanted.replay:
            return replay(keeper, wanted.replay)
        if wanted.shorten:
            return shorten_log(keeper, wanted.shorten)
        print(f"findings go to {wanted.findings}", flush=True)
        return long_run(keeper, wanted.seed, wanted.minutes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
