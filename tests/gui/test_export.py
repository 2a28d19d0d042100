"""Exported pictures: whole PNG files of the asked size, that say what they show, or one error."""

from __future__ import annotations

import itertools
import json
import os
import stat
import sys
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import Qt, QTimer

from nnfs_cli.render import render
from nnfs_core import __version__
from nnfs_core.engine.carrier import InProcess
from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment
from nnfs_core.training import trainer as training
from tests.core.refusals import refusal
from visualizer.panels import panel_types
from visualizer.panels.experiment.panel import ExperimentForm
from visualizer.style.theme import DARK, LIGHT, PALETTES
from visualizer.view.arrangement import LAYOUT_VERSION
from visualizer.view.export import FrameExporter, Picture, frame_name
from visualizer.window.export_dialog import ExportDialog

PANELS = [ExperimentForm.key, *(kind.key for kind in panel_types())]


def opened(path: Path) -> np.ndarray:
    """Open a PNG with another program's reader; return its colours."""
    with Image.open(path) as image:
        image.load()
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def texts(path: Path) -> dict[str, str]:
    with Image.open(path) as image:
        image.load()
        return dict(image.text)


def different(colours: np.ndarray) -> int:
    """Count the colours of a picture."""
    return len(np.unique(colours @ (65536, 256, 1)))


@pytest.fixture
def export(viewer, tmp_path):
    """Export the shown frame."""

    def write(name="a.png", size=(640, 400), ratio=1.0, palette=DARK, panel=None) -> Path:
        exporter = FrameExporter(Picture(size, ratio, palette, panel))
        try:
            return exporter.save(viewer.frame, viewer.context, tmp_path / name)
        finally:
            exporter.close()

    return write


class TestPicture:
    @pytest.mark.parametrize("palette", [DARK, LIGHT], ids=list(PALETTES))
    @pytest.mark.parametrize(
        ("size", "ratio"),
        [
            ((1440, 900), 1.0),
            ((1100, 700), 2.0),
            ((320, 200), 1.0),
            ((801, 333), 1.5),
            ((64, 64), 1),
        ],
    )
    def test_it_has_exactly_the_size_asked_for(self, export, size, ratio, palette):
        colours = opened(export(size=size, ratio=ratio, palette=palette))
        assert colours.shape == (round(size[1] * ratio), round(size[0] * ratio), 3)
        # Not a blank sheet, and in the theme's own colours up to the corners.
        assert different(colours) > 50
        if min(size) < 200:
            return  # so small that the margin is less than a pixel
        corner = [int(palette.background[at : at + 2], 16) for at in (1, 3, 5)]
        for y, x in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
            assert np.abs(colours[y, x] - corner).max() <= 3

    @pytest.mark.parametrize("panel", PANELS)
    def test_one_panel_alone(self, export, panel):
        for size in ((700, 500), (200, 120)):
            colours = opened(export(size=size, panel=panel, palette=LIGHT))
            assert colours.shape == (size[1], size[0], 3)
            assert different(colours) > 20

    def test_it_says_what_it_shows(self, viewer, export):
        for epoch in range(3):
            found = texts(export(size=(320, 200)))
            assert found["epoch"] == str(epoch)
            assert float(found["loss"]) == viewer.frame.metrics.train_loss
            assert found["Software"] == f"NNFS Visualizer {__version__}"
            experiment = json.loads(found["experiment"])
            assert experiment.pop("name") == "digits"
            assert Experiment.of(experiment) == viewer.run.experiment
            viewer.advance_now()

    def test_another_epoch_is_another_picture(self, viewer, export):
        before = opened(export())
        viewer.advance_now()
        after = opened(export())
        assert 0.001 < (before != after).any(axis=2).mean() < 0.5

    def test_the_same_epoch_is_the_same_picture(self, viewer, export):
        viewer.advance_now()
        first = export("first.png").read_bytes()
        assert export("second.png").read_bytes() == first
        np.testing.assert_array_equal(opened(export("third.png")), opened(export("fourth.png")))

    def test_one_exporter_draws_frame_after_frame_the_same(self, viewer, tmp_path, export):
        """Nothing of an earlier frame is left in a later picture."""
        exporter = FrameExporter(Picture((640, 400), 1.0, DARK))
        exporter.save(viewer.frame, viewer.context, tmp_path / "0.png")
        for _ in range(3):
            viewer.advance_now()
        exporter.save(viewer.frame, viewer.context, tmp_path / "3.png")
        exporter.close()
        np.testing.assert_array_equal(opened(tmp_path / "3.png"), opened(export()))


