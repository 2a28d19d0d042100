"""The window: keys, panels, themes, what it remembers, and that nobody is left out."""

from __future__ import annotations

import math
from contextlib import contextmanager

import pytest
from PyQt6.QtCore import QEvent, QMargins, QSettings, Qt, QTimer
from PyQt6.QtGui import QColor, QImage, QKeySequence, QTextDocumentFragment
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QTextBrowser,
    QToolButton,
    QWidget,
)

from nnfs_core.data.mnist import CURE
from nnfs_core.engine.carrier import InProcess
from nnfs_core.experiment import Experiment, presets
from nnfs_core.files.weights import load_weights
from nnfs_core.training.trainer import Trainer
from tests.core.plain import four_figures, make_dataset
from tests.gui.screen import near, shot
from visualizer.app import report_failures
from visualizer.panels import panel_types
from visualizer.panels.base import ElidedLabel
from visualizer.style.theme import DARK, LIGHT
from visualizer.view.transport_bar import SPEEDS
from visualizer.window.commands import DIGITS
from visualizer.window.export_dialog import ExportDialog
from visualizer.window.keys_dialog import KeysDialog

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def endless(make_window):
    """A window on a run that does not end by itself while a test looks at it."""
    window = make_window(Experiment(epochs=1_000_000))
    window.viewer.set_rate(None)
    return window


def standing(viewer, epoch: int):
    return lambda: not viewer.training and viewer.frame.epoch == epoch


@contextmanager
def answer(act):
    """Do something with the dialog that comes up while the block runs."""
    timer, met = QTimer(), []

    def look():
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            timer.stop()
            met.append(dialog)
            act(dialog)

    timer.setInterval(10)
    timer.timeout.connect(look)
    timer.start()
    window = QApplication.activeWindow()
    yield met
    timer.stop()
    assert len(met) == 1, "no dialog came up"
    # An offscreen system gives the keyboard back to nobody.
    window.activateWindow()


