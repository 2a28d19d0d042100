"""``python main.py render``: the window's pictures of a run, made without a display."""

from __future__ import annotations

import os
from pathlib import Path

from nnfs_core.errors import UserError
from nnfs_core.experiment import Experiment


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
    """Train, and save every so-many-th epoch as ``frame-000037.png``; return how many.

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
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from visualizer.system_libraries import install_command, missing

    lacking = missing()
    if lacking:
        packages = sorted({package for _, package in lacking})
        raise UserError(
            "system libraries that Qt needs are missing", expected=install_command(packages)
        )
    from rich.console import Console
    from rich.progress import track

    from nnfs_cli.progress import load_with_bar
    from nnfs_core.training import Trainer
    from visualizer.app import application
    from visualizer.export import FrameExporter, Picture, frame_name
    from visualizer.theme import PALETTES
    from visualizer.viewer import Viewer

    picture = Picture(size, pixel_ratio, PALETTES[theme])
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("cannot be made", where=out, found=error.strerror) from None
    application()
    viewer = Viewer(data_dir)
    data = load_with_bar(experiment.dataset, data_dir)
    viewer.adopt(Trainer(experiment.but(epochs=epochs), data), name)
    exporter = FrameExporter(picture)
    console = Console(stderr=True)
    try:
        steps = track(
            range(epochs + 1), "rendering", console=console, disable=not console.is_terminal
        )
        saved = 0
        for epoch in steps:
            due = epoch % every == 0
            frame = viewer.frame if epoch == 0 else viewer.advance_now(show=due)
            if due and frame is not None:
                exporter.save(frame, viewer.context, out / frame_name(epoch))
                saved += 1
    finally:
        exporter.close()
        viewer.close()
    print(f"{saved} frames in {out}")
    return 0