class TestRefusals:
    @pytest.mark.parametrize("size", [(0, 0), (63, 400), (400, 63), (-1, 5), (16_385, 400)])
    def test_sizes_no_picture_can_have(self, size):
        refusal(lambda: Picture(size, 1.0, DARK), "size", f"{size[0]}×{size[1]}")

    @pytest.mark.parametrize("ratio", [0.1, 0.0, -1.0, 200.0])
    def test_ratios_no_picture_can_have(self, ratio):
        refusal(lambda: Picture((400, 300), ratio, DARK), "size", "400×300")

    def test_more_pixels_than_any_memory_should_hold(self):
        refusal(lambda: Picture((15_000, 15_000), 1.0, DARK), "size", "million")

    def test_a_panel_that_does_not_exist(self, qapp):
        refusal(lambda: FrameExporter(Picture((400, 300), 1.0, DARK, "nonsense")), "nonsense")

    @pytest.mark.parametrize("target", ["no such folder/a.png", "a file/a.png", "a folder"])
    def test_places_that_cannot_be_written(self, export, tmp_path, target):
        (tmp_path / "a file").write_text("text")
        (tmp_path / "a folder").mkdir()
        before = sorted(tmp_path.rglob("*"))
        refusal(
            lambda: export(target, size=(320, 200)), "cannot be written", target, both_sides=False
        )
        assert sorted(tmp_path.rglob("*")) == before
        assert (tmp_path / "a file").read_text() == "text"

    @pytest.mark.skipif(os.name == "nt", reason="limits of this kind are POSIX")
    def test_a_full_disk_leaves_nothing_and_the_old_file(self, export, tmp_path, full_disk):
        old = export("a.png", size=(320, 200)).read_bytes()
        with full_disk():
            refusal(lambda: export("a.png"), "cannot be written", "a.png", both_sides=False)
            refusal(lambda: export("b.png"), "cannot be written", "b.png", both_sides=False)
        assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
        assert (tmp_path / "a.png").read_bytes() == old

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="devices are Linux's here")
    def test_a_device_is_not_replaced_by_a_picture(self, export, tmp_path):
        full = tmp_path / "full"
        try:
            os.mknod(full, stat.S_IFCHR | 0o666, os.makedev(1, 7))
        except OSError:
            pytest.skip("devices cannot be made here")
        with pytest.raises(UserError, match="cannot be written"):
            export("full", size=(320, 200))
        assert full.is_char_device()


@pytest.fixture
def full_disk():
    """Let no file grow beyond a kilobyte, as on a disk that is full."""
    import resource
    from contextlib import contextmanager

    @contextmanager
    def limited():
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, old[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)

    return limited