class TestKeys:
    def test_space_trains_and_pauses(self, endless, qtbot):
        viewer, bar = endless.viewer, endless.view.bar
        with qtbot.waitSignal(viewer.training_changed):
            qtbot.keyClick(endless, Qt.Key.Key_Space)
        assert viewer.training
        assert bar.train.text() == "Pause"
        assert endless.view.timeline.live.text() == "● live"
        with qtbot.waitSignal(viewer.training_changed):
            qtbot.keyClick(endless, Qt.Key.Key_Space)
        assert not viewer.training
        assert bar.train.text() == "Train"
        assert endless.view.timeline.live.text() == "● live, paused"

    def test_right_is_one_epoch_and_with_shift_ten(self, window, qtbot):
        viewer = window.viewer
        qtbot.keyClick(window, Qt.Key.Key_Right)
        qtbot.waitUntil(standing(viewer, 1))
        qtbot.keyClick(window, Qt.Key.Key_Right, SHIFT)
        qtbot.waitUntil(standing(viewer, 11))
        assert len(viewer.recording) == 12

    def test_home_goes_back_to_the_start(self, window, qtbot):
        viewer = window.viewer
        first = viewer.frame.parameters.flat.tobytes()
        viewer.step(3)
        qtbot.waitUntil(standing(viewer, 3))
        qtbot.keyClick(window, Qt.Key.Key_Home)
        qtbot.waitUntil(standing(viewer, 0))
        assert viewer.frame.parameters.flat.tobytes() == first
        assert window.view.bar.numbers.epoch.text() == "0"

    def test_plus_and_minus_change_the_speed(self, window, qtbot):
        viewer, bar = window.viewer, window.view.bar
        viewer.set_rate(None)
        for rate in (1000, 500, 200):
            qtbot.keyClick(window, Qt.Key.Key_Minus)
            assert viewer.rate == rate
            assert bar.speed_label.text() == f"{rate:,} epochs/s"
        for key, rate in (
            (Qt.Key.Key_Plus, 500),
            (Qt.Key.Key_Equal, 1000),
            (Qt.Key.Key_Plus, None),
            (Qt.Key.Key_Plus, None),
        ):
            qtbot.keyClick(window, key)
            assert viewer.rate == rate
        assert bar.speed_label.text() == "full speed"
        for _ in range(2 * len(SPEEDS)):
            qtbot.keyClick(window, Qt.Key.Key_Minus)
        assert viewer.rate == 1
        assert bar.speed_label.text() == "1 epoch/s"

    def test_the_slider_and_the_speed_are_one(self, window):
        bar, viewer = window.view.bar, window.viewer
        for at, rate in enumerate(SPEEDS):
            bar.speed.setValue(at)
            assert viewer.rate == rate
            viewer.set_rate(rate)
            assert bar.speed.value() == at

    def test_n_p_and_r_choose_the_sample(self, window, qtbot):
        viewer = window.viewer
        window.view.arrangement.bring_forward("samples")
        count = len(viewer.run.dataset.validation_x)
        for key, index in (("N", 1), ("N", 2), ("P", 1), ("P", 0), ("P", count - 1), ("N", 0)):
            qtbot.keyClick(window, key)
            assert viewer.context.sample.index == index
            assert index in window.view.panels["samples"].gallery.page
        seen = set()
        for _ in range(20):
            qtbot.keyClick(window, "R")
            seen.add(viewer.context.sample.index)
        assert len(seen) > 5

    def test_control_e_exports_the_frame(self, window, qtbot, tmp_path):
        path = tmp_path / "epoch.png"

        def save(dialog):
            assert isinstance(dialog, ExportDialog)
            assert dialog.path().name == "frame-000000.png"
            dialog._path.setText(str(path))
            # Enter saves; it does not browse.
            qtbot.keyClick(dialog, Qt.Key.Key_Return)

        with answer(save):
            qtbot.keyClick(window, "E", CONTROL)
        assert path.is_file()
        assert window.view.messages.text.text() == f"saved {path}"

    def test_an_export_that_fails_is_one_line(self, window, qtbot, tmp_path):
        def save(dialog):
            dialog._path.setText(str(tmp_path / "nowhere" / "a.png"))
            dialog.accept()

        with answer(save):
            qtbot.keyClick(window, "E", CONTROL)
        said = window.view.messages.text.text()
        assert said.startswith(f"error: {tmp_path / 'nowhere' / 'a.png'}: cannot be written")
        assert "\n" not in said

    @pytest.mark.parametrize("typed", ["~nobody-here/a.png", "a\0b", "x" * 5000])
    def test_what_cannot_be_a_path_is_one_line(self, window, qtbot, typed):
        def save(dialog):
            dialog._path.setText(typed)
            dialog.accept()

        with answer(save):
            qtbot.keyClick(window, "E", CONTROL)
        said = window.view.messages.text.text()
        assert said.startswith("error: ")
        assert "\n" not in said

    def test_an_existing_file_is_asked_for(self, window, qtbot, tmp_path, monkeypatch):
        path = tmp_path / "a.png"
        path.write_bytes(b"dear to me")
        asked = []

        def ask(answer):
            def question(*_):
                asked.append(answer)
                return answer

            monkeypatch.setattr(QMessageBox, "question", question)

        def save(dialog):
            dialog._path.setText(str(path))
            ask(QMessageBox.StandardButton.No)
            dialog.accept()
            assert dialog.isVisible()
            assert path.read_bytes() == b"dear to me"
            ask(QMessageBox.StandardButton.Yes)
            dialog.accept()

        with answer(save):
            qtbot.keyClick(window, "E", CONTROL)
        assert len(asked) == 2
        assert path.read_bytes().startswith(b"\x89PNG")

    def test_nothing_is_recorded_once_the_window_was_closed_behind_the_dialog(
        self, window, qtbot, tmp_path
    ):
        """A picture that is drawn for nobody would keep the program from ending."""

        def close_and_save(dialog):
            window.close()
            dialog._path.setText(str(tmp_path / "frames"))
            dialog.accept()

        with answer(close_and_save):
            window.pictures.toggle_recording()
        assert window.closed and not window.pictures.recorder.running
        assert not (tmp_path / "frames").exists()

    def test_nothing_comes_up_once_the_window_was_closed_behind_a_dialog(
        self, window, tmp_path, qtbot
    ):
        """The program would never end: a window is left, and nothing that it belongs to."""
        QImage(8, 8, QImage.Format.Format_RGB32).save(str(tmp_path / "picture.png"))
        for key in ("draw", "health"):
            window.view.docks[key].setFloating(True)
            qtbot.waitUntil(window.view.docks[key].isVisible)
        window.view.arrangement.toggle_maximised(
            "loss"
        )  # to be brought back by whatever comes forward
        window.close()
        window.files.open_path(tmp_path / "picture.png")
        window.files.open_picture(tmp_path / "picture.png")
        window.view.arrangement.bring_forward("draw")
        assert not any(widget.isVisible() for widget in QApplication.topLevelWidgets())

    def test_no_panel_floats_on_when_the_window_was_closed(self, window, qtbot):
        dock = window.view.docks["health"]
        dock.setFloating(True)
        qtbot.waitUntil(dock.isVisible)
        window.close()
        assert not dock.isVisible()

    def test_control_e_and_then_not(self, window, qtbot, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with answer(lambda dialog: qtbot.keyClick(dialog, Qt.Key.Key_Escape)):
            qtbot.keyClick(window, "E", CONTROL)
        assert not list(tmp_path.glob("*.png"))
        assert not window.view.messages.isVisible()

    def test_control_r_records_and_stops(self, window, qtbot, tmp_path):
        folder = tmp_path / "frames"

        def begin(dialog):
            dialog._path.setText(str(folder))
            dialog._every.setValue(2)
            dialog._width.setValue(320)
            dialog._height.setValue(200)
            dialog.accept()

        with answer(begin):
            qtbot.keyClick(window, "R", CONTROL)
        qtbot.waitUntil(window.isActiveWindow)
        assert window.view.bar.record.isChecked()
        window.viewer.step(2)
        qtbot.waitUntil(standing(window.viewer, 2))
        qtbot.keyClick(window, "R", CONTROL)
        assert not window.view.bar.record.isChecked()
        names = sorted(path.name for path in folder.iterdir())
        assert names == ["frame-000000.png", "frame-000002.png"]

    def test_control_shift_s_saves_the_weights_shown(self, window, qtbot, tmp_path, monkeypatch):
        from PyQt6.QtWidgets import QFileDialog

        path = tmp_path / "w.npz"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
        window.viewer.step(2)
        qtbot.waitUntil(standing(window.viewer, 2))
        with qtbot.waitSignal(window.viewer.saver.weights_saved):
            qtbot.keyClick(window, "S", CONTROL | SHIFT)
        kept = load_weights(path)
        for mine, shown in zip(kept.weights, window.viewer.frame.parameters.weights, strict=True):
            assert (mine == shown).all()
        assert kept.meaning.classes == window.viewer.run.dataset.classes
        assert "after 2 epochs" in window.view.messages.text.text()

    def test_f1_lists_every_key(self, window, qtbot):
        texts = []

        def read(dialog):
            assert isinstance(dialog, KeysDialog)
            texts.extend(text.text() for text in dialog.findChildren(QLabel))
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)

        with answer(read):
            qtbot.keyClick(window, Qt.Key.Key_F1)
        for action in window.commands.named.values():
            assert (action.text() in texts) == bool(action.shortcuts())
        assert "Space" in texts

    def test_the_dialog_is_gone_when_it_is_closed(self, window, qtbot):
        for _ in range(3):
            with answer(lambda dialog: dialog.reject()):
                qtbot.keyClick(window, Qt.Key.Key_F1)
            qtbot.waitUntil(window.isActiveWindow)
        assert QApplication.activeModalWidget() is None
        qtbot.waitUntil(lambda: window.findChildren(KeysDialog) == [])

    def test_no_key_has_two_meanings(self, window):
        keys = [
            key.toString()
            for action in window.commands.named.values()
            for key in action.shortcuts()
        ]
        assert len(keys) == len(set(keys))
        # What has no key is in the menu.
        menu = window.menus.view.actions()
        for action in window.commands.named.values():
            assert action.shortcuts() or action in menu

    def test_escape_closes_a_message_then_leaves_a_maximised_panel(self, window, qtbot):
        view = window.view
        qtbot.keyClick(window, "1", CONTROL)
        view.messages.show_error("something")
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        assert not view.messages.isVisible()
        assert view.arrangement.is_maximised
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        assert not view.arrangement.is_maximised

    def test_escape_leaves_a_field(self, window, qtbot):
        qtbot.keyClick(window, "L", CONTROL)
        field = window.view.form.fields["layers"]
        assert field.hasFocus()
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert not field.hasFocus()

    def test_enter_presses_the_button_that_has_the_focus(self, window, qtbot):
        window.view.bar.step.setFocus()
        qtbot.keyClick(window.view.bar.step, Qt.Key.Key_Return)
        qtbot.waitUntil(standing(window.viewer, 1))

    def test_the_arrow_key_steps_whatever_was_clicked_last(self, window, qtbot):
        """A slider keeps the arrow only while it was tabbed to."""
        viewer, bar = window.viewer, window.view.bar
        qtbot.mouseClick(bar.speed, Qt.MouseButton.LeftButton)
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Right)
        qtbot.waitUntil(standing(viewer, 1))
        bar.speed.setFocus(Qt.FocusReason.TabFocusReason)
        at = bar.speed.value()
        qtbot.keyClick(bar.speed, Qt.Key.Key_Left)
        assert bar.speed.value() == at - 1
        assert viewer.frame.epoch == 1

    @pytest.mark.parametrize("name", ["layers", "learning_rate", "epochs"])
    def test_typing_is_typing(self, window, qtbot, name):
        """No letter, sign or arrow typed into a field does anything else."""
        viewer, view = window.viewer, window.view
        field = view.form.fields[name]
        rate, sample = viewer.rate, viewer.context.sample.index
        view.messages.show_error("stays")
        field.setFocus()
        field.clear()
        qtbot.keyClicks(field, "p n r PNR +-= 12")
        assert field.text() == "p n r PNR +-= 12"
        qtbot.keyClick(field, Qt.Key.Key_Home)
        assert field.cursorPosition() == 0
        qtbot.keyClick(field, Qt.Key.Key_Right)
        assert field.cursorPosition() == 1
        qtbot.keyClick(field, Qt.Key.Key_Right, SHIFT)
        assert field.selectedText() == " "
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert not viewer.training
        assert viewer.frame.epoch == 0
        assert (viewer.rate, viewer.context.sample.index) == (rate, sample)
        assert view.messages.isVisible()


