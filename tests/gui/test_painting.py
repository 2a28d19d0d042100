"""No painting ends the program: every painter ends, and what cannot be painted says so."""

from __future__ import annotations

import ast
import gc
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter
from PyQt6.QtWidgets import QComboBox, QWidget

from nnfs_core.model.places import Place
from tests.gui.screen import near, pixels, shot
from visualizer.jobs.failures import failures, in_words, install_hooks
from visualizer.kit.frames import paint_frames
from visualizer.kit.widgets import ComboBox
from visualizer.style.painting import Painted, draw_lines, draw_rectangles, painting, saved
from visualizer.style.theme import DARK

SOURCES = Path(__file__).resolve().parents[2] / "visualizer"
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Broken(Painted, QWidget):
    """Paints half of what it should."""

    works = False

    def paint(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), QColor(DARK.positive))
        if not self.works:
            painter.translate(1000, 1000)
            painter.setOpacity(0.0)
            raise IndexError("beyond the end")


@pytest.fixture
def broken(qtbot):
    widget = Broken()
    widget.setAccessibleName("The picture")
    qtbot.addWidget(widget)
    widget.resize(300, 80)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_widget_that_cannot_be_painted_says_so_in_its_place(broken, reported, capsys):
    reported.clear()
    failures().forget()  # it was painted when it came into sight
    colours = shot(broken)
    assert near(colours, DARK.panel).mean() > 0.5, "the half that was painted is gone"
    assert near(colours, DARK.bad, 40).any(), "words"
    assert reported == ["The picture cannot be painted: IndexError: beyond the end"]
    assert "in paint" in capsys.readouterr().err, "a developer finds where"


def test_the_same_fault_is_reported_once_and_another_one_again(broken, reported):
    for _ in range(5):
        shot(broken)
    assert len(reported) == 1
    broken.paint = lambda painter: [][1]
    shot(broken)
    assert len(reported) == 2


def test_it_paints_again_when_it_can(broken, reported):
    shot(broken)
    broken.works = True
    assert near(shot(broken), DARK.positive).all()


def test_nothing_is_kept_of_a_failed_painting(broken, reported):
    class Witness:
        """Dies with the variables of the function it was made in."""

    witness = Witness()
    seen = weakref.ref(witness)

    def paint(painter, held=[witness]):  # noqa: B006 - it is to be held by the call alone
        mine = held.pop()
        assert mine is not None
        raise ValueError("on purpose")

    broken.paint = paint
    del witness
    before = gc.isenabled()
    gc.disable()
    try:
        shot(broken)
        assert seen() is None, "freed at once, without waiting for a collection"
    finally:
        if before:  # not in the window's tests, which collect in its thread alone
            gc.enable()


def test_an_error_that_nobody_caught_is_not_kept_either(window, qtbot, reported):
    """Python itself remembers the last one, with everything it went through."""
    install_hooks()

    class Witness:
        pass

    held = []

    def slot():
        mine = Witness()
        held.append(weakref.ref(mine))
        raise RuntimeError("on purpose")

    window.view.bar.keys.clicked.disconnect()
    window.view.bar.keys.clicked.connect(slot)
    qtbot.mouseClick(window.view.bar.keys, Qt.MouseButton.LeftButton)
    assert reported == ["something in the program failed: RuntimeError: on purpose"]
    assert held[0]() is None
    assert getattr(sys, "last_traceback", None) is None


def test_painters_end_whatever_happens(qapp):
    image = QImage(QSize(8, 8), QImage.Format.Format_RGB32)
    with pytest.raises(ZeroDivisionError), painting(image) as painter, saved(painter):
        painter.setOpacity(0.5)
        raise ZeroDivisionError
    assert not painter.isActive()
    assert not image.paintingActive()


def test_nothing_is_drawn_of_nothing(qapp):
    image = QImage(QSize(8, 8), QImage.Format.Format_RGB32)
    image.fill(QColor(DARK.panel))
    before = pixels(image)
    with painting(image) as painter:
        draw_rectangles(painter, [])
        draw_lines(painter, [])
        paint_frames(painter, [], DARK)
        draw_rectangles(painter, (QRectF(2, 2, 1, 1) for _ in range(0)))
    np.testing.assert_array_equal(pixels(image), before)


def test_a_box_is_painted_like_qts_own_but_for_its_chevron(qtbot):
    """It went from one kind of painter to another; the text must be where it was."""
    ours, plain = ComboBox(), QComboBox()
    for box in (ours, plain):
        qtbot.addWidget(box)
        box.addItem("value")
        box.resize(160, 28)
    left = (slice(None), slice(0, 100))
    np.testing.assert_array_equal(shot(ours)[left], shot(plain)[left])
    assert (shot(ours) != shot(plain)).any(), "the chevron"


def calls(path: Path) -> set[str]:
    return {
        ast.unparse(node.func).rpartition(".")[2]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    }


def test_painting_begins_in_one_place_alone():
    for path in SOURCES.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        if path.name != "painting.py":
            assert not {"QPainter", "QStylePainter"} & calls(path), f"{path}: paints by itself"
            assert "paintEvent" not in defined, f"{path}: has a paintEvent"
            stars = [
                ast.unparse(node)
                for node in ast.walk(tree)
                if isinstance(node, ast.Call)
                and ast.unparse(node.func).rpartition(".")[2].startswith("draw")
                and any(isinstance(one, ast.Starred) for one in node.args)
                and "drawargs" not in ast.unparse(node)
            ]
            assert not stars, f"{path}: PyQt draws none of nothing: {stars}"