class TestWindow:
    @pytest.fixture
    def same_clock(self, monkeypatch):
        """Every epoch takes a millisecond: the speed is written into the picture."""

        def clock():
            ticks = itertools.count()
            monkeypatch.setattr(training, "perf_counter", lambda: next(ticks) / 1000)

        return clock

    def picture(self, window, size=(1100, 700), ratio=1.0, panel=None):
        return Picture(size, ratio, window.view.palette_now, panel, window.view.arrangement.state())

    def test_live_and_rendered_pictures_are_the_same(
        self, make_window, same_clock, qtbot, tmp_path, capsys
    ):
        experiment = Experiment(epochs=4)
        same_clock()
        window = make_window(experiment, carrier=InProcess())  # the clock is set here alone
        window.set_theme("light")
        viewer = window.viewer
        viewer.set_rate(None)  # rendering knows no other speed
        viewer.step(4)
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 4)
        live = Picture((1100, 700), 1.0, window.view.palette_now)
        window.pictures.export_to(tmp_path / "live.png", live, viewer.frame, viewer.context)
        same_clock()
        render(experiment, "digits", None, 4, 2, (1100, 700), 1.0, "light", tmp_path / "frames")
        assert capsys.readouterr().out == f"3 frames in {tmp_path / 'frames'}\n"
        names = [frame_name(epoch) for epoch in (0, 2, 4)]
        assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == names
        rendered = tmp_path / "frames" / names[-1]
        np.testing.assert_array_equal(opened(tmp_path / "live.png"), opened(rendered))
        assert texts(tmp_path / "live.png") == texts(rendered)

    def test_the_panels_are_arranged_as_in_the_window(self, window, tmp_path, qtbot):
        viewer, view = window.viewer, window.view

        def export(name):
            exported = self.picture(window)
            window.pictures.export_to(tmp_path / name, exported, viewer.frame, viewer.context)
            return opened(tmp_path / name)

        whole = export("whole.png")
        view.docks["weights"].close()
        qtbot.waitUntil(lambda: not view.docks["weights"].isVisible())
        without = export("without.png")
        # Another tab takes the room of the one that was closed.
        assert (whole != without).any(axis=2).mean() > 0.02
        view.arrangement.bring_forward("weights")
        np.testing.assert_array_equal(export("again.png"), whole)

    def test_the_picture_asked_for_in_the_dialog(self, window, tmp_path, monkeypatch, qtbot):
        """Ctrl+E exports what is in the window, also with a panel closed or maximised."""
        from visualizer.window.export_dialog import ExportDialog

        viewer, view = window.viewer, window.view

        def export(name):
            def accept(dialog):
                dialog._path.setText(str(tmp_path / name))
                dialog._width.setValue(900)
                dialog._height.setValue(600)
                dialog._ratio.setValue(1.0)
                return dialog.DialogCode.Accepted

            monkeypatch.setattr(ExportDialog, "exec", accept)
            window.pictures.export()
            assert window.view.messages.text.text() == f"saved {tmp_path / name}"
            return opened(tmp_path / name)

        whole = export("whole.png")
        assert whole.shape == (600, 900, 3)
        view.docks["experiment"].close()
        assert (export("closed.png") != whole).any(axis=2).mean() > 0.01
        view.arrangement.toggle_maximised("network")
        maximised = export("maximised.png")
        view.arrangement.restore_panels()
        view.docks["experiment"].show()
        assert (export("again.png") != opened(tmp_path / "closed.png")).any(axis=2).mean() > 0.01
        assert (maximised != whole).any(axis=2).mean() > 0.1
        assert viewer.frame.epoch == 0

    def test_an_export_leaves_the_window_alone(self, window, tmp_path, qtbot):
        viewer = window.viewer
        with qtbot.waitSignal(viewer.shown):
            viewer.train()
        window.pictures.export_to(
            tmp_path / "a.png", self.picture(window, (320, 200)), viewer.frame, viewer.context
        )
        assert viewer.training
        with qtbot.waitSignal(viewer.shown):
            pass
        assert window.isVisible()