class TestButtons:
    def test_train_step_restart(self, endless, qtbot):
        viewer, bar = endless.viewer, endless.view.bar
        left = Qt.MouseButton.LeftButton
        qtbot.mouseClick(bar.step, left)
        qtbot.waitUntil(standing(viewer, 1))
        with qtbot.waitSignal(viewer.training_changed):
            qtbot.mouseClick(bar.train, left)
        with qtbot.waitSignal(viewer.training_changed):
            qtbot.mouseClick(bar.train, left)
        qtbot.mouseClick(bar.restart, left)
        assert viewer.frame.epoch == 0

    def test_train_says_when_it_goes_beyond(self, make_window, qtbot):
        window = make_window(Experiment(epochs=2))
        viewer, bar = window.viewer, window.view.bar
        qtbot.mouseClick(bar.train, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(standing(viewer, 2))
        assert bar.train.text() == "Continue"
        qtbot.mouseClick(bar.train, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(standing(viewer, 4))
        assert bar.numbers.of_total.text() == "/ 4"

    def test_keys_button(self, window, qtbot):
        with answer(lambda dialog: dialog.reject()) as met:
            qtbot.mouseClick(window.view.bar.keys, Qt.MouseButton.LeftButton)
        assert isinstance(met[0], KeysDialog)

    def test_the_title_says_where_the_run_stands(self, endless, qtbot):
        viewer = endless.viewer
        assert endless.windowTitle() == "epoch 0 · digits · NNFS Visualizer"
        viewer.step(2)
        qtbot.waitUntil(lambda: endless.windowTitle().startswith("epoch 2 · "))
        viewer.train()
        qtbot.waitUntil(lambda: endless.windowTitle().startswith("training · "))
        viewer.pause()
        qtbot.waitUntil(
            lambda: endless.windowTitle().startswith(f"epoch {len(viewer.recording) - 1} · ")
        )


class TestPanels:
    def test_a_panel_fills_the_window_and_goes_back(self, window, qtbot):
        view = window.view
        places = self.places(view)
        for key, dock in view.docks.items():
            window.commands.named[f"maximise {key}"].trigger()
            assert [name for name, dock in view.docks.items() if dock.isVisible()] == [key]
            room = view.host.size().shrunkBy(QMargins(1, 1, 1, 1))
            qtbot.waitUntil(lambda dock=dock, room=room: dock.size().boundedTo(room) == room)
            window.commands.named[f"maximise {key}"].trigger()
            qtbot.waitUntil(lambda: self.places(view) == places)

    def places(self, view):
        return {
            # A tab that is not on top is somewhere out of sight, wherever Qt left it.
            key: dock.in_sight and dock.geometry().getRect()
            for key, dock in view.docks.items()
        }

    def test_there_are_as_many_keys_as_panels(self, window):
        assert len(window.view.docks) == 1 + len(panel_types())
        for digit, key in zip(DIGITS, window.view.docks, strict=False):
            action = window.commands.named[f"maximise {key}"]
            # Ctrl+0 is the size of text, as everywhere.
            wanted = "Ctrl+Shift+0" if digit == "0" else f"Ctrl+{digit}"
            assert action.shortcuts() == [QKeySequence(wanted)]

    @pytest.mark.parametrize("key", ["network", "weights", "loss", "accuracy", "samples"])
    def test_a_panel_that_comes_back_shows_the_frame_of_now(self, window, qtbot, key):
        viewer, dock = window.viewer, window.view.docks[key]
        panel = dock.panel
        dock.close()
        assert not panel.isVisible()
        drawn = []
        plain = panel.show_frame
        panel.show_frame = lambda frame, context: (drawn.append(frame), plain(frame, context))
        viewer.step(3)
        qtbot.waitUntil(standing(viewer, 3))
        assert drawn == [], "what cannot be seen is not drawn"
        window.view.arrangement.bring_forward(key)
        qtbot.waitUntil(lambda: bool(drawn))
        assert drawn[-1] is viewer.frame
        if hasattr(panel, "train"):
            assert len(panel.train.getOriginalDataset()[0]) == 4

    def test_a_panel_behind_a_maximised_one_too(self, window, qtbot):
        viewer, view = window.viewer, window.view
        view.arrangement.toggle_maximised("loss")
        viewer.step(2)
        qtbot.waitUntil(standing(viewer, 2))
        view.arrangement.toggle_maximised("loss")
        qtbot.waitUntil(lambda: view.panels["weights"].canvas._frame is viewer.frame)
        assert view.panels["network"].canvas._frame is viewer.frame

    def test_the_close_button_of_a_header(self, window, qtbot):
        dock = window.view.docks["samples"]
        header = dock.panel.header
        assert not header.close_panel.isVisible(), "quiet until the mouse is there"
        QApplication.sendEvent(dock, QEvent(QEvent.Type.Leave))
        header.show_buttons(True)
        qtbot.mouseClick(header.close_panel, Qt.MouseButton.LeftButton)
        assert not dock.isVisible()
        panels = next(
            menu for menu in window.menus.findChildren(QMenu) if menu.title() == "&Panels"
        )
        entry = next(action for action in panels.actions() if action.text() == dock.panel.title)
        assert not entry.isChecked()
        entry.trigger()
        assert dock.isVisible()

    def test_a_double_click_on_a_header_maximises(self, window, qtbot):
        header = window.view.panels["weights"].header
        qtbot.mouseDClick(header, Qt.MouseButton.LeftButton)
        assert window.view.arrangement.is_maximised
        qtbot.mouseDClick(header, Qt.MouseButton.LeftButton)
        assert not window.view.arrangement.is_maximised

    def test_put_all_panels_back(self, window, qtbot):
        view = window.view
        places = self.places(view)
        view.docks["loss"].close()
        view.docks["network"].setFloating(True)
        view.arrangement.toggle_maximised("samples")
        view.arrangement.arrange()
        assert all(dock.isVisible() and not dock.isFloating() for dock in view.docks.values())
        assert not view.arrangement.is_maximised
        qtbot.waitUntil(lambda: self.places(view).keys() == places.keys())


class TestRemembered:
    def test_the_layout(self, make_window, settings, qtbot):
        first = make_window()
        first.view.docks["loss"].close()
        first.view.host.resizeDocks(
            [first.view.docks["experiment"]], [330], Qt.Orientation.Horizontal
        )
        qtbot.waitUntil(lambda: first.view.docks["experiment"].width() > 300)
        shot(first)
        width = first.view.docks["experiment"].width()
        first.close()
        again = QSettings(settings.fileName(), QSettings.Format.IniFormat)
        second = make_window(kept=again)
        assert not second.view.docks["loss"].isVisible()
        for key in ("experiment", "network", "weights", "accuracy", "samples"):
            assert second.view.docks[key].isVisible()
        # The offscreen screen is smaller than the window was: its widths come with its size.
        assert second.view.arrangement.restore(again.value("arrangement/explain"))
        qtbot.waitUntil(lambda: abs(second.view.docks["experiment"].width() - width) <= 15)

    def test_a_maximised_panel_is_not(self, make_window, settings):
        first = make_window()
        first.view.arrangement.toggle_maximised("network")
        first.close()
        second = make_window(kept=QSettings(settings.fileName(), QSettings.Format.IniFormat))
        assert all(dock.isVisible() for dock in second.view.docks.values())

    def test_theme_and_speed(self, make_window, settings):
        first = make_window()
        first.set_theme("light")
        first.viewer.set_rate(5)
        first.close()
        second = make_window(kept=QSettings(settings.fileName(), QSettings.Format.IniFormat))
        assert second.view.palette_now is LIGHT
        assert second.viewer.rate == 5
        assert second.view.bar.speed_label.text() == "5 epochs/s"

    def test_the_first_time(self, make_window):
        """Slow enough to see it learn, and every panel in its place."""
        window = make_window()
        assert window.viewer.rate == 30
        assert all(dock.isVisible() for dock in window.view.docks.values())

    @pytest.mark.parametrize(
        "content",
        [
            bytes(range(256)) * 40,
            b"",
            b"[General]\ngeometry=nonsense\npanels=more nonsense\ntheme=purple\nspeed=fast\n",
            b"[General]\ngeometry=@ByteArray(\\0\\x1\\x2)\npanels=@ByteArray(\\xff\\xff)\nspeed=-3\n",
            b"[General]\ngeometry=1, 2, 3\npanels=4, 5\ntheme=dark, light\nspeed=7, 8\n",
            b"[General]\ngeometry=@Invalid()\npanels=@Rect(1 2 3 4)\nspeed=999\n",
            b"[General]\ntheme=@ByteArray(dark)\n",
        ],
        ids=["garbage", "empty", "words", "bytes", "lists", "variants", "theme as bytes"],
    )
    def test_broken_settings_do_not_matter(self, make_window, tmp_path, qtbot, content):
        path = tmp_path / "broken.ini"
        path.write_bytes(content)
        window = make_window(size=None, kept=QSettings(str(path), QSettings.Format.IniFormat))
        docks = window.view.docks.items()
        # In a window as narrow as the screen of the tests the form is a drawer.
        assert {key for key, dock in docks if not dock.isVisible()} <= {"experiment"}
        assert window.view.palette_now in (DARK, LIGHT)
        window.viewer.step()
        qtbot.waitUntil(standing(window.viewer, 1))
        window.close()

    def test_a_layout_of_another_version_does_not_matter(self, make_window, settings):
        first = make_window()
        first.view.docks["loss"].close()
        settings.setValue("arrangement/explain", first.view.host.saveState(77))
        settings.setValue("geometry", first.saveGeometry())
        second = make_window(kept=settings)
        assert all(dock.isVisible() for dock in second.view.docks.values())


class TestThemes:
    def test_dark_and_light(self, window):
        for name, palette in (("light", LIGHT), ("dark", DARK)):
            window.set_theme(name)
            assert window.view.palette_now is palette
            screen = shot(window)
            margin = near(screen[:, 2:6], palette.background, 0)
            assert margin.mean() > 0.99
            inside = window.view.panels["samples"].gallery
            assert near(shot(window.view.panels["samples"])[-5, 40], palette.panel, 0).all()
            assert inside._palette is palette

    def test_the_system_decides(self, window, monkeypatch):
        from visualizer.window import main_window

        window.set_theme("system")
        for palette in (LIGHT, DARK):
            monkeypatch.setattr(main_window, "system_palette", lambda palette=palette: palette)
            window._on_system_theme_changed()
            assert window.view.palette_now is palette
        # Someone who has chosen keeps what was chosen.
        window.set_theme("dark")
        monkeypatch.setattr(main_window, "system_palette", lambda: LIGHT)
        window._on_system_theme_changed()
        assert window.view.palette_now is DARK

    def test_the_menu(self, window):
        menus = window.menus.findChildren(QMenu)
        themes = next(menu for menu in menus if menu.title() == "&Theme")
        entries = {action.text(): action for action in themes.actions()}
        assert list(entries) == ["System", "Dark", "Light"]
        assert entries["System"].isChecked()
        entries["Light"].trigger()
        assert window.view.palette_now is LIGHT
        assert [text for text, action in entries.items() if action.isChecked()] == ["Light"]

    def test_dots_have_the_colours_of_their_curves(self, window, qtbot):
        for name, palette in (("light", LIGHT), ("dark", DARK)):
            window.set_theme(name)
            for key in ("loss", "accuracy"):
                window.view.arrangement.bring_forward(key)
                qtbot.waitUntil(lambda key=key: len(window.view.panels[key].dots.data) == 2)
                brushes = window.view.panels[key].dots.data["brush"]
                found = [brush.color().name() for brush in brushes]
                assert found == [QColor(c).name() for c in (palette.train, palette.validation)]

    def test_a_theme_changes_no_number(self, window):
        viewer = window.viewer
        before = viewer.frame
        window.set_theme("light")
        assert viewer.frame is before
        assert window.view.bar.numbers.loss.text() == four_figures(before.metrics.train_loss)


def controls(window) -> list[QWidget]:
    """Everything in the window that can be pressed, moved or filled in."""
    kinds = (QAbstractButton, QSlider, QComboBox, QLineEdit, QAbstractSpinBox)
    return [
        widget
        for kind in kinds
        for widget in window.findChildren(kind)
        # Qt's own parts of larger widgets are called qt_….
        if not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), (QComboBox, QTabBar))
    ]


