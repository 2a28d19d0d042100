"""Pictures from anywhere on the pad: files, the clipboard, what is dropped; good and bad ones."""

from __future__ import annotations

import errno
import io
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PyQt6.QtWidgets import QApplication, QFileDialog, QGraphicsView

from nnfs_core.pictures.file import FORMATS, read_grey
from nnfs_core.pictures.prepare import prepare
from tests.core import plain
from tests.core.test_picture_file import encoded, png_claiming
from tests.gui.hand import DIGITS, draw
from visualizer.panels.draw import panel as draw_module
from visualizer.panels.draw import picture_source

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def seven() -> np.ndarray:
    """A photograph of a 7, dark on light, off-centre; shape (120, 200)."""
    shades = np.full((120, 200), 230, np.uint8)
    shades[20:30, 110:160] = 40
    for step in range(60):
        left = 152 - step // 2
        shades[25 + step, left : left + 9] = 40
    return shades


@pytest.fixture
def file(tmp_path, seven):
    path = tmp_path / "seven.png"
    Image.fromarray(seven).save(path)
    return path


@pytest.fixture
def clipboard(qapp):
    board = QGuiApplication.clipboard()
    board.clear()
    yield board
    board.clear()


@pytest.fixture
def panel(window, qtbot):
    qtbot.keyClick(window, "D")
    return window.view.panels["draw"]


def image_of(shades: np.ndarray) -> QImage:
    rows, columns = shades.shape
    kind = QImage.Format.Format_Grayscale8
    return QImage(shades.tobytes(), columns, rows, columns, kind).copy()


def drop(window, data: QMimeData) -> bool:
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(50, 50), copy, data, buttons, modifiers)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(50, 50), copy, data, buttons, modifiers, QEvent.Type.Drop)
        QApplication.sendEvent(window, event)
    return enter.isAccepted()


def file_data(*paths) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def said(window) -> str:
    messages = window.view.messages
    return messages.text.text() if messages.isVisible() else ""


def shown(window, expected: np.ndarray) -> bool:
    """Say whether a picture, given as shades, is on the pad and shown to the network."""
    sample, picture = window.viewer.context.sample, window.view.panels["draw"].pad.drawing.picture
    if sample.part != "drawn" or picture is None:
        return False
    np.testing.assert_allclose(picture.grey, expected, atol=1e-6)
    pixels = prepare(expected, (8, 8)).pixels
    np.testing.assert_allclose(sample.x, pixels.ravel(), atol=1e-6)
    np.testing.assert_allclose(window.view.panels["draw"].answer.pixels, pixels, atol=1e-6)
    return True


class TestWays:
    """However a picture comes, it is on the pad, prepared, and shown to the network."""

    def test_dropped(self, window, qtbot, file, seven):
        assert drop(window, file_data(file))
        qtbot.waitUntil(lambda: shown(window, seven / 255))
        assert window.view.docks["draw"].in_sight

    def test_dropped_on_a_panel_that_floats(self, window, qtbot, file, seven):
        dock = window.view.docks["draw"]
        assert not dock.acceptDrops(), "within the window it is the window that takes it"
        dock.setFloating(True)
        assert drop(dock, file_data(file))
        qtbot.waitUntil(lambda: shown(window, seven / 255))
        dock.setFloating(False)
        assert not dock.acceptDrops()

    def test_dropped_without_a_file(self, window, qtbot, seven):
        data = QMimeData()
        data.setImageData(image_of(seven))
        assert drop(window, data)
        qtbot.waitUntil(lambda: shown(window, seven / 255))

    def test_plots_are_not_asked_whether_they_take_a_drop(self, window):
        """They refuse, and complain on standard error when it is carried out again."""
        plots = window.findChildren(QGraphicsView)
        assert len(plots) >= 2
        assert not any(one.acceptDrops() or one.viewport().acceptDrops() for one in plots)

    def test_chosen_in_the_dialog(self, window, panel, qtbot, file, seven, monkeypatch):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
        qtbot.keyClick(window, "I", CONTROL)
        qtbot.waitUntil(lambda: shown(window, seven / 255))

    def test_the_dialog_offers_what_is_read(self, window, panel, monkeypatch):
        asked = []
        monkeypatch.setattr(
            QFileDialog, "getOpenFileName", lambda *words: (asked.append(words[-1]), ("", ""))[1]
        )
        panel.controls.open.click()
        (offered,) = (part for part in asked[0].split(";;") if part.startswith("Pictures"))
        suffixes = set(offered.removeprefix("Pictures (").removesuffix(")").split())
        assert suffixes == {f"*{suffix}" for known in FORMATS.values() for suffix in known}
        assert not suffixes & {"*.eps", "*.heic", "*.svg"}

    def test_an_empty_pad_is_told(self, window, panel, qtbot):
        qtbot.keyClick(window, "D", Qt.KeyboardModifier.ShiftModifier)
        assert "nothing has been drawn yet" in window.view.messages.text.text()

    def test_not_chosen_after_all(self, window, panel, monkeypatch):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
        panel.controls.open.click()
        assert panel.pad.drawing.is_empty

    def test_opened_like_any_file(self, window, qtbot, file, seven, monkeypatch):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
        qtbot.keyClick(window, "O", CONTROL)
        qtbot.waitUntil(lambda: shown(window, seven / 255))

    def test_pasted(self, window, panel, qtbot, clipboard, seven):
        clipboard.setImage(image_of(seven))
        qtbot.keyClick(window, "V", CONTROL)
        qtbot.waitUntil(lambda: shown(window, seven / 255))

    def test_a_pasted_file(self, window, panel, qtbot, clipboard, file, seven):
        clipboard.setMimeData(file_data(file))
        qtbot.keyClick(window, "V", CONTROL)
        qtbot.waitUntil(lambda: shown(window, seven / 255))

    def test_a_file_is_pasted_rather_than_its_icon(
        self, window, panel, qtbot, clipboard, file, seven
    ):
        data = file_data(file)
        data.setImageData(image_of(np.zeros((16, 16), np.uint8)))
        clipboard.setMimeData(data)
        qtbot.keyClick(window, "V", CONTROL)
        qtbot.waitUntil(lambda: shown(window, seven / 255))

    def test_a_field_pastes_its_own_text(self, window, qtbot, clipboard):
        field = window.view.form.fields["layers"]
        clipboard.setText("12 7")
        field.setFocus()
        field.selectAll()
        qtbot.keyClick(field, "V", CONTROL)
        assert field.text() == "12 7"
        assert said(window) == ""