class TestRecording:
    SMALL = Picture((320, 200), 1.0, DARK, "loss")

    def names(self, folder: Path) -> list[str]:
        return sorted(path.name for path in folder.iterdir())

    @pytest.mark.parametrize("every", [1, 7])
    def test_every_kth_epoch_at_full_speed(self, make_window, qtbot, tmp_path, every):
        window = make_window(Experiment(epochs=37))
        viewer, folder = window.viewer, tmp_path / "deep" / "frames"
        viewer.set_rate(None)
        window.pictures.recorder.start(folder, every, self.SMALL)
        assert window.view.bar.record.isChecked()
        viewer.train()
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 37, timeout=30_000)
        window.pictures.recorder.stop()
        epochs = list(range(0, 38, every))
        assert self.names(folder) == [f"frame-{epoch:06d}.png" for epoch in epochs]
        for epoch in epochs:
            found = texts(folder / frame_name(epoch))
            assert found["epoch"] == str(epoch)
            assert float(found["loss"]) == viewer.recording[epoch].train_loss
        assert not window.view.bar.record.isChecked()
        assert str(folder) in window.view.messages.text.text()

    def test_steps_are_recorded_too(self, window, qtbot, tmp_path):
        viewer = window.viewer
        window.pictures.recorder.start(tmp_path, 2, self.SMALL)
        viewer.step(4)
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 4)
        wanted = [frame_name(epoch) for epoch in (0, 2, 4)]
        assert [name for name in self.names(tmp_path) if name.endswith(".png")] == wanted

    def test_looking_back_meanwhile_leaves_no_gap(self, make_window, qtbot, tmp_path):
        window = make_window(Experiment(epochs=60))
        viewer, folder = window.viewer, tmp_path / "frames"
        viewer.set_rate(None)
        window.pictures.recorder.start(folder, 3, self.SMALL)
        viewer.train()
        qtbot.waitUntil(lambda: viewer.frame.epoch >= 10)
        viewer.seek(4)
        qtbot.waitUntil(lambda: viewer.frame.epoch == 4)
        qtbot.waitUntil(lambda: not viewer.training, timeout=30_000)
        viewer.go_live()
        qtbot.waitUntil(lambda: viewer.frame.epoch == 60)
        window.pictures.recorder.stop()
        assert self.names(folder) == [frame_name(epoch) for epoch in range(0, 61, 3)]
        for epoch in range(0, 61, 3):
            assert texts(folder / frame_name(epoch))["epoch"] == str(epoch)

    def test_another_branch_goes_into_a_folder_of_its_own(self, make_window, tmp_path, qtbot):
        """What was recorded stays; a picture is made once, whatever else changes."""
        window = make_window(Experiment(epochs=6))
        viewer = window.viewer
        window.pictures.recorder.start(
            tmp_path / "frames", 2, Picture((320, 200), 1.0, DARK, "loss")
        )
        viewer.train()
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 6)
        first = {path: path.stat().st_mtime_ns for path in (tmp_path / "frames").glob("*.png")}
        assert sorted(path.name for path in first) == [frame_name(n) for n in (0, 2, 4, 6)]
        viewer.select_sample("train", 3)
        viewer.restart()
        viewer.step(2)
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch == 2)
        window.pictures.recorder.stop()
        assert {path: path.stat().st_mtime_ns for path in first} == first
        second = tmp_path / "frames" / "branch-2"
        assert sorted(path.name for path in second.iterdir()) == [frame_name(n) for n in (0, 2)]

    def test_it_stops_when_the_folder_vanishes(self, make_window, qtbot, tmp_path):
        window = make_window(Experiment(epochs=1_000_000))
        viewer, folder = window.viewer, tmp_path / "frames"
        window.pictures.recorder.start(folder, 1, self.SMALL)
        viewer.train()
        qtbot.waitUntil(lambda: len(list(folder.iterdir())) > 2)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        qtbot.waitUntil(lambda: not viewer.training)
        message = window.view.messages.text.text()
        assert message.startswith(f"error: {folder}")
        assert "cannot be written" in message
        assert "\n" not in message
        assert not window.view.bar.record.isChecked()
        assert not folder.exists()
        # The run itself is unharmed.
        epoch = viewer.frame.epoch
        viewer.step()
        qtbot.waitUntil(lambda: not viewer.training and viewer.frame.epoch > epoch)

    def test_a_folder_that_cannot_be_made(self, window, tmp_path):
        (tmp_path / "file").write_text("text")
        with pytest.raises(UserError, match="cannot be made"):
            window.pictures.recorder.start(tmp_path / "file" / "frames", 1, self.SMALL)
        assert not window.view.bar.record.isChecked()

    def test_closing_the_window_ends_it(self, window, tmp_path, qtbot):
        window.pictures.recorder.start(tmp_path / "frames", 1, self.SMALL)
        with qtbot.waitSignal(window.viewer.shown):
            window.viewer.train()
        window.close()
        assert not window.isVisible()
        for path in (tmp_path / "frames").iterdir():
            opened(path)


