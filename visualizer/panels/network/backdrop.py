"""What of the diagram stays as it was from one epoch to the next, kept as pictures."""

from __future__ import annotations

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QColor, QPixmap

from visualizer.panels.network.output import marked_rows, paint_still_output
from visualizer.panels.network.painter import Scene, names_of, paint_connections, paint_still
from visualizer.style.painting import painting


class Backdrop:
    """Keeps two pictures: what stays while the network learns, and that with the connections."""

    def __init__(self) -> None:
        self._still_for: object = None
        self._still_pixmap = QPixmap()
        self._lines_for: tuple[object, ...] = ()
        self._lines_pixmap = QPixmap()

    def lines(
        self, scene: Scene, size: QSize, ratio: float, scale: float, laid_out_for: object
    ) -> QPixmap:
        """Return the background with the connections, drawn anew only when one of them changes.

        Parameters
        ----------
        scene : Scene
        size : QSize
            Of the canvas, in logical pixels.
        ratio : float
            Pixels of the screen for each of those.
        scale : float
            Logical pixels for each pixel of the layout.
        laid_out_for : object
            What the layout was made from: equal for equal layouts.
        """
        still = self._still(scene, size, ratio, scale, laid_out_for)
        pointed, saliency = scene.pointed_strokes, scene.picture.scale is not None
        known, key = self._lines_for, (still, scene.strokes, pointed, saliency)
        if len(known) != len(key) or any(a is not b for a, b in zip(known, key, strict=True)):
            # Lists that are kept: strokes that are as they were are the same list.
            self._lines_pixmap = QPixmap(still)
            with painting(self._lines_pixmap) as painter:
                painter.scale(scale, scale)
                paint_connections(painter, scene)
            self._lines_for = key
        return self._lines_pixmap

    def _still(
        self, scene: Scene, size: QSize, ratio: float, scale: float, laid_out_for: object
    ) -> QPixmap:
        """Return the background with all that stays as it is while the network learns."""
        content, context = scene.content, scene.context
        layers = range(len(content.layers) - 1)
        key = (
            laid_out_for,
            ratio,
            scene.palette,
            scene.picture,
            (context.sample.part, context.sample.index, context.sample.label),
            context.run,
            content.input_opacity,
            [layer.opacity for layer in content.layers],
            [names_of(scene, layer, scene.diagram.layers[layer]) for layer in layers],
            content.layers[-1].symbol,
            content.loss,
            marked_rows(scene),
        )
        if key != self._still_for:
            self._still_pixmap = QPixmap(size * ratio)
            self._still_pixmap.setDevicePixelRatio(ratio)
            self._still_pixmap.fill(QColor(scene.palette.panel))
            with painting(self._still_pixmap) as painter:
                painter.scale(scale, scale)
                paint_still(painter, scene)
                paint_still_output(painter, scene)
            self._still_for = key
        return self._still_pixmap