def told(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.toolTip() or widget.accessibleName()!r}"


class TestForEveryone:
    def test_every_control_says_what_it_is(self, window):
        found = controls(window)
        assert len(found) > 30
        for widget in found:
            assert widget.toolTip(), told(widget)
            name = widget.accessibleName() or (
                widget.text() if isinstance(widget, QAbstractButton) else ""
            )
            assert name, told(widget)
            assert not name.startswith("?")

    def test_every_canvas_says_what_it_is(self, window):
        panels = window.view.panels
        for widget in (
            panels["network"].canvas,
            panels["weights"].canvas,
            panels["samples"].gallery,
            panels["loss"].plot,
            panels["accuracy"].plot,
            window.view.timeline.track,
        ):
            assert widget.accessibleName()

    def test_tab_reaches_every_control(self, window, qtbot):
        window.activateWindow()
        window.view.bar.train.setFocus(Qt.FocusReason.TabFocusReason)
        reached = []
        # A text with links takes a Tab for each of them.
        while (focused := QApplication.focusWidget()) not in reached or (
            isinstance(focused, QTextBrowser) and focused is reached[-1]
        ):
            reached.append(focused)
            assert len(reached) < 300
            qtbot.keyClick(focused, Qt.Key.Key_Tab)
        wanted = [
            widget for widget in controls(window) if widget.isVisible() and widget.isEnabled()
        ]
        assert len(wanted) > 20
        missed = [told(widget) for widget in wanted if widget not in reached]
        assert missed == []

    def test_tab_goes_through_the_form_from_top_to_bottom(self, window, qtbot):
        fields = [field for field in window.view.form.fields.values() if field.isVisible()]
        fields[0].setFocus(Qt.FocusReason.TabFocusReason)
        for field in fields:
            assert QApplication.focusWidget() is field
            qtbot.keyClick(field, Qt.Key.Key_Tab)

    @pytest.mark.parametrize("size", [(1100, 700), (1440, 900), (2560, 1440)])
    @pytest.mark.parametrize(
        ("experiment", "dataset"),
        [
            (Experiment(epochs=10_000), None),
            (
                Experiment(
                    layers=(24, 16, 12), batch_size=32, optimizer="adam", loss="mean-squared-error"
                ),
                None,
            ),
            (Experiment(layers=(5,)), make_dataset()),
        ],
        ids=["digits", "deep", "clouds"],
    )
    def test_no_text_is_clipped(self, make_window, qtbot, size, experiment, dataset):
        window = make_window(experiment, dataset, size=size)
        assert (window.width(), window.height()) == size
        window.viewer.step(2)
        qtbot.waitUntil(standing(window.viewer, 2))
        shot(window)
        qtbot.waitUntil(lambda: clipped(window) + cut_axes(window) == [])

    def test_a_box_that_is_too_narrow_ends_in_an_ellipsis(self, window):
        box = window.view.form.fields["loss"]
        box.setFixedWidth(110)
        box.setCurrentText("mean-squared-error")
        shown = shot(box)
        option = QStyleOptionComboBox()
        box.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, box)
        elide = Qt.TextElideMode.ElideRight
        elided = box.fontMetrics().elidedText(box.currentText(), elide, room.width())
        assert elided.endswith("…")
        box.setItemText(box.currentIndex(), elided)
        assert (shot(box) == shown).all()

    def test_no_text_is_clipped_in_the_message_bar(self, make_window, qtbot):
        window = make_window(size=(1100, 700))
        window.view.messages.show_error("a long story " * 40)
        qtbot.waitUntil(lambda: clipped(window) == [])
        assert window.height() == 700