def test_keys_and_mouse_have_their_turn_while_every_epoch_is_recorded(make_window, tmp_path, qtbot):
    window = make_window(Experiment(epochs=12, layers=(2,)))
    viewer, thread, posted = window.viewer, window.viewer.control.thread, threading.Event()
    thread.epoch_finished.connect(lambda _: posted.set(), type=Qt.ConnectionType.DirectConnection)
    take = thread.take

    def take_and_let_the_next_frame_come():
        # As on a busy machine: this thread goes on only when the next frame is there.
        posted.clear()
        take()
        posted.wait(0.5)

    thread.take = take_and_let_the_next_frame_come
    epochs, turns = [], []
    viewer.shown.connect(lambda frame, _: epochs.append(frame.epoch))
    timer = QTimer()
    timer.timeout.connect(lambda: turns.append(len(epochs)))
    timer.start(0)
    window.pictures.recorder.start(tmp_path / "frames", 1, Picture((64, 64), 1.0, DARK, "loss"))
    viewer.set_rate(None)
    viewer.train()
    qtbot.waitUntil(lambda: viewer.frame.epoch == 12 and not viewer.training, timeout=20_000)
    timer.stop()
    assert epochs[-1] == 12
    assert max(np.diff([0, *turns, len(epochs)])) <= 2, "frames without a turn of the event loop"


def test_pictures_of_several_sizes_do_not_mix(viewer, tmp_path):
    """Exporters live side by side, each with a view of its own."""
    exporters = [FrameExporter(Picture(size, 1.0, DARK)) for size in ((400, 300), (800, 500))]
    for epoch in range(2):
        for number, exporter in enumerate(exporters):
            exporter.save(viewer.frame, viewer.context, tmp_path / f"{number}-{epoch}.png")
        viewer.advance_now()
    for exporter in exporters:
        exporter.close()
    shapes = {path.name: opened(path).shape[:2] for path in tmp_path.glob("*.png")}
    assert shapes == {
        "0-0.png": (300, 400),
        "0-1.png": (300, 400),
        "1-0.png": (500, 800),
        "1-1.png": (500, 800),
    }


def test_an_export_shows_what_was_chosen_in_the_panels(make_window, qtbot):
    """Lenses, scales, cells, layers and connections: a picture is of what one looks at."""
    window = make_window(Experiment(layers=(12, 8), epochs=50), size=(1440, 900))
    viewer, panels = window.viewer, window.view.panels
    viewer.step(3)
    qtbot.waitUntil(lambda: viewer.newest == 3 and not viewer.training)
    weights, network = panels["weights"], panels["network"]

    def choose(box, data):
        box.setCurrentIndex(box.findData(data))

    choose(weights.lenses["left"], "gradient")
    choose(weights.lenses["right"], "relative")
    choose(weights.scale, "network")
    network.edges.setValue(37)
    network.saliency.setChecked(True)
    window.view.arrangement.bring_forward("confusion")
    choose(panels["confusion"].mode, panels["confusion"].mode.itemData(1))
    panels["confusion"].canvas.choose((3, 5))
    window.view.arrangement.bring_forward("health")
    choose(panels["health"].layer, 1)
    panels["health"].show_plot(4)
    panels["health"].legend.leave_out({0})
    choose(panels["samples"].classes, 7)

    choices = {key: panel.choices() for key, panel in panels.items()}
    for key in ("weights", "network", "confusion", "health", "samples"):
        exporter = FrameExporter(Picture((900, 600), 1.0, DARK, key, choices=choices))
        as_chosen = exporter.image(viewer.frame, viewer.context)
        assert exporter._view.panel.choices() == choices[key]
        exporter.close()
        plain = FrameExporter(Picture((900, 600), 1.0, DARK, key))
        assert plain.image(viewer.frame, viewer.context) != as_chosen
        assert plain._view.panel.choices() != choices[key]
        plain.close()
    arranged = window.view.host.saveState(LAYOUT_VERSION)
    exporter = FrameExporter(Picture((1440, 900), 1.0, DARK, None, arranged, choices))
    exporter.image(viewer.frame, viewer.context)
    drawn = exporter._view.panels
    for key in ("network", "health"):
        assert drawn[key].choices() == choices[key]
    exporter.close()


