"""The network diagram as a widget: it prepares what is painted, and knows what is pointed at."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFontMetrics, QPainter

from nnfs_core.explain.stages import SamplePass, sample_pass
from nnfs_core.model.parameters import Parameters
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import brief
from nnfs_core.training.step import Step
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.canvas import FrameCanvas
from visualizer.kit.read_out import MouseReadOut
from visualizer.panels.network.backdrop import Backdrop
from visualizer.panels.network.content import Content, change_of, content_of
from visualizer.panels.network.edges import NO_EDGES, Edges, edges_of, share_out
from visualizer.panels.network.hits import Curves, Direction, neighbour, place_at
from visualizer.panels.network.input import InputPicture, plain_picture, saliency_picture
from visualizer.panels.network.layout import Diagram, ReadOut, lay_out, read_out_of, scale_of
from visualizer.panels.network.output import (
    paint_output,
    paint_place,
)
from visualizer.panels.network.painter import (
    Scene,
    paint_answer,
    paint_units,
)
from visualizer.panels.network.strokes import Stroke, Strokes, curves_of
from visualizer.panels.network.words import describe
from visualizer.state.context import ViewContext
from visualizer.style.text_size import factor
from visualizer.style.theme import plain_font

FEWEST_POINTED = 40
"""Connections of a pointed-at unit that are drawn at least, however few are wanted in all."""


class DiagramCanvas(FrameCanvas):
    """Paints the diagram; all arithmetic is done when a frame or a size arrives."""

    pointed = pyqtSignal(object)
    """A :class:`~nnfs_core.model.places.Place` was clicked; None: the empty background."""

    def __init__(self) -> None:
        super().__init__("Network diagram")
        self.setMinimumSize(300, 160)
        self.setMouseTracking(True)
        # It paints its own background, so that Qt need not paint what lies behind.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.edges_wanted = 100
        self.edges_drawn = 0
        self.saliency = False
        self.lent = 0
        """Logical pixels of height that something below has taken for a while."""

        self.hovered: Place | None = None
        self.content: Content | None = None
        self.passed: SamplePass | None = None
        """The shown sample there and back; only while a stage needs it."""

        self.change: Parameters | None = None
        self._diagram: Diagram | None = None
        self._laid_out_for: object = None
        self._scale = 1.0
        """Logical pixels for each pixel of the layout: text, circles and lines grow together."""

        self._read_out: ReadOut | None = None
        self._strokes, self._pointed_strokes = Strokes(), Strokes()
        # What it was painted for, with the inputs, so that their identity is nobody else's.
        self._plain: tuple[object, object, InputPicture | None] = (None, None, None)
        self._backdrop = Backdrop()
        self._scene: Scene | None = None
        self._mouse = QPointF()
        self._words = MouseReadOut(self)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(720, 400)

    def set_edges(self, wanted: int) -> None:
        """Draw up to so many connections."""
        self.edges_wanted = wanted
        self.refresh()

    def set_saliency(self, shown: bool) -> None:
        """Draw the gradient of the predicted class over the input, or do not."""
        self.saliency = shown
        self.refresh()

    def show_step(self, step: Step | None) -> None:
        """Take the step whose update the last stage of the next frames shows; None: unknown."""
        self.change = None if step is None else change_of(step)

    # What is painted

    def prepare(self, frame: EpochFrame, context: ViewContext) -> None:
        """See :class:`FrameCanvas`."""
        diagram = self._diagram = self._lay_out(context)
        assert self._read_out is not None
        label, run = context.sample.label, context.run
        self.passed = None
        if label is not None and context.stage is not None:
            self.passed = sample_pass(run.network, frame.parameters, context.sample.x, label)
        content = self.content = content_of(frame, context, self.passed, self.change)
        picture = self._picture_of(frame, context)
        chosen = share_out([layer.links for layer in content.layers], self.edges_wanted)
        self.edges_drawn = sum(len(edges.flow) for edges in chosen)
        self._scene = Scene(
            self.width() / self._scale,
            self.height() / self._scale,
            self._palette,
            context,
            diagram,
            self._read_out,
            content,
            picture,
            self._strokes_of(chosen, self._strokes),
        )
        self._show_pointed()

    def _picture_of(self, frame: EpochFrame, context: ViewContext) -> InputPicture:
        """Return the input's picture; without a gradient it is the same for every epoch."""
        assert self._diagram is not None
        if self.saliency and context.stage is None:
            return saliency_picture(frame, context, self._diagram.inputs, self._palette)
        # The data's samples are made anew for every context; what was drawn stays one object.
        sample = context.sample
        which = id(sample.x) if sample.part == "drawn" else None
        key = (context.run, sample.part, sample.index, which, self._laid_out_for, self._palette)
        known, _, picture = self._plain
        if picture is None or known != key:
            picture = plain_picture(context, self._diagram.inputs, self._palette)
            self._plain = key, sample.x, picture
        return picture

    def _lay_out(self, context: ViewContext) -> Diagram:
        """Lay the diagram out, if the network or the size is another one."""
        data, sizes = context.run.dataset, context.run.network.sizes
        scale = scale_of(self.width(), self.height() + self.lent, factor())
        names = context.run.network.task.outputs
        key = (sizes, data.image_shape, names, self.width(), self.height(), self.lent, scale)
        if key != self._laid_out_for or self._diagram is None:
            self._laid_out_for, self._scale = key, scale
            wide, high = self.width() / scale, self.height() / scale
            self._diagram = lay_out(sizes, data.image_shape, wide, high, self.lent / scale)
            metrics = QFontMetrics(plain_font(11))
            widest = max(metrics.horizontalAdvance(name) for name in names)
            self._read_out = read_out_of(self._diagram.columns[-1], widest, wide)
        return self._diagram

    @property
    def _from_pixels(self) -> bool:
        assert self._context is not None
        return self._context.run.dataset.image_shape is not None

    def _strokes_of(self, chosen: list[Edges], kept: Strokes) -> list[Stroke]:
        diagram, content, palette = self._diagram, self.content, self._palette
        assert diagram is not None and content is not None
        return kept.show(chosen, content, diagram, palette, from_pixels=self._from_pixels)

    def _show_pointed(self) -> None:
        """Work out which connections stand out, and what is said beside the mouse."""
        scene, content = self._scene, self.content
        if scene is None or content is None or self._frame is None or self._context is None:
            return
        sizes = self._context.run.network.sizes
        if self.hovered is not None and not self.hovered.fits(sizes):
            self.hovered = None
        edges = self._edges_of(self.hovered, both=True)
        if edges is None:
            edges = self._edges_of(self._context.selection, both=False)
        scene.pointed_strokes = None
        if edges is not None:
            scene.pointed_strokes = self._strokes_of(edges, self._pointed_strokes)
        words = "" if self.hovered is None else self._describe(self.hovered)
        self._words.show_at(self._mouse, words)

    def _describe(self, place: Place) -> str:
        scene, frame, context = self._scene, self._frame, self._context
        if scene is None or frame is None or context is None:
            return ""
        words, picture = describe(place, frame, context, scene.content), scene.picture
        if place.kind == "input" and picture.rise is not None:
            words += f", {picture.symbol} = {brief(picture.rise[place.source])}"
        return words

    def _edges_of(self, place: Place | None, *, both: bool) -> list[Edges] | None:
        """Return the connections of a place; None where all are of interest."""
        assert self.content is not None
        links = [layer.links for layer in self.content.layers]
        most = max(self.edges_wanted, FEWEST_POINTED)
        return edges_of(place, links, most, both=both)

    def paint(self, painter: QPainter) -> None:
        """Paint picture, connections, units, read-outs, and what is pointed at."""
        scene, context = self._scene, self._context
        if scene is None or context is None:
            painter.fillRect(self.rect(), QColor(self._palette.panel))
            return
        ratio = painter.device().devicePixelRatioF()
        backdrop = self._backdrop.lines(scene, self.size(), ratio, self._scale, self._laid_out_for)
        painter.drawPixmap(0, 0, backdrop)
        painter.scale(self._scale, self._scale)
        paint_answer(painter, scene)
        paint_units(painter, scene)
        paint_output(painter, scene)
        hovered, selected = self.hovered, context.selection
        if hovered is not None and hovered != selected:
            curve = self._curve(hovered)
            paint_place(painter, scene, hovered, curve, self._palette.text, 1.3)
        if selected is not None:
            curve = self._curve(selected)
            paint_place(painter, scene, selected, curve, self._palette.accent, 2.0)

    def _curve(self, place: Place) -> Curves | None:
        if place.kind != "weight" or self._diagram is None:
            return None
        edges = [NO_EDGES] * len(self._diagram.layers)
        links = None if self.content is None else self.content.layers[place.layer].links
        flow = 0.0 if links is None else links.number(place.unit, place.source)
        edges[place.layer] = Edges(
            np.array([place.source]), np.array([place.unit]), np.array([flow])
        )
        return curves_of(edges, self._diagram, from_pixels=self._from_pixels)[place.layer]

    # What is pointed at

    def place_at(self, point: QPointF) -> Place | None:
        """Return what is at a point, if it is anything."""
        if self._diagram is None or self._context is None or self._read_out is None:
            return None
        label = self._context.run.true_output(self._context.sample.label)
        return place_at(
            self._diagram,
            self._read_out,
            label,
            self._strokes.drawn,
            point.x() / self._scale,
            point.y() / self._scale,
        )

    def unit_area(self) -> QRect | None:
        """Return where the first hidden layer's middle unit is; None before anything is drawn."""
        if self._diagram is None:
            return None
        column, scale = self._diagram.columns[1], self._scale
        x, y = (scale * column.centres[len(column.centres) // 2]).tolist()
        radius = scale * column.radius
        return QRectF(x - radius, y - radius, 2 * radius, 2 * radius).toAlignedRect()

    def value_at(self, point: QPointF) -> str:
        """Say what is at a point, and its value; empty where there is nothing."""
        place = self.place_at(point)
        return "" if place is None else self._describe(place)

    def moved(self, here: Place | None, direction: Direction) -> Place | None:
        """Return what lies next to a place; the predicted class where there is none."""
        context, diagram = self._context, self._diagram
        if context is None or diagram is None:
            return None
        output = Place("unit", len(diagram.layers) - 1, context.trace.predicted)
        if here is None:
            return output
        if here.kind in ("weight", "bias"):
            here = Place("unit", here.layer, here.unit)
        return neighbour(diagram, output if here.kind == "loss" else here, direction)

    def next_weight(self, place: Place | None, step: int) -> Place | None:
        """Go through the numbers of a unit: its weights, strongest first; its bias.

        The strongest weight is the one that brings the unit most for the shown sample.
        """
        context, frame = self._context, self._frame
        if context is None or frame is None:
            return None
        if place is None or place.kind not in ("unit", "weight", "bias"):
            return self.moved(None, "up")
        layer, unit = place.layer, place.unit
        active = context.trace.a[layer - 1] if layer else context.trace.x
        with np.errstate(all="ignore"):
            flow = frame.parameters.weights[layer][unit] * active
        order = np.argsort(-np.abs(flow), kind="stable").tolist()
        numbers = [
            Place("unit", layer, unit),
            *(Place("weight", layer, unit, source) for source in order),
            Place("bias", layer, unit),
        ]
        return numbers[(numbers.index(place) + step) % len(numbers)]

    def _hover(self, place: Place | None) -> None:
        if place != self.hovered:
            self.hovered = place
            self.setCursor(
                Qt.CursorShape.ArrowCursor if place is None else Qt.CursorShape.PointingHandCursor
            )
            self._show_pointed()
            self.update()

    def mouseMoveEvent(self, event) -> None:
        """Say at once what is under the mouse, and make it stand out."""
        self._mouse = event.position()
        self._hover(self.place_at(self._mouse))
        if self._words.isVisible():
            self._words.show_at(self._mouse, self._words.text())

    def mousePressEvent(self, event) -> None:
        """Point at what is there, or at nothing."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pointed.emit(self.place_at(event.position()))

    def leaveEvent(self, event) -> None:
        """Point at nothing any more."""
        super().leaveEvent(event)
        self._hover(None)

    def event(self, event) -> bool:
        """Show no tooltip: what it would say stands beside the mouse already."""
        if event.type() == QEvent.Type.ToolTip:
            return True
        return super().event(event)