def clipped(window) -> list[str]:
    """Every visible text that has less room than it needs."""
    found = []
    for widget in (*window.findChildren(QLabel), *window.findChildren(QAbstractButton)):
        text = widget.text()
        if not widget.isVisible() or not text or isinstance(widget.parent(), ElidedLabel):
            continue
        if Qt.mightBeRichText(text):
            text = QTextDocumentFragment.fromHtml(text).toPlainText()
        needed = math.ceil(widget.fontMetrics().horizontalAdvance(text))
        if isinstance(widget, QLabel) and widget.wordWrap():
            if widget.height() < widget.heightForWidth(widget.width()):
                found.append(f"{text!r}: {widget.height()} px high")
            continue
        needed = max(
            math.ceil(widget.fontMetrics().horizontalAdvance(line)) for line in text.split("\n")
        )
        if isinstance(widget, (QPushButton, QToolButton)) and not widget.icon().isNull():
            needed += widget.iconSize().width() + 4 if isinstance(widget, QPushButton) else 0
        if widget.width() < needed:
            found.append(f"{text!r}: {widget.width()} of {needed} px")
        elif (cut := outside(widget)) and not in_scroll_area(widget):
            found.append(f"{text!r}: {cut}")
    return found


def cut_axes(window) -> list[str]:
    """Every axis name that is longer than its axis."""
    found = []
    for key in ("loss", "accuracy"):
        panel = window.view.panels[key]
        for axis in panel.axes.values():
            name = axis.label.mapRectToScene(axis.label.boundingRect())
            room = panel.plot.viewport().rect().toRectF().adjusted(-4, -4, 4, 4)
            if axis.label.isVisible() and not room.contains(name):
                found.append(f"{axis.labelText!r}: {name.getRect()} outside {room.getRect()}")
    return found