def test_an_export_says_how_fast_the_run_is_meant_to_go(window):
    window.viewer.set_rate(30)
    exporter = FrameExporter(Picture((1440, 900), 1.0, DARK))
    exporter.image(window.viewer.frame, window.viewer.context)
    assert exporter._view.bar.speed_label.text() == window.view.bar.speed_label.text()
    assert exporter._view.bar.speed.value() == window.view.bar.speed.value()
    exporter.close()


@pytest.mark.parametrize("size", [(1200, 64), (64, 900)])
def test_a_picture_too_long_and_narrow_is_refused(window, size):
    """It would be drawn 12,000 pixels wide, and each picture of a recording takes seconds."""
    picture = Picture(size, 1.25, window.view.palette_now)
    with pytest.raises(UserError, match=r"too long and narrow.*expected at least.*found"):
        FrameExporter(picture)


def test_what_is_refused_is_said_and_nothing_is_recorded(window, tmp_path):
    picture = Picture((1200, 64), 1.25, window.view.palette_now)
    with pytest.raises(UserError, match="too long and narrow"):
        window.pictures.recorder.start(tmp_path / "frames", 1, picture)
    assert not (tmp_path / "frames").exists()
    assert not window.pictures.recorder.running and not window.view.bar.record.isChecked()


class TestChoices:
    """A theme of the picture's own, a panel without its header, and a preview of both."""

    @pytest.fixture
    def dialog(self, window, qtbot):
        viewer = window.viewer
        preview = partial(window.pictures.preview, viewer.frame, viewer.context)
        dialog = ExportDialog(window, window.size(), 1.0, "a.png", preview=preview)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    def choose(self, box, data) -> None:
        box.setCurrentIndex(box.findData(data))

    @pytest.mark.parametrize("theme", [None, "light", "dark"])
    def test_the_theme_is_that_of_the_picture_and_not_of_the_window(self, window, dialog, theme):
        self.choose(dialog._theme, theme)
        picture = window.pictures.picture(dialog)
        expected = window.view.palette_now if theme is None else PALETTES[theme]
        assert picture.palette is expected
        exporter = FrameExporter(picture)
        image = exporter.image(window.viewer.frame, window.viewer.context)
        exporter.close()
        assert image.pixelColor(1, 1).name() == expected.background

    def test_only_a_panel_can_be_without_its_header(self, window, dialog):
        assert not dialog._bare.isEnabled() and dialog.header()
        self.choose(dialog._what, "loss")
        dialog._bare.setChecked(True)
        assert dialog._bare.isEnabled() and not dialog.header()
        pictures = {}
        for bare in (False, True):
            dialog._bare.setChecked(bare)
            exporter = FrameExporter(window.pictures.picture(dialog))
            view = exporter._view
            exporter.image(window.viewer.frame, window.viewer.context)
            pictures[bare] = view.panel.height(), view.panel.header.isVisible()
            exporter.close()
        assert pictures[False][1] and not pictures[True][1]
        assert pictures[True][0] > pictures[False][0], "the panel has its room"
        self.choose(dialog._what, None)
        assert dialog.header(), "a window has all of them"

    def test_the_preview_is_the_picture(self, window, dialog, qtbot):
        self.choose(dialog._what, "network")
        self.choose(dialog._theme, "light")
        qtbot.waitUntil(lambda: not dialog._soon.isActive())
        shown = dialog._preview.pixmap().toImage()
        wide, high = dialog.picture_size()
        assert abs(shown.width() / shown.height() - wide / high) < 0.02
        assert shown.pixelColor(1, 1).name() == LIGHT.background

    def test_a_size_that_cannot_be_is_said_in_its_place(self, dialog, qtbot):
        self.choose(dialog._what, "network")
        dialog._width.setValue(16_384)
        dialog._height.setValue(64)
        qtbot.waitUntil(lambda: not dialog._soon.isActive())
        assert "too long and narrow" in dialog._preview.text()