class TestOnThePad:
    def test_undo_brings_back_what_was_there(self, window, panel, qtbot, file):
        draw(panel.pad, *DIGITS[3])
        drawing, x = panel.pad.drawing, window.viewer.context.sample.x
        assert drop(window, file_data(file))
        qtbot.waitUntil(lambda: panel.pad.drawing.picture is not None)
        qtbot.keyClick(window, "U")
        assert panel.pad.drawing is drawing
        np.testing.assert_array_equal(window.viewer.context.sample.x, x)
        qtbot.keyClick(window, "U", CONTROL)
        assert panel.pad.drawing.picture.name == "seven.png"

    def test_strokes_on_it_stand_out(self, window, panel, qtbot, file, seven):
        assert drop(window, file_data(file))
        qtbot.waitUntil(lambda: shown(window, seven / 255))
        draw(panel.pad, [(0.1, 0.5), (0.2, 0.5)])
        grey = panel.pad.drawing.grey()
        # The photograph is light, so ink is dark; above and below is its own shade.
        assert grey[140, 42] == 0
        assert grey[5, 140] == pytest.approx(230 / 255, abs=0.01)
        expected = prepare(grey, (8, 8)).pixels.ravel()
        np.testing.assert_array_equal(window.viewer.context.sample.x, expected)

    def test_one_of_the_networks_own_size_is_taken_as_it_is(self, window, panel, qtbot, tmp_path):
        x = window.viewer.run.dataset.validation_x[7].reshape(8, 8)
        path = tmp_path / "own.png"
        Image.fromarray(np.rint(255 * x).astype(np.uint8)).save(path)
        window.files.open_path(path)
        qtbot.waitUntil(lambda: window.viewer.context.sample.part == "drawn")
        np.testing.assert_allclose(window.viewer.context.sample.x, x.ravel(), atol=1 / 255)

    def test_the_newest_is_the_one(self, window, panel, qtbot, file, tmp_path, seven):
        other = tmp_path / "other.png"
        Image.fromarray(seven[:, ::-1]).save(other)
        panel.open_picture(file)
        panel.open_picture(other)
        qtbot.waitUntil(lambda: shown(window, seven[:, ::-1] / 255))
        assert len(panel.pad._history) == 2

    def test_the_window_lives_while_a_picture_is_read(
        self, window, panel, qtbot, file, seven, monkeypatch
    ):
        begun, go_on = threading.Event(), threading.Event()

        def slowly(source, shape, look):
            begun.set()
            assert threading.current_thread() is not threading.main_thread()
            assert go_on.wait(30)
            return picture_source.read(source, shape, look)

        monkeypatch.setattr(draw_module, "read", slowly)
        window.files.open_path(file)
        qtbot.waitUntil(begun.is_set)
        assert panel.header.subtitle._text == "reading seven.png …"
        draw(panel.pad, *DIGITS[1])
        assert window.viewer.context.sample.part == "drawn"
        window.viewer.step(3)
        qtbot.waitUntil(lambda: window.viewer.frame.epoch == 3)
        assert panel.pad.drawing.picture is None
        go_on.set()
        qtbot.waitUntil(lambda: shown(window, seven / 255))
        assert panel.pad.can_undo