def outside(widget: QWidget) -> str:
    """Say where a widget sticks out of one it lies in."""
    parent, box = widget.parentWidget(), widget.geometry()
    while parent is not None:
        if not parent.rect().contains(box):
            return f"{box.getRect()} outside {type(parent).__name__} {parent.rect().getRect()}"
        if parent.isWindow():
            break
        box = box.translated(parent.pos())
        parent = parent.parentWidget()
    return ""


def in_scroll_area(widget: QWidget) -> bool:
    while (widget := widget.parentWidget()) is not None:
        if isinstance(widget, QScrollArea):
            return True
    return False


class TestTrouble:
    def test_numbers_that_stop_being_finite(self, make_window, qtbot):
        window = make_window(Experiment(learning_rate=1e30))
        viewer, messages = window.viewer, window.view.messages
        with qtbot.waitSignal(viewer.failed):
            qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: not viewer.training)
        said = messages.text.text()
        assert said.startswith("error: epoch 1: ")
        assert "of hidden 1" in said or "of output" in said
        assert messages.isVisible()
        assert window.view.bar.train.text() == "Train"
        assert window.view.bar.numbers.epoch.text() == "0"
        assert window.windowTitle().startswith("epoch 0 ")
        field = window.view.form.fields["learning_rate"]
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, "0.5")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        field.clearFocus()
        qtbot.keyClick(window, Qt.Key.Key_Right)
        qtbot.waitUntil(standing(viewer, 1))
        assert window.view.bar.numbers.epoch.text() == "1"

    def test_an_error_in_a_slot_is_shown_and_ends_nothing(self, window, qtbot, reported, capsys):
        def broken(*_):
            raise RuntimeError("the floor is wet")

        report_failures(window)
        window.view.bar.step.clicked.connect(broken)
        qtbot.mouseClick(window.view.bar.step, Qt.MouseButton.LeftButton)
        said = window.view.messages.text.text()
        assert said == "error: something in the program failed: RuntimeError: the floor is wet"
        assert window.view.messages.isVisible()
        # A developer finds where.
        assert "in broken" in capsys.readouterr().err
        qtbot.waitUntil(standing(window.viewer, 1))

    def test_a_panel_that_cannot_draw_stops_nobody_else(self, window, qtbot, reported, capsys):
        def broken(*_):
            raise RuntimeError("no ink")

        report_failures(window)
        window.view.panels["network"].show_frame = broken
        window.viewer.step(3)
        qtbot.waitUntil(standing(window.viewer, 3))
        assert "no ink" in window.view.messages.text.text()
        assert "no ink" in capsys.readouterr().err

    def test_messages_come_and_go(self, window, qtbot):
        messages = window.view.messages
        messages.show_note("done")
        assert messages.isVisible()
        assert messages._good_news.isActive()
        messages.show_error("not done")
        assert not messages._good_news.isActive(), "bad news stays until it is closed"
        qtbot.mouseClick(messages.dismiss, Qt.MouseButton.LeftButton)
        assert not messages.isVisible()
        messages.show_note("done")
        messages._good_news.timeout.emit()
        assert not messages.isVisible()

    def test_progress_is_shown_while_data_comes(self, window):
        messages = window.view.messages
        messages.show_progress("loading mnist", 0, 0)
        assert messages.progress.isVisible()
        assert messages.progress.maximum() == 0
        messages.show_progress("train-images", 2_500_000, 10_000_000)
        assert messages.text.text() == "train-images …  2.5 of 10.0 MB"
        assert messages.progress.value() / messages.progress.maximum() == pytest.approx(0.25)
        messages.show_progress("", 0, 0)
        assert not messages.isVisible()
        messages.show_error("stays")
        messages.show_progress("", 0, 0)
        assert messages.isVisible()

    def test_a_run_called_anything_is_named_in_one_line(self, make_window):
        name = "a\nb\0c\u202ed" + 1000 * "e"
        window = make_window(name=name)
        title = window.windowTitle()
        assert title.isprintable() and title.endswith("NNFS Visualizer") and len(title) < 150
        assert r"a b\x00c\u202ed" in title
        assert window.view.form.preset.currentText().isprintable()
        assert window.view.form._name == name, "as it is, where it is kept"

    def test_what_is_loaded_is_said_whole_beside_how_far_it_is(self, window):
        messages = window.view.messages
        messages.show_progress("Reading train-images-idx3-ubyte.gz", 2_500_000, 10_000_000)
        messages.layout().activate()
        text = messages.text
        assert text.height() >= text.heightForWidth(text.width())
        assert text.heightForWidth(text.width()) < 2 * text.fontMetrics().height(), "one line"

    @pytest.mark.parametrize("answers", [1, 2])
    def test_what_is_offered_is_said_whole_beside_its_answers(self, window, qtbot, answers):
        messages = window.view.messages
        offered = {f"Bring number {number} back": lambda: None for number in range(answers)}
        messages.show_offer("The run before, digits, is kept until the next one.", offered)
        qtbot.waitUntil(lambda: all(button.isVisible() for button in messages._actions))
        messages.layout().activate()
        text = messages.text
        assert text.height() >= text.heightForWidth(text.width())
        assert text.heightForWidth(text.width()) < 2 * text.fontMetrics().height(), "one line"


