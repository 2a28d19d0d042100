"""A few samples, followed over the epochs: when each is learned, and when it is forgotten."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QGridLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nnfs_core.history.course import Known
from nnfs_core.model.parameters import Parameters
from nnfs_core.training.trainer import EpochFrame, TrainState
from visualizer.kit.widgets import flat_button, label
from visualizer.panels.base import Command, Panel
from visualizer.panels.followed.card import Card
from visualizer.panels.historian import Historian, Question
from visualizer.state.context import Part, RunInfo, Sample, ViewContext
from visualizer.state.intents import ChooseEpoch, ChooseSample, Follow
from visualizer.style.icons import icon
from visualizer.style.lengths import keep
from visualizer.style.one_painting import one_painting
from visualizer.style.text_size import scaled
from visualizer.style.theme import Palette

KNOWN = Known()
"""Probabilities that have been worked out, by whichever view."""

AT_ONCE = 10
"""Samples that one press takes in at most."""

CARD_WIDTH, CARD_HEIGHT, SPACING = 330, 124, 10
"""Logical pixels with text at 100 %."""

PURPOSE = "Follow a few samples to see when each is learned, and when it is forgotten."


class FollowedPanel(Panel):
    """The probabilities of chosen samples over the epochs, a card for each."""

    key, title, order = "followed", "Followed", 4
    of_classes = True
    about = "when each of these is learned"
    about_yields = True
    interval = 0.5

    def __init__(self) -> None:
        super().__init__()
        keep(self, "setMinimumSize", 240, 136)
        self.add = flat_button("Follow the shown sample, or no longer  (T)")
        self.add.clicked.connect(self.toggle)
        self.header.add_control(self.add)
        self.historian = Historian(self, KNOWN)
        self.historian.grown.connect(self._draw)
        self.cards: list[Card] = []
        self._inside = QWidget()
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        keep(self._grid, "setSpacing", SPACING)
        self.listing = QScrollArea()
        self.listing.setWidgetResizable(True)
        self.listing.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.listing.setWidget(self._inside)
        self.listing.viewport().setAutoFillBackground(False)
        self._inside.setAutoFillBackground(False)
        self.listing.viewport().installEventFilter(self)
        self.empty = self._make_empty()
        self.body.addWidget(self.empty, 1)
        self.body.addWidget(self.listing, 1)
        for part in (self.empty, self.listing):
            part.hide()
        self._context: ViewContext | None = None
        self._run: RunInfo | None = None
        self._arranged: object = None

    def _make_empty(self) -> QWidget:
        self.follow = QPushButton("Follow the shown sample")
        self.follow.setToolTip("Follow the shown sample  (T)")
        self.follow.clicked.connect(self.toggle)
        self.follow_each = QPushButton("Follow one of each class")
        self.follow_each.setToolTip(
            f"Follow the first sample of each class, {AT_ONCE} classes at most"
        )
        self.follow_each.clicked.connect(self.follow_one_of_each)
        words = label(PURPOSE, "dim")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setWordWrap(True)
        empty = QWidget()
        layout = QVBoxLayout(empty)
        layout.setContentsMargins(0, 0, 0, 0)
        keep(layout, "setSpacing", 12)
        layout.addStretch(1)
        layout.addWidget(words)
        self._buttons = QGridLayout()
        keep(self._buttons, "setSpacing", 8)
        self._buttons.setColumnStretch(0, 1)
        self._buttons.setColumnStretch(3, 1)
        layout.addLayout(self._buttons)
        layout.addStretch(1)
        return empty

    def _place_buttons(self) -> None:
        """Put the buttons side by side, or one below the other where it is narrow."""
        follow, each = self.follow, self.follow_each
        needed = follow.sizeHint().width() + each.sizeHint().width() + scaled(40)
        beside = needed <= self.width()
        self._buttons.addWidget(follow, 0, 1)
        self._buttons.addWidget(each, *((0, 2) if beside else (1, 1)))

    def resizeEvent(self, event) -> None:
        """Place the buttons again."""
        super().resizeEvent(event)
        self._place_buttons()

    def show_frame(self, frame: EpochFrame, context: ViewContext) -> None:
        """Draw what is known of the followed samples, and find out the rest."""
        followed = context.followed
        self._take(context)
        self.empty.setVisible(not followed)
        self.listing.setVisible(bool(followed))
        self.body.activate()
        self._arrange()
        if not followed:
            self.header.show_epoch(None)
            self.header.subtitle.set_text("")
            return
        network = context.run.network
        samples: dict[Hashable, Sample] = {_key(sample): sample for sample in followed}

        def examine(state: TrainState, keys: tuple[Hashable, ...]) -> Iterable[np.ndarray]:
            x = np.stack([samples[key].x for key in keys])
            return network.predict(Parameters.over(state.numbers[0], network.layout), x)

        # Drawn with the answer, of which there is one even when nothing is new.
        self.historian.ask(
            Question(context.recording, frame.state, tuple(samples), examine, context.newest)
        )

    def show_progress(self, context: ViewContext) -> None:
        """Take note that the run has gone on while another epoch is looked at."""
        self._take(context)
        if context.followed:
            self.historian.go_on(context.newest)

    def _take(self, context: ViewContext) -> None:
        """Give each followed sample a card; cards are made once and used again."""
        run, followed = context.run, context.followed
        while len(self.cards) < len(followed):
            self.cards.append(self._make_card())
        if run is not self._run:
            # Also of cards that are not needed now: what they have is of other classes.
            for card in self.cards:
                card.sample = None
        for card, sample in zip(self.cards, followed, strict=False):
            if card.sample is None or _key(card.sample) != _key(sample):
                where = f"{run.part_name(sample.part)} #{sample.index}"
                card.take(sample, where, run.dataset.classes, run.dataset.image_shape)
        for card in self.cards[len(followed) :]:
            card.sample = None  # it is needed again for later epochs, and begins anew
        self._run, self._context = run, context

    def _make_card(self) -> Card:
        card = Card()
        card.apply_palette(self.palette_now)
        card.chosen.connect(lambda: self.intent.emit(ChooseSample(*_which(card))))
        card.closed.connect(lambda: self.intent.emit(Follow(*_which(card))))
        card.clicked.connect(lambda one: self.intent.emit(ChooseEpoch(one)))
        card.probed.connect(self._on_probed)
        return card

    def _arrange(self) -> None:
        """Put the cards in as many columns as there is room for, as high as they can be."""
        shown = len(self._context.followed) if self._context is not None else 0
        width = self.listing.viewport().width()
        room = max(1, (width + scaled(SPACING)) // scaled(CARD_WIDTH + SPACING))
        # As few rows as there can be, and all of them as long as they can be alike.
        rows = max(1, -(-shown // room))
        columns = max(1, -(-shown // rows))
        if (shown, columns) == self._arranged:
            return
        self._arranged = (shown, columns)
        for number, card in enumerate(self.cards):
            if number < shown:
                self._grid.addWidget(card, *divmod(number, columns))
                keep(card, "setMinimumHeight", CARD_HEIGHT)
            card.setVisible(number < shown)
        for column in range(max(columns, self._grid.columnCount())):
            self._grid.setColumnStretch(column, int(column < columns))
        self._grid.activate()

    def _draw(self) -> None:
        with one_painting(self):
            self._draw_known()

    def _draw_known(self) -> None:
        context, answer = self._context, self.historian.answer
        if context is None or answer.question is None:
            return
        if answer.question.recording is not context.recording:
            return
        # Not that of the frame, whose answer may be still to come.
        shown = answer.question.shown.epoch
        last = max(context.total, context.newest, 1)
        for card, sample in zip(self.cards, context.followed, strict=False):
            epochs, found = answer.known(_key(sample))
            table = np.array(found).reshape(-1, len(context.run.dataset.classes))
            card.draw(epochs, table, shown, last)
            card.plot.point_again()
        self.header.show_epoch(shown if context.followed else None)
        times = "every epoch" if answer.every == 1 else f"every {answer.every:,} epochs"
        self.header.subtitle.set_text(
            f"probability of each class, {times} · ▲ becomes right, ▼ wrong again"
        )

    def toggle(self) -> None:
        """Follow the shown sample, or no longer."""
        context = self.now or self._context
        if context is None:
            return
        sample = context.sample
        if sample.part == "drawn":
            self.said.emit("a drawing is not in the data: only samples can be followed")
            return
        where = f"{context.run.part_name(sample.part)} #{sample.index}"
        known = any(_key(one) == _key(sample) for one in context.followed)
        self.intent.emit(Follow(sample.part, sample.index))
        if known:
            self.said.emit(f"{where} is followed no longer")
        elif self.visibleRegion().isEmpty():
            self.said.emit(f"{where} is followed  (Shift+T shows it)")

    def follow_one_of_each(self) -> None:
        """Follow the first sample of each class."""
        context = self.now or self._context
        if context is None:
            return
        run = context.run
        part: Part = "validation" if len(run.dataset.validation_y) else "train"
        labels = run.samples(part)[1]
        _, first = np.unique(labels, return_index=True)
        known = {_key(sample) for sample in context.followed}
        for index in first[:AT_ONCE].tolist():
            if _key(run.sample(part, index)) not in known:
                self.intent.emit(Follow(part, index))

    def commands(self) -> list[Command]:
        """Follow, and show who is followed."""
        return [
            ("follow", "Follow the shown sample, or no longer", ["T"], self.toggle),
            ("followed", "Followed samples over the epochs", ["Shift+T"], self.wanted.emit),
        ]

    def eventFilter(self, watched, event) -> bool:
        """Arrange the cards anew when there is more or less room."""
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return super().eventFilter(watched, event)

    def _on_probed(self, epoch: int | None) -> None:
        for card in self.cards:
            card.show_probe(epoch)

    def apply_palette(self, palette: Palette) -> None:
        """Take the colours of a theme."""
        super().apply_palette(palette)
        self.add.setIcon(icon("add", palette.dim))
        for card in self.cards:
            card.apply_palette(palette)
        self._place_buttons()
        self._arrange()


def _key(sample: Sample) -> tuple[Part, int]:
    return sample.part, sample.index


def _which(card: Card) -> tuple[Part, int]:
    assert card.sample is not None, "a card has a sample"
    return _key(card.sample)


PANEL = FollowedPanel
