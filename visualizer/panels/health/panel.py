"""How the network is, layer by layer, over the epochs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property

import numpy as np

from nnfs_core.diagnose.health import PROBED, Health, Probe
from nnfs_core.history.course import Known
from nnfs_core.model.activations import ACTIVATIONS
from nnfs_core.text.layers import layer_name
from nnfs_core.text.numbers import percent
from nnfs_core.training.trainer import EpochFrame, TrainState
from visualizer.kit.widgets import ComboBox
from visualizer.panels.base import Choices, Command, Panel
from visualizer.panels.health.board import Plots
from visualizer.panels.health.histograms import FULL
from visualizer.panels.health.legend import LayerLegend, PlotSwitch
from visualizer.panels.historian import Historian, Question
from visualizer.state.context import RunInfo, ViewContext
from visualizer.state.intents import ChooseEpoch
from visualizer.style.lengths import keep
from visualizer.style.one_painting import one_painting
from visualizer.style.theme import Palette

KEY = "health"

KNOWN = Known()
"""What has been examined, by whichever view: an export of what is on screen need not again."""

COLOURS = (
    f"Each column is a histogram. Colour is the share of the numbers in a bin: it grows with the "
    f"square root, so that rare ones can be seen, up to {percent(FULL, 0)} and more."
)
NAMES = ("units", "gradients", "updates", "weights", "activations")


class HealthPanel(Panel):
    """Dead and saturated units, gradients, updates, weights and activations, over the epochs."""

    key, title, order = KEY, "Health", 2
    about = "how it goes inside the layers"
    about_yields = True
    interval = 0.5

    def __init__(self) -> None:
        super().__init__()
        keep(self, "setMinimumSize", 240, 136)
        self.switch = PlotSwitch(NAMES)
        self.legend = LayerLegend()
        self.layer = ComboBox(flat=True)
        self.layer.setToolTip("The layer whose weights and activations are shown  (Shift+H: next)")
        self.layer.setAccessibleName("Layer of the histograms")
        self.header.add_control(self.legend)
        self.header.add_control(self.layer)
        self.historian = Historian(self, KNOWN)
        keep(self.body, "setContentsMargins", 8, 0, 6, 6)
        keep(self.body, "setSpacing", 2)
        self.body.addWidget(self.switch)
        self._run: RunInfo | None = None
        self._probe: Probe | None = None
        self._context: ViewContext | None = None
        self._drawn: object = None
        self._arranged: tuple[int, ...] = ()
        self._drawn_of: list[Health] = []
        self.knobs = {"layer": self.layer}
        self.switch.wanted.connect(self.show_plot)
        self.legend.toggled.connect(self._draw)
        self.legend.pointed.connect(self._on_layer_pointed)
        self.layer.activated.connect(self._draw)
        self.historian.grown.connect(self._draw)

    @cached_property
    def plots(self) -> Plots:
        """The plots; they take long to make, so nobody has them who never looks at them."""
        plots = Plots()
        # Known before the layout asks for it: it would be made a second time.
        self.__dict__["plots"] = plots
        self.body.addWidget(plots, 1)
        for plot in plots.all:
            plot.apply_palette(self.palette_now)
            plot.probed.connect(self._on_probed)
            plot.clicked.connect(lambda one: self.intent.emit(ChooseEpoch(one)))
        # What is added to a layout that is in sight already would be shown with the next event.
        plots.show()
        self.body.activate()
        return plots

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw what is known up to now, with the frame's epoch marked, and find out the rest."""
        if context.run is not self._run:
            self._take_run(context.run)
        self._context = context
        self._arrange()
        probe = self._probe
        assert probe is not None, "every run has one"

        def examine(state: TrainState, keys: tuple[Hashable, ...]) -> Iterable[Health]:
            return [probe.examine(state)]

        # Drawn with the answer, of which there is one even when nothing is new: all of one epoch.
        question = Question(context.recording, frame.state, (KEY,), examine, context.newest)
        self.historian.ask(question)

    def show_progress(self, context: ViewContext) -> None:
        """Take note that the run has gone on while another epoch is looked at."""
        self._context = context
        self.historian.go_on(context.newest)

    def _take_run(self, run: RunInfo) -> None:
        self._probe = Probe(run.experiment, run.network, run.dataset)
        layers = len(run.network.sizes) - 1
        self.legend.show_layers(layers)
        self.layer.clear()
        for layer in range(layers):
            self.layer.addItem(f"histograms of {layer_name(layer, layers)}", layer)
        self._drawn = None
        counted = ACTIVATIONS[run.experiment.activation].unresponsive
        plots = self.plots
        softmax = "The output is a softmax: its units are neither dead nor saturated."
        probed = min(PROBED, len(run.dataset.train_x))
        samples = f"Probed with the first {probed:,} training samples."
        name = "units" if counted is None else counted.name
        plots.unresponsive.name = name
        self.switch.rename(0, name)
        definition = "" if counted is None else f"{counted.definition}\n"
        plots.unresponsive.explain(f"{definition}{softmax}\n{samples}")
        plots.weights.explain(f"The weights of one layer, epoch by epoch.\n{COLOURS}")
        plots.activations.explain(
            f"The activations of one layer, epoch by epoch.\n{samples}\n{COLOURS}"
        )
        note = ""
        if layers == 1:
            note = "There is no hidden layer, and a softmax has neither dead nor saturated units."
        elif counted is None:
            note = f"With {run.experiment.activation} no unit can be dead or saturated."
        plots.unresponsive.show_note(note)
        self._run = run

    def _on_layer_pointed(self, layer: int | None) -> None:
        for plot in self.plots.curves:
            plot.stress(layer)

    def _draw(self) -> None:
        """Draw what is known so far, in the plots that are in sight."""
        with one_painting(self):
            self._draw_known()

    def _draw_known(self, *, anew: bool = False) -> None:
        context, answer = self._context, self.historian.answer
        if context is None or answer.question is None:
            return
        if answer.question.recording is context.recording:
            epochs, found = answer.known(KEY)
            # Not that of the frame, whose answer may be still to come.
            shown = answer.question.shown.epoch
        elif anew and self.latest is not None:
            # What comes into sight has nothing of the branch before, and what is there no longer.
            epochs, found, shown = np.empty(0, np.int64), [], self.latest[0].epoch
        else:
            return
        self.header.show_epoch(shown)
        last = max(context.total, context.newest, 1)
        hidden, layer, seen = self.legend.hidden, self.layer.currentData(), self.plots.seen
        self._write_subtitle(answer.every, len(epochs), answer.left)
        key = (list(map(id, found)), epochs.tolist(), shown, last, hidden, layer, seen)
        if key == self._drawn:
            return
        # The numbers are held too, or others could come to have their place in memory.
        self._drawn, self._drawn_of = key, found
        layers = len(context.run.network.sizes) - 1
        for plot, name in zip(
            self.plots.curves, ("unresponsive", "gradients", "updates"), strict=True
        ):
            if self.plots.all.index(plot) in seen:
                values = np.array([getattr(health, name) for health in found]).reshape(-1, layers)
                plot.draw(epochs, values, shown, last, hidden)
        for course, name in zip(self.plots.histograms, ("weights", "activations"), strict=True):
            if self.plots.all.index(course) in seen:
                histograms = [getattr(health, name)[layer] for health in found]
                top = self._top(context, layer) if name == "activations" else None
                course.draw(epochs, histograms, answer.every, shown, last, top)
                course.rename(f"{name} of {layer_name(layer, layers)}")
        for number in seen:
            self.plots.all[number].plot.point_again()

    def _top(self, context: ViewContext, layer: int) -> float | None:
        """Return the largest activation there can be in a layer; None where there is none."""
        output = layer == len(context.run.network.sizes) - 2
        bounded = output or ACTIVATIONS[context.run.experiment.activation].bounded
        return 1.0 if bounded else None

    def _write_subtitle(self, every: int, known: int, left: int) -> None:
        run = self._context.run
        times = "every epoch" if every == 1 else f"every {every:,} epochs"
        probed = min(PROBED, len(run.dataset.train_x))
        text = f"{times} · units probed with the first {probed:,} training samples"
        if left:
            text = f"{known:,} of {known + left:,} epochs examined · {text}"
        self.header.subtitle.set_text(text)

    def show_plot(self, number: int) -> None:
        """Bring a plot into sight."""
        self.plots.wanted = number
        self._arrange()

    def next_plots(self) -> None:
        """Show the plots that there was no room for."""
        pages = self.plots.pages
        at = next(at for at, page in enumerate(pages) if self.plots.wanted in page)
        self.show_plot(pages[(at + 1) % len(pages)][0])

    def next_layer(self) -> None:
        """Show the histograms of the next layer, after the last one those of the first."""
        if self._context is None:
            return
        self.layer.setCurrentIndex((self.layer.currentIndex() + 1) % self.layer.count())
        if self.plots.all.index(self.plots.weights) not in self.plots.seen:
            self.show_plot(self.plots.all.index(self.plots.weights))
        self._draw()

    def commands(self) -> list[Command]:
        """Show the panel, and what there is to choose in it."""
        return [
            ("health", "Health: units, gradients and updates over time", ["H"], self.wanted.emit),
            ("health plots", "Health: the next plots", ["Ctrl+H"], self.next_plots),
            ("health layer", "Health: histograms of the next layer", ["Shift+H"], self.next_layer),
        ]

    def _arrange(self) -> None:
        self.plots.arrange()
        if self.plots.seen != self._arranged:
            self._arranged = self.plots.seen
            with one_painting(self):
                self._draw_known(anew=True)
        self.switch.setVisible(len(self.plots.pages) > 1)
        self.switch.show_seen(self.plots.seen)
        # What does not bear on any plot in sight only asks to be understood.
        curves = len(self.plots.curves)
        self.legend.setVisible(any(number < curves for number in self.plots.seen))
        self.layer.setVisible(any(number >= curves for number in self.plots.seen))
        self.legend.spell_out(self.width() // 2)

    def resizeEvent(self, event) -> None:
        """Show as many plots as there is room for."""
        super().resizeEvent(event)
        if self._run is not None:
            self.body.activate()
            self._arrange()

    def choices(self) -> Choices:
        """Return the layer of the histograms, the plot that was asked for, and hidden layers."""
        return super().choices() | {"plot": self.plots.wanted, "hidden": self.legend.hidden}

    def choose(self, choices: Choices) -> None:
        """See :class:`Panel`."""
        super().choose(choices)
        self.legend.leave_out(choices.get("hidden", frozenset()))
        self.show_plot(choices.get("plot", self.plots.wanted))
        self._draw()

    def _on_probed(self, epoch: int | None) -> None:
        for plot in self.plots.all:
            plot.show_probe(epoch)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.switch.apply_palette(palette)
        self.legend.apply_palette(palette)
        if "plots" in self.__dict__:
            for plot in self.plots.all:
                plot.apply_palette(palette)
            if self._run is not None:
                self._arrange()


PANEL = HealthPanel
