"""The monkey finds what is broken on purpose, writes it down, replays and shortens it."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace

import pytest

from tests.monkey.__main__ import main
from tests.monkey.action import Action, read_log, write_log
from tests.monkey.finding import Finding, without_noise
from tests.monkey.order import Order
from tests.monkey.shorten import shorten
from tests.monkey.watch import Limits, run
from tests.monkey.zoo import make_zoo

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="signals and offscreen windows as Linux has them"
)

WAIT = Action("wait", {}, 0)
STEP = Action("command", {"name": "step", "which": 0}, 150)


@pytest.fixture(scope="module")
def order(tmp_path_factory):
    """No actions yet, in the window's own process."""
    zoo = tmp_path_factory.mktemp("zoo")
    make_zoo(zoo)
    return Order("", "", str(zoo), process=False)


@pytest.fixture
def replayed(order, tmp_path):
    """Replay actions in a program that something is wrong with."""

    def replay(plant, actions, limits=None):
        log = tmp_path / "planned.jsonl"
        write_log(log, actions)
        planted = f"tests.monkey.planted:{plant}" if plant else None
        return run(
            replace(order, plant=planted, replay=str(log)),
            tmp_path / f"run-{len(list(tmp_path.iterdir()))}",
            limits=limits,
        )

    return replay


def test_nothing_is_found_where_nothing_is_wrong(replayed):
    outcome = replayed(None, [STEP, WAIT, STEP])
    assert outcome.findings == []
    assert outcome.actions == [STEP, WAIT, STEP]
    assert outcome.opened == 1
    assert 50e6 < outcome.memory < 2e9


@pytest.mark.parametrize(
    ("plant", "kind", "text"),
    [
        ("paint", "said", "RuntimeError: planted"),
        ("slot", "said", "RuntimeError: planted"),
        ("warning", "said", "Qt: planted"),
        ("thread", "said", "ZeroDivisionError"),
        ("output", "said", "planted"),
        ("abort", "crash", "SIGABRT"),
        ("leave", "end", "exit status 3"),
        ("leftover", "left over", "a window: QWidget"),
        ("contradiction", "contradiction", "the bar says epoch 123"),
    ],
)
def test_a_planted_fault_is_found(replayed, plant, kind, text):
    outcome = replayed(plant, [WAIT, STEP, Action("wait", {}, 1500)])
    assert kind in {finding.kind for finding in outcome.findings}
    assert text in "".join(finding.text for finding in outcome.findings)
    # Written down before it was done, also where the program was gone at once.
    assert outcome.actions[:2] == [WAIT, STEP]


def test_a_panel_that_is_behind_is_found_while_it_trains(replayed):
    train = Action("command", {"name": "toggle", "which": 0}, 2000)
    assert replayed(None, [train]).findings == []
    outcome = replayed("behind", [train])
    assert "epochs" in {finding.kind for finding in outcome.findings}
    assert "its line stands at" in "".join(finding.text for finding in outcome.findings)


def test_a_window_that_stands_still_is_found_with_its_stacks(replayed):
    outcome = replayed("block", [STEP], Limits(pause=2.0))
    assert [finding.kind for finding in outcome.findings] == ["pause"]
    assert "planted.py" in outcome.findings[0].text
    assert outcome.longest > 2.0


def test_a_program_that_does_not_end_is_found_although_it_is_alive(replayed):
    outcome = replayed("linger", [STEP], Limits(stuck=4.0))
    assert [finding.kind for finding in outcome.findings] == ["stuck"]
    assert "does not end, after 1 actions" in outcome.findings[0].text


def test_memory_that_grows_is_found(replayed):
    outcome = replayed("greed", [STEP] * 4, Limits(memory=2**30))
    assert outcome.findings[0].kind == "memory"


def test_a_crash_is_named_by_where_it_was(replayed):
    outcome = replayed("abort", [STEP])
    assert outcome.findings[0].kind == "crash"
    assert signal.SIGABRT.name in outcome.findings[0].signature
    assert "visualizer" in outcome.findings[0].signature


def test_the_same_seed_does_the_same(order, tmp_path):
    """Of a window in which nothing moves by itself, whatever is drawn."""
    logs = [
        run(replace(order, seed=3, count=12), tmp_path / name).actions for name in ("one", "two")
    ]
    assert len(logs[0]) == 12
    assert logs[0] == logs[1]


class TestShortening:
    def test_two_of_many_are_enough(self):
        asked = []

        def fails(some):
            asked.append(some)
            return 17 in some and 63 in some and some.index(17) < some.index(63)

        assert shorten(list(range(100)), fails) == [17, 63]
        assert len(asked) < 100

    def test_the_last_alone(self):
        assert shorten(list(range(1000)), lambda some: 999 in some) == [999]

    def test_all_of_them(self):
        items = list("abcdefg")
        assert shorten(items, lambda some: some == items) == items


def test_a_finding_of_a_long_run_is_kept_and_shortened(tmp_path, capsys):
    found = tmp_path / "found"
    planted = ["--plant", "tests.monkey.planted:abort", "--no-process"]
    actions = [WAIT, WAIT, Action("resize", {"size": [900, 700]}, 0), WAIT, STEP, WAIT]
    log = tmp_path / "actions.jsonl"
    write_log(log, actions)
    assert main(["--shorten", str(log), *planted]) == 1
    assert read_log(tmp_path / "actions-short.jsonl") == [STEP]
    assert "crash: SIGABRT" in capsys.readouterr().out
    assert main(["--replay", str(tmp_path / "actions-short.jsonl"), *planted]) == 1
    assert "SIGABRT" in capsys.readouterr().out
    assert not found.exists()


def test_a_long_run_keeps_the_folder_of_what_it_found(tmp_path, capsys):
    found = tmp_path / "found"
    planted = ["--plant", "tests.monkey.planted:leftover", "--no-process"]
    arguments = ["--minutes", "0.001", "--seed", "5", "--actions", "3", "--findings", str(found)]
    assert main([*arguments, *planted]) == 1
    (kept,) = found.glob("*/seed-5")
    assert "a window: QWidget" in (kept / "finding.txt").read_text()
    assert 1 <= len(read_log(kept / "actions.jsonl")) <= 3
    assert f"in {kept}" in capsys.readouterr().out


def test_a_torn_last_line_is_left_out(tmp_path):
    log = tmp_path / "actions.jsonl"
    log.write_text(f'{STEP.line()}\n{WAIT.line()}\n{{"do": "cli')
    assert read_log(log) == [STEP, WAIT]


def test_noise_is_nothing():
    assert without_noise("This plugin does not support raise()\n") == ""
    assert without_noise("a\nThis plugin does not support raise()\nb\n") == "a\nb"


def test_a_file_that_cannot_be_written_is_no_fault_of_the_program():
    said = "error: /gone/a.run: cannot be written: there is no folder /gone\n"
    assert without_noise(said) == ""
    assert without_noise(f"{said}Traceback (most recent call last):\n") != ""
    assert without_noise("error: something in the program failed\n") != ""


def test_a_fault_has_one_name_whatever_its_numbers():
    texts = [f"Qt: widget 0x{number:x} at {number}" for number in (17, 99)]
    first, second = (Finding("said", text).signature for text in texts)
    assert first == second == "said: Qt: widget # at #"
