"""Headers say in plain words what a panel shows, before what only some look for."""

from __future__ import annotations

import pytest

from visualizer.panels import panel_types
from visualizer.panels.base import ElidedLabel


@pytest.fixture
def line(qtbot):
    made = ElidedLabel()
    qtbot.addWidget(made)
    made.introduce("how wrong it is")
    made.set_text("cross-entropy, in nats")
    made.show()
    made.resize(made._label.fontMetrics().horizontalAdvance("how wrong it is · cross-"), 18)
    return made


def test_the_plain_words_come_first_and_the_rest_is_cut(line):
    assert line._label.text().startswith("how wrong it is · cro")
    assert line._label.text().endswith("…")
    assert line.toolTip() == "how wrong it is · cross-entropy, in nats"
    line.resize(900, 18)
    assert (line._label.text(), line.toolTip()) == ("how wrong it is · cross-entropy, in nats", "")


def test_half_of_the_plain_words_is_no_use(line):
    line.resize(line._label.fontMetrics().horizontalAdvance("how wrong it"), 18)
    assert line._label.text().startswith("cross")
    line.set_text("")
    assert line._label.text().startswith("how") and line._label.text().endswith("…")


def test_words_that_yield_leave_the_text_whole(line):
    line.introduce("how wrong it is", yields=True)
    assert line._label.text() == "cross-entropy, in nats"
    line.resize(900, 18)
    assert line._label.text() == "how wrong it is · cross-entropy, in nats"


def test_every_panel_with_a_line_has_plain_words():
    without = {kind.key for kind in panel_types() if not kind.about}
    assert without == {"samples"}  # beside its list there is no room for them