BAD = {
    "text.png": (b"hello", "is not a picture"),
    "empty.png": (b"", "found an empty file"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "found an SVG drawing"),
    "pretending.png": (b"<!doctype html><html></html>", "found a web page"),
    "huge.png": (png_claiming(100_000, 100_000), "expected at most 60 million pixels"),
    "nothing.png": (png_claiming(0, 0), "is not a picture"),
    "cut.png": (png_claiming(400, 400), "is damaged"),
    "transparent.png": (encoded(Image.new("RGBA", (30, 30), (9, 9, 9, 0))), "nothing is drawn"),
    "blank.png": (encoded(Image.new("L", (50, 40), 128)), "found blank"),
    "dot.png": (encoded(Image.new("L", (1, 1), 200)), "nothing is drawn"),
    "own size.png": (encoded(Image.new("L", (8, 8), 0)), "nothing is drawn"),
}


@contextmanager
def nothing_lost(window, qtbot, expected: str):
    """Check that one line is said, and that all else is as it was."""
    panel = window.view.panels["draw"]
    draw(panel.pad, *DIGITS[3])
    drawing, sample = panel.pad.drawing, window.viewer.context.sample
    yield
    qtbot.waitUntil(lambda: bool(said(window)))
    text = said(window)
    assert text.startswith("error: ")
    assert expected in text
    assert "\n" not in text
    assert panel.pad.drawing is drawing
    assert len(panel.pad._history) == 2
    assert window.viewer.context.sample is sample
    assert "reading" not in panel.header.subtitle._text


class TestBadPictures:
    """One clear line each, and nothing is lost."""

    @pytest.mark.parametrize("name", BAD)
    def test_a_file(self, window, panel, qtbot, tmp_path, name):
        content, expected = BAD[name]
        path = tmp_path / name
        path.write_bytes(content)
        with nothing_lost(window, qtbot, expected):
            assert drop(window, file_data(path))
        assert name in said(window)

    def test_a_folder(self, window, panel, qtbot, tmp_path):
        (tmp_path / "folder.png").mkdir()
        with nothing_lost(window, qtbot, "expected a picture, found a folder"):
            assert drop(window, file_data(tmp_path / "folder.png"))

    def test_one_that_has_gone(self, window, panel, qtbot, tmp_path):
        with nothing_lost(window, qtbot, "there is no such file"):
            assert drop(window, file_data(tmp_path / "gone.jpg"))

    def test_one_that_is_closed_to_us(self, window, panel, qtbot, file, monkeypatch):
        def closed(*_, **__):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Image, "open", closed)
        with nothing_lost(window, qtbot, "seven.png: cannot be read: Permission denied"):
            assert drop(window, file_data(file))

    def test_a_clipboard_with_text(self, window, panel, qtbot, clipboard):
        clipboard.setText("seven")
        expected = (
            "error: the clipboard: holds no picture (expected a picture, or the file of one,"
            " found text)"
        )
        with nothing_lost(window, qtbot, expected):
            qtbot.keyClick(window, "V", CONTROL)

    def test_an_empty_clipboard(self, window, panel, qtbot, clipboard):
        with nothing_lost(window, qtbot, "found nothing"):
            qtbot.keyClick(window, "V", CONTROL)

    def test_two_files_on_the_clipboard(self, window, panel, qtbot, clipboard, file):
        clipboard.setMimeData(file_data(file, file))
        with nothing_lost(window, qtbot, "found 2 files"):
            qtbot.keyClick(window, "V", CONTROL)

    def test_a_blank_picture_on_the_clipboard(self, window, panel, qtbot, clipboard):
        clipboard.setImage(image_of(np.full((30, 40), 90, np.uint8)))
        with nothing_lost(window, qtbot, "the picture: nothing is drawn on it"):
            qtbot.keyClick(window, "V", CONTROL)

    @pytest.mark.parametrize("dropped", [True, False])
    def test_what_only_says_that_it_is_a_picture(self, window, panel, qtbot, clipboard, dropped):
        data = QMimeData()
        data.setData("application/x-qt-image", b"anything")
        with nothing_lost(window, qtbot, "holds no picture"):
            if dropped:
                assert drop(window, data)
            else:
                clipboard.setMimeData(data)
                qtbot.keyClick(window, "V", CONTROL)

    def test_a_dropped_picture_that_is_none(self, window, panel, qtbot):
        data = QMimeData()
        data.setImageData(QImage())
        with nothing_lost(window, qtbot, "the picture: holds no picture"):
            assert drop(window, data)


def test_data_without_pictures_take_none(make_window, qtbot, file):
    window = make_window(dataset=plain.make_dataset(), name="clouds")
    before = window.viewer.context.sample
    assert drop(window, file_data(file))
    assert said(window) == (
        "error: seven.png: cannot be shown to this network (expected data that are pictures,"
        " found 6 features a sample)"
    )
    sample = window.viewer.context.sample
    assert (sample.part, sample.index) == (before.part, before.index)


def test_a_pasted_picture_is_read_as_its_file_would_be(seven):
    buffer = io.BytesIO()
    Image.fromarray(seven).save(buffer, "PNG")
    pasted = picture_source.read(image_of(seven), (8, 8))
    np.testing.assert_array_equal(pasted.grey, read_grey(buffer.getvalue()))