class TestClose:
    @pytest.mark.parametrize("batch_size", [None, 1])
    def test_while_training(self, make_window, qtbot, batch_size):
        experiment = Experiment(layers=(3,), batch_size=batch_size, epochs=1_000_000)
        dataset = make_dataset(samples=100_000) if batch_size else None
        window = make_window(experiment, dataset)
        with qtbot.waitSignal(window.viewer.training_changed):
            window.viewer.train()
        thread = window.viewer.control.thread
        window.close()
        assert thread.isFinished()
        assert not window.isVisible()

    def test_control_q(self, endless, qtbot):
        with qtbot.waitSignal(endless.viewer.shown):
            endless.viewer.train()
        thread = endless.viewer.control.thread
        qtbot.keyClick(endless, "Q", CONTROL)
        assert thread.isFinished()
        assert not endless.isVisible()

    def test_while_data_is_prepared(self, window):
        window.viewer.start(Experiment(layers=(50,)), "next")
        window.close()
        assert not window.viewer.loader.preparations


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (MemoryError, "there is not enough memory"),
        (RuntimeError, "RuntimeError: on purpose"),
    ],
)
def test_a_defect_in_the_training_thread_is_shown_and_survived(
    make_window, qtbot, monkeypatch, reported, capsys, kind, words
):
    """The hook runs in the thread that failed: it must not touch a widget from there."""
    window = make_window(carrier=InProcess())
    report_failures(window)

    def broken(trainer):
        raise kind("on purpose")

    monkeypatch.setattr(Trainer, "step_epoch", broken)
    window.viewer.train()
    text = window.view.messages.text
    qtbot.waitUntil(lambda: f"something in the program failed: {words}" in text.text())
    assert not window.viewer.training
    assert window.viewer.frame.epoch == 0
    assert "on purpose" in capsys.readouterr().err


