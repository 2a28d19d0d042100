"""``python main.py render``: the window's pictures of a run, made without a display."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from nnfs_cli.options import EpochRange
from nnfs_core.errors import PLACE, UserError, one_line
from nnfs_core.experiment import Experiment

if TYPE_CHECKING:
    from nnfs_core.training.trainer import EpochFrame
    from visualizer.state.context import ViewContext
    from visualizer.view.export import FrameExporter


def render(
    experiment: Experiment,
    name: str,
    data_dir: Path | None,
    epochs: int,
    every: int,
    size: tuple[int, int],
    pixel_ratio: float,
    theme: str,
    out: Path,
) -> int:
    """Train, and save every so-many-th epoch as ``frame-000037.png``; return 0.

    Parameters
    ----------
    size : tuple of int
        Width and height in logical pixels.
    pixel_ratio : float
        Pixels of the file for each logical pixel.
    theme : str
        ``dark`` or ``light``.

    Raises
    ------
    UserError
        When the size cannot be, the data cannot be loaded, or a file cannot be written.
    NotFiniteError
        When the numbers stop being finite; the frames before that are there.
    """
    from nnfs_cli.progress import load_with_bar
    from nnfs_core.training.trainer import Trainer

    exporter = _exporter(size, pixel_ratio, theme, out)
    from visualizer.state.viewer import Viewer

    viewer = Viewer(data_dir)
    saved = 0
    try:
        data = load_with_bar(experiment.dataset, data_dir, experiment.reading())
        viewer.adopt(Trainer(experiment.but(epochs=epochs), data), name)
        for epoch in _tracked(range(epochs + 1)):
            due = epoch % every == 0
            frame = viewer.frame if epoch == 0 else viewer.advance_now(show=due)
            if due and frame is not None:
                saved += _save(exporter, frame, viewer.context, out)
    finally:
        exporter.close()
        viewer.close()
    print(f"{saved} frames in {one_line(str(out), PLACE)}")
    return 0


def render_run(
    file: Path,
    dataset: str | None,
    data_dir: Path | None,
    wanted: EpochRange,
    size: tuple[int, int],
    pixel_ratio: float,
    theme: str,
    out: Path,
) -> int:
    """Save epochs of a saved run's active branch as they were; return the exit status.

    Parameters
    ----------
    file : Path
        The run.
    dataset : str, optional
        Where its data is now.
    wanted : EpochRange
    data_dir, size, pixel_ratio, theme, out
        As for :func:`render`.

    Raises
    ------
    UserError
        When the file is no run, has not so many epochs, or its data is not there.
    """
    from nnfs_cli.progress import with_bar
    from nnfs_core.files.meeting import data_of
    from nnfs_core.history.replay import Replayer

    exporter = _exporter(size, pixel_ratio, theme, out)
    from visualizer.state.context import RunInfo
    from visualizer.state.preparation import open_run
    from visualizer.state.selection import Selection, first_row, resolve

    saved = 0
    try:
        opened = open_run(
            file,
            lambda run: with_bar(
                lambda look: data_of(run, dataset or run.experiment.dataset, data_dir, look)
            ),
        )
        arranged, branch = opened.arranged, opened.active
        epochs = wanted.of(len(branch) - 1)
        network, data = arranged.network, arranged.dataset
        first = branch.keyframes.nearest(0).frame(network.layout)
        run = RunInfo(arranged.experiment, opened.name, data, network, first)
        selection = Selection(first_row(run))
        replayer, branches = Replayer(arranged), tuple(opened.branches)
        for epoch in _tracked(epochs):
            before = replayer.state(branch, epoch - 1) if epoch else None
            state = replayer.state(branch, epoch)
            assert state is not None, "nobody gives up here"
            frame = state.frame(network.layout, before)
            live = epoch == len(branch) - 1
            context = resolve(
                run, branch, frame, selection, total=opened.total, live=live, branches=branches
            )
            saved += _save(exporter, frame, context, out)
    finally:
        exporter.close()
    print(f"{saved} frames in {one_line(str(out), PLACE)}")
    return 0


def _exporter(size: tuple[int, int], pixel_ratio: float, theme: str, out: Path) -> FrameExporter:
    """Make what draws the pictures, having made sure that it can."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from visualizer.system_libraries import install_command, missing

    lacking = missing()
    if lacking:
        packages = sorted({package for _, package in lacking})
        raise UserError(
            "system libraries that Qt needs are missing", expected=install_command(packages)
        )
    from visualizer.app import application
    from visualizer.style.theme import PALETTES
    from visualizer.view.export import FrameExporter, Picture

    picture = Picture(size, pixel_ratio, PALETTES[theme])
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("cannot be made", where=out, found=error.strerror) from None
    application()
    return FrameExporter(picture)


def _tracked(epochs: range) -> Iterable[int]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(epochs, "rendering", console=console, disable=not console.is_terminal)


def _save(exporter: FrameExporter, frame: EpochFrame, context: ViewContext, out: Path) -> int:
    from visualizer.view.export import frame_name

    exporter.save(frame, context, out / frame_name(frame.epoch))
    return 1