def test_a_selection_while_both_columns_have_nothing_to_show(window, qtbot):
    """These four keys and a resize ended the program."""
    view = window.view
    qtbot.keyClick(window, Qt.Key.Key_Right, CONTROL)
    for modifier in (Qt.KeyboardModifier.NoModifier,) * 2 + (SHIFT,):
        qtbot.keyClick(window, Qt.Key.Key_L, modifier)
    canvas = view.panels["weights"].canvas
    assert window.viewer.selection is not None
    assert canvas.framed and canvas.shown == {"left": None, "right": None}
    shot(canvas)
    window.resize(1200, 760)
    shot(window)


def test_what_an_error_says_has_a_bounded_length():
    assert len(in_words(ValueError("x" * 10_000))) < 210
    assert in_words(MemoryError()) == "there is not enough memory"
    assert "\n" not in in_words(ValueError("one\ntwo"))
    assert in_words(KeyError()) == "KeyError"


class TestPanels:
    """One panel that fails leaves nobody else behind."""

    @pytest.fixture
    def failing(self, window, monkeypatch):
        def fail(part):
            def show_frame(frame, context):
                raise IndexError(f"epoch {frame.epoch} is not in the recording")

            monkeypatch.setattr(part, "show_frame", show_frame)

        return fail

    @pytest.mark.parametrize("key", ["network", "loss", "samples"])
    def test_the_others_go_on_and_it_says_so(self, window, viewer_at, failing, reported, key):
        panel = window.view.panels[key]
        window.view.arrangement.bring_forward(key)
        failing(panel)
        viewer_at(window, 3)
        assert window.view.bar.numbers.epoch.text() == "3"
        others = [one for one in ("network", "loss") if one != key]
        assert all(window.view.panels[one]._frame.epoch == 3 for one in others)
        cover, on_header = window.view.drawing.covers.over(panel)
        assert on_header.isVisible(), "numbers in the header are hidden too"
        assert cover.isVisible() and cover.geometry() == panel.rect().adjusted(1, 0, -1, -1)
        assert "epoch 3" in cover.text() and "not in the recording" in cover.text()
        assert len(reported) == 1
        assert reported[0].startswith(f"{panel.title} cannot show epoch ")

    def test_it_is_uncovered_when_it_shows_an_epoch_again(
        self, window, viewer_at, failing, reported, monkeypatch
    ):
        panel = window.view.panels["loss"]
        failing(panel)
        viewer_at(window, 1)
        assert window.view.drawing.covers.over(panel)[0].isVisible()
        monkeypatch.undo()
        viewer_at(window, 2)
        assert not window.view.drawing.covers.over(panel)[0].isVisible()
        assert panel._frame.epoch == 2

    @pytest.mark.parametrize("bar", ["bar", "timeline"])
    def test_a_bar_that_fails(self, window, viewer_at, failing, reported, bar):
        part = getattr(window.view, bar)
        failing(part)
        viewer_at(window, 2)
        assert window.view.panels["network"]._frame.epoch == 2
        assert window.view.drawing.covers.over(part)[0].isVisible()
        assert len(reported) == 1

    def test_the_cover_keeps_the_size_of_the_panel(self, window, viewer_at, failing, reported):
        panel = window.view.panels["network"]
        failing(panel)
        viewer_at(window, 1)
        window.resize(1150, 720)
        cover = window.view.drawing.covers.over(panel)[0]
        assert cover.geometry() == panel.rect().adjusted(1, 0, -1, -1)

    @pytest.mark.parametrize("what", ["notice", "show_progress", "choose", "show_run"])
    def test_whatever_a_panel_is_asked(self, window, viewer_at, monkeypatch, reported, what):
        view = window.view
        panel = view.form if what == "show_run" else view.panels["followed"]
        if what != "show_run":
            view.arrangement.bring_forward("followed")

        def fail(*_):
            raise KeyError(what)

        viewer_at(window, 1)
        monkeypatch.setattr(panel, what, fail)
        frame, context = window.viewer.frame, window.viewer.context
        if what == "show_progress":
            view.show_progress(context)
        elif what == "choose":
            view.choose({})
        elif what == "show_run":
            view.show_run(context.run)
        else:
            view.show_frame(frame, context)
        assert len(reported) == 1 and f"KeyError: '{what}'" in reported[0]

    def test_a_canvas_that_cannot_prepare_paints_nothing_old(self, window, viewer_at, monkeypatch):
        canvas = window.view.panels["network"].canvas
        viewer_at(window, 1)

        def fail(frame, context):
            raise ValueError("on purpose")

        monkeypatch.setattr(canvas, "prepare", fail)
        with pytest.raises(ValueError, match="on purpose"):
            canvas.show_frame(window.viewer.frame, window.viewer.context)
        assert near(shot(canvas), canvas._palette.panel).all()


@pytest.fixture
def viewer_at(qtbot):
    """Train a window's run up to an epoch."""

    def go(window, epoch: int) -> None:
        window.viewer.step(epoch - window.viewer.newest)
        qtbot.waitUntil(lambda: window.viewer.frame.epoch == epoch and not window.viewer.training)

    return go


def test_places_are_selected_in_every_panel_before_anything_is_trained(window, qtbot):
    """Whatever is pointed at is painted by every panel, with nothing trained and no lens."""
    sizes = window.viewer.run.network.sizes
    last = len(sizes) - 2
    places = [
        Place("input", source=5),
        Place("unit", 0, 3),
        Place("unit", last, 2),
        Place("weight", 0, 3, 7),
        Place("bias", last, 1),
        Place("loss"),
    ]
    for key in window.view.panels:
        window.view.arrangement.bring_forward(key)
        for place in places:
            window.viewer.select_place(place)
            shot(window)
