"""Every picture of the documentation, made from real runs: ``python3 dev.py screenshots``."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nnfs_core.disk.whole import atomic_write
from nnfs_core.errors import UserError
from nnfs_core.experiment import presets
from nnfs_core.explain.stages import Stage
from nnfs_core.leaving import leave
from nnfs_core.model.places import Place

if TYPE_CHECKING:
    from PyQt6.QtGui import QImage

    from visualizer.state.viewer import Viewer

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"

EXAMPLE_EPOCHS = {
    "digits": ("network", 300),
    "digits-deep": ("network", 40),
    "digits-overfit": ("loss", 200),
    "digits-symmetry": ("weights", 300),
    "digits-too-fast": ("network", 20),
    "mnist-adam": ("network", 3),
    "mnist-original": ("weights", 100),
}
"""Of each preset the panel and the epoch that its card among the examples shows."""

EXAMPLE_SIZE, COLOURS = (528, 330), 128
"""Width and height of such a picture in pixels, drawn for the half, and its colours."""


def _follow(*rows: int) -> Callable[[Viewer], None]:
    def prepare(viewer: Viewer) -> None:
        for row in rows:
            viewer.toggle_followed("validation", row)

    return prepare


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture.

    Attributes
    ----------
    preset : str
    epochs : int
    theme : str
    size : tuple of int
        Width and height in pixels.
    panel : str or None
        The panel that is drawn alone; None for the whole window.
    workspace : str
    front : tuple of str
        Panels that are brought to the front of their tabs.
    prepare : callable
        What is pointed at, followed or slowed down, done to the viewer.
    text : int
        Its size, in per cent.
    presented : str
        What presenter mode says of it; empty for a window as it is.
    """

    preset: str
    epochs: int
    theme: str
    size: tuple[int, int]
    panel: str | None = None
    workspace: str = "explain"
    front: tuple[str, ...] = ()
    prepare: Callable[[Viewer], None] = lambda viewer: None
    text: int = 100
    presented: str = ""


SHOTS = {
    "first-screen-dark": Shot("digits", 0, "dark", (1440, 900), workspace="watch"),
    "first-screen": Shot("digits", 300, "dark", (1440, 900), workspace="watch"),
    "watch-light": Shot("digits", 300, "light", (1440, 900), workspace="watch"),
    "diagnose-dark": Shot("digits", 300, "dark", (1440, 900), workspace="diagnose"),
    "window-dark": Shot(
        "digits",
        512,
        "dark",
        (1440, 900),
        prepare=lambda viewer: viewer.select_place(Place("unit", 0, 7)),
    ),
    "window-light": Shot("digits", 512, "light", (1440, 900), front=("health",)),
    "slow-motion": Shot(
        "digits",
        40,
        "dark",
        (1440, 900),
        prepare=lambda viewer: viewer.show_stage(Stage("backward", 0)),
    ),
    "small-dark": Shot("digits", 120, "dark", (1100, 700)),
    "small-light": Shot("digits-deep", 40, "light", (1100, 700), front=("confusion",)),
    "large-dark": Shot(
        "digits", 300, "dark", (2560, 1440), front=("followed",), prepare=_follow(0, 5, 12, 37)
    ),
    "large-light": Shot("digits", 120, "light", (2560, 1440), workspace="watch"),
    "text-175": Shot("digits", 300, "light", (1440, 900), workspace="watch", text=175),
    "presenter": Shot(
        "digits",
        300,
        "dark",
        (1440, 900),
        workspace="watch",
        text=125,
        presented="2 of 3: the curves part – validation stays above training",
    ),
    "panel-network": Shot("digits", 512, "dark", (900, 520), "network"),
    "panel-weights": Shot("digits", 512, "light", (900, 420), "weights"),
    "panel-inspector": Shot(
        "digits-deep",
        5,
        "light",
        (420, 900),
        "inspector",
        prepare=lambda viewer: viewer.select_place(Place("weight", 0, 3, 27)),
    ),
    "panel-health": Shot("digits-deep", 120, "dark", (1000, 640), "health"),
    "panel-confusion": Shot("digits", 120, "dark", (900, 420), "confusion"),
}
"""Every picture by the name of its file."""


def main() -> None:
    """Make them all."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PyQt6.QtCore import QBuffer

    from visualizer.app import application

    application()
    FOLDER.mkdir(exist_ok=True)
    for name, shot in SHOTS.items():
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        draw(shot).save(buffer, "PNG")
        picture = Image.open(io.BytesIO(buffer.data().data())).convert("RGB")
        with atomic_write(FOLDER / f"{name}.png") as file:
            # Packed as tightly as it goes, every colour as it was drawn.
            picture.save(file, "PNG", optimize=True)
        width, height = shot.size
        print(f"{name}.png  {shot.preset}, epoch {shot.epochs}, {width}×{height}")
    make_example_pictures()


def make_example_pictures() -> None:
    """Make the pictures of the examples, those of MNIST only where the data is at hand."""
    from PIL import Image
    from PyQt6.QtCore import QBuffer

    from visualizer.window.examples import PICTURES

    PICTURES.mkdir(exist_ok=True)
    for name, (panel, epochs) in EXAMPLE_EPOCHS.items():
        for theme in ("dark", "light"):
            buffer = QBuffer()
            buffer.open(QBuffer.OpenModeFlag.WriteOnly)
            try:
                draw(Shot(name, epochs, theme, EXAMPLE_SIZE, panel)).save(buffer, "PNG")
            except UserError as error:
                print(f"{name}: {error}")
                break
            picture = Image.open(io.BytesIO(buffer.data().data())).convert("RGB")
            # A small picture on a card: fewer colours than one can tell apart there.
            picture = picture.quantize(COLOURS, dither=Image.Dither.NONE)
            with atomic_write(PICTURES / f"{name}-{theme}.png") as file:
                picture.save(file, "PNG", optimize=True)
            print(f"{name}-{theme}.png  epoch {epochs}, {panel}")


def draw(shot: Shot) -> QImage:
    """Train a run up to the picture's epoch and draw it."""
    from visualizer.state.viewer import Viewer
    from visualizer.style.text_size import set_text_size
    from visualizer.style.theme import PALETTES
    from visualizer.view.export import FrameExporter, Picture
    from visualizer.view.workspaces import WORKSPACES

    viewer = Viewer()
    viewer.start_now(presets()[shot.preset], shot.preset)
    for epoch in range(1, shot.epochs + 1):
        viewer.advance_now(show=epoch == shot.epochs)
    shot.prepare(viewer)
    assert viewer.frame is not None
    set_text_size(shot.text)
    workspace = WORKSPACES[shot.workspace]
    picture = Picture(shot.size, 1.0, PALETTES[shot.theme], shot.panel, workspace=workspace)
    exporter = FrameExporter(picture)
    exporter.bring_forward(shot.front)
    if shot.presented:
        exporter.present(viewer.frame, viewer.context, shot.presented)
    try:
        return exporter.image(viewer.frame, viewer.context)
    finally:
        set_text_size(100)
        exporter.close()
        viewer.close()


if __name__ == "__main__":
    main()
    leave(0)
