"""Reduced motion: what the desktop says, what is chosen, and what stands still."""

from __future__ import annotations

import pytest

from visualizer.style import motion
from visualizer.view.message_bar import MessageBar
from visualizer.window.text_actions import TextActions


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    yield
    motion.choose(None)


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=0\n", True),
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=0.5\n", False),
        ("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=false\n", True),
        ("gtk-3.0/settings.ini", "[Settings]\ngtk-enable-animations=1\n", False),
        ("gtk-3.0/settings.ini", "not a settings file", False),
    ],
)
def test_the_desktop_says_so_in_its_files(tmp_path, file, text, expected):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert motion.wanted_by_the_desktop("linux") is expected


def test_what_is_chosen_is_remembered(settings, qapp):
    assert not motion.reduced()
    chooser = TextActions(settings)
    action = chooser.motion_action(qapp)
    assert not action.isChecked()
    action.trigger()
    assert motion.reduced()
    motion.choose(None)
    TextActions(settings)
    assert motion.reduced()


def test_a_bar_that_only_says_that_something_goes_on_stands_still(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    ranges = []
    for wanted in (False, True):
        motion.choose(wanted)
        bar.show_progress("loading", 0, 0)
        ranges.append(bar.progress.maximum())
    assert ranges == [0, 1000]