class TestMessages:
    def test_the_focus_does_not_wander_off_when_a_message_goes(self, window, qtbot):
        messages, preset = window.view.messages, window.view.form.preset
        messages.show_error("something went wrong")
        messages.dismiss.setFocus(Qt.FocusReason.TabFocusReason)
        assert QApplication.focusWidget() is messages.dismiss
        before = preset.currentIndex()
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        assert not messages.isVisible()
        focused = QApplication.focusWidget()
        assert focused is window.view
        qtbot.keyClick(focused, Qt.Key.Key_Down)
        assert preset.currentIndex() == before

    def test_a_short_message_hides_little(self, window):
        messages = window.view.messages
        messages.show_note("saved run.nnfs")
        assert messages.width() < window.view.width() // 2
        messages.show_error("a long story " * 40)
        assert messages.width() > window.view.width() // 2
        assert window.view.rect().contains(messages.geometry())

    def test_the_run_before_comes_back_by_key_also_when_the_offer_is_gone(self, window, qtbot):
        viewer = window.viewer
        viewer.step(2)
        qtbot.waitUntil(standing(viewer, 2))
        first = viewer.run
        viewer.start_now(Experiment(layers=(4,)), "next")
        messages = window.view.messages
        assert messages.isVisible() and messages._good_news.isActive()
        messages._good_news.timeout.emit()
        assert not messages.isVisible()
        messages.show_note("something else")
        messages._good_news.timeout.emit()
        assert not messages.isVisible(), "an offer that has passed does not come again"
        qtbot.keyClick(window, "Z", Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: viewer.run is not first and viewer.newest == 2)
        assert viewer.run.experiment == first.experiment


def test_keys_fit_the_screen_or_can_be_scrolled(window):
    dialog = KeysDialog(window, window.commands.groups)
    room = window.screen().availableSize()
    assert dialog.width() <= room.width() and dialog.height() <= room.height()
    dialog.show()
    assert dialog.findChild(QScrollArea).horizontalScrollBar().maximum() == 0
    dialog.close()
    dialog.deleteLater()


class TestChoices:
    def test_lenses_scale_and_connections_are_remembered(self, make_window, qtbot):
        first = make_window()
        weights, network = first.view.panels["weights"], first.view.panels["network"]
        weights.lenses["left"].setCurrentIndex(weights.lenses["left"].findData("relative"))
        weights.scale.setCurrentIndex(weights.scale.findData("network"))
        network.edges.setValue(37)
        kept = {key: first.view.panels[key].choices() for key in ("weights", "network")}
        first.close()
        second = make_window(kept=first.settings)
        assert {key: second.view.panels[key].choices() for key in kept} == kept
        assert second.view.panels["weights"].canvas.lens["left"].key == "relative"
        assert second.view.panels["network"].canvas.edges_wanted == 37

    @pytest.mark.parametrize(
        "text", ["", "[]", "{", '{"weights": 3}', '{"weights": {"left": "nonsense"}}',
                 '{"network": {"edges": "many"}}', '{"network": {"edges": 1e9, "saliency": 7}}']
    )  # fmt: skip
    def test_garbage_is_not_remembered(self, make_window, settings, text):
        settings.setValue("choices", text)
        window = make_window()
        assert window.view.panels["weights"].lenses["left"].currentData() == "value"
        assert 0 <= window.view.panels["network"].edges.value() <= 600


def test_where_mnist_is_can_be_said_with_a_button(window, qtbot, monkeypatch, tmp_path):
    """The command line's way out is no way out in a window."""
    viewer, messages = window.viewer, window.view.messages
    asked = []
    monkeypatch.setattr(viewer, "_prepare", lambda source, *_: asked.append(source))
    viewer.start(presets()["mnist-adam"], "mnist-adam")
    viewer.failed.emit(f"nothing can be downloaded; {CURE} SOMETHING")
    (button,) = [one for one in messages.findChildren(QPushButton) if one.text()]
    assert button.text() == "Choose folder…"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert viewer.data_dir == tmp_path
    assert asked == [presets()["mnist-adam"]] * 2, "and it is tried again with it"
    viewer.failed.emit("something else")
    assert messages.text.text() == "error: something else"
    assert not [one for one in messages.findChildren(QPushButton) if one.text() and one.isVisible()]
