"""Every picture of the documentation, made from real runs: ``python3 dev.py screenshots``."""

from __future__ import annotations

import io
import os
from pathlib import Path

from nnfs_core.experiment import presets
from nnfs_core.files import atomic_write

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"

SHOTS: dict[str, tuple[str, int, str, tuple[int, int], str | None]] = {
    "first-screen-dark": ("digits", 0, "dark", (1440, 900), None),
    "window-dark": ("digits", 512, "dark", (1440, 900), None),
    "window-light": ("digits", 512, "light", (1440, 900), None),
    "small-dark": ("digits", 120, "dark", (1100, 700), None),
    "small-light": ("digits-deep", 40, "light", (1100, 700), None),
    "large-dark": ("digits", 300, "dark", (2560, 1440), None),
    "large-light": ("digits", 120, "light", (2560, 1440), None),
    "panel-network": ("digits", 512, "dark", (900, 520), "network"),
    "panel-weights": ("digits", 512, "light", (900, 420), "weights"),
}
"""Name of the file: preset, epochs, theme, size, and the panel or None for all."""


def main() -> None:
    """Make them all."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PyQt6.QtCore import QBuffer

    from visualizer.app import application
    from visualizer.export import FrameExporter, Picture
    from visualizer.theme import PALETTES
    from visualizer.viewer import Viewer

    application()
    FOLDER.mkdir(exist_ok=True)
    for name, (preset, epochs, theme, size, panel) in SHOTS.items():
        viewer = Viewer()
        viewer.start_now(presets()[preset], preset)
        for epoch in range(1, epochs + 1):
            viewer.advance_now(show=epoch == epochs)
        assert viewer.frame is not None
        exporter = FrameExporter(Picture(size, 1.0, PALETTES[theme], panel))
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        exporter.image(viewer.frame, viewer.context).save(buffer, "PNG")
        exporter.close()
        viewer.close()
        picture = Image.open(io.BytesIO(buffer.data().data())).convert("RGB")
        with atomic_write(FOLDER / f"{name}.png") as file:
            # Packed as tightly as it goes, every colour as it was drawn.
            picture.save(file, "PNG", optimize=True)
        print(f"{name}.png  {preset}, epoch {epochs}, {size[0]}×{size[1]}")


if __name__ == "__main__":
    main()
