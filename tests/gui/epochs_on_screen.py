"""Reads every text and mark of the window that belongs to an epoch, and compares them.

The header says which epoch is shown. What is painted is of that epoch, or prints its own; and what
is said of an epoch is what was recorded of it. Numbers are read as a person reads them, however
they are written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from tests.gui.screen import LOWERED
from visualizer.panels.base import Panel
from visualizer.panels.curves import CurvesPanel
from visualizer.view.covers import Covers
from visualizer.window.main_window import MainWindow

NUMBER = re.compile(r"([+-]?)(\d+(?:\.(\d*))?)(?:(?:×10|e)([+-]?\d+))?")


def agrees(text: str, value: float) -> bool:
    """Say whether a text is how a number could be written: rounded, or with < or > before it."""
    text = text.translate(LOWERED).replace(",", "").removesuffix("%").strip()
    if text == "–":
        return math.isnan(value)
    if text[:1] in ("<", ">"):
        bound = float(text[1:])
        return value <= bound if text[0] == "<" else value >= bound
    found = NUMBER.fullmatch(text)
    if found is None:
        return False
    sign, digits, decimals, power = found.groups()
    unit = 10.0 ** (int(power or 0) - len(decimals or ""))
    written = float(f"{sign}{digits}e{power or 0}")
    return abs(written - value) <= unit * (1 + 1e-9)


def epoch_of(text: str) -> int | None:
    """Return the epoch that a text names: ``epoch 1,234``."""
    found = re.search(r"epoch ([\d,]+)", text)
    return int(found[1].replace(",", "")) if found else None


def printed_epoch(panel: Panel) -> int | None:
    """Return the epoch that the title of a panel says it is of."""
    label = panel.header.epoch
    return epoch_of(label.text()) if label.isVisibleTo(panel.header) else None


def contradictions(window: MainWindow) -> Iterator[str]:
    """Yield what does not agree with the epoch in the header, or with the recording."""
    view = window.view
    if view.drawing.last is None or not view.bar.numbers.epoch.text():
        return
    context = view.drawing.last[1]
    epoch = int(view.bar.numbers.epoch.text().replace(",", ""))
    if epoch >= len(context.recording):
        yield f"the header says epoch {epoch}, {len(context.recording)} are recorded"
        return
    metrics = context.recording[epoch]
    loss, accuracy = view.bar.numbers.loss.text(), view.bar.numbers.accuracy.text()
    if not agrees(loss, metrics.train_loss):
        yield f"the header says loss {loss} at epoch {epoch}: {metrics.train_loss}"
    if not agrees(accuracy, 100 * metrics.validation_score):
        yield f"the header says {accuracy} at epoch {epoch}: {metrics}"
    yield from _of_the_timeline(window, epoch)
    title = epoch_of(window.windowTitle())
    if title not in (None, epoch):
        yield f"the window's title says epoch {title}, the header {epoch}"
    for key, dock in view.docks.items():
        if dock.in_sight and not _covered(view.drawing.covers, dock.panel):
            for text in _of_a_panel(window, key, epoch):
                yield f"{key}, with epoch {epoch} in the header: {text}"


def _covered(covers: Covers, panel: Panel) -> bool:
    return any(cover.isVisible() for cover in covers.over(panel))


def _of_the_timeline(window: MainWindow, epoch: int) -> Iterator[str]:
    track, context = window.view.timeline.track, window.view.drawing.last[1]
    if track.shown != epoch:
        yield f"the timeline stands at {track.shown}, the header says {epoch}"
    if context.live and track.newest != epoch:
        yield f"the timeline goes to {track.newest}, the header says {epoch}"
    accuracy = context.recording.column("validation_score")[: track.newest + 1]
    for at, kind, text in track.marks:
        if at > track.newest:
            yield f"the timeline has a mark at {at}, after its newest epoch {track.newest}"
        if kind == "best":
            best = int(np.nanargmax(accuracy))
            share = re.search(r"([<>]?[\d.]+) %", text)
            if at != best or share is None or not agrees(share[1], 100 * accuracy[best]):
                yield f"the timeline says {text!r} at {at}, it is epoch {best} of {track.newest}"


def _of_a_panel(window: MainWindow, key: str, epoch: int) -> Iterator[str]:
    view = window.view
    panel, (_, context) = view.panels[key], view.drawing.last
    if isinstance(panel, CurvesPanel):
        yield from _of_a_curve(panel, context, epoch)
    elif key == "experiment":
        if ("not trained yet" in panel.facts.text()) != (context.newest == 0):
            yield f"it says {panel.facts.text()!r}"
    elif key in ("network", "weights", "samples"):
        canvas = panel.gallery if key == "samples" else panel.canvas
        if canvas._frame is not None and canvas._frame.epoch != epoch:
            yield f"it is of epoch {canvas._frame.epoch}"
    elif key == "draw":
        if panel._frame is not None and panel._frame.epoch != epoch:
            yield f"it is of epoch {panel._frame.epoch}"
    elif key == "confusion":
        yield from _of_the_confusion(panel, context)
    elif key == "inspector":
        yield from _of_the_inspector(panel, context)
    elif key == "health":
        plots = [panel.plots.all[number] for number in panel.plots.seen]
        shown = {plot.shown for plot in plots}
        lines = {plot.plot.shown_line.value() for plot in plots}
        if panel.historian.answer.question is not None and (
            shown != {printed_epoch(panel)} or lines != shown
        ):
            yield f"its title says {printed_epoch(panel)}, its plots {shown}, their lines {lines}"
    elif key == "followed":
        for card in panel.cards[: len(context.followed)]:
            drawn = len(card.epochs) > 0 and card.isVisible()
            if drawn and not card.shown == printed_epoch(panel) == card.plot.shown_line.value():
                yield f"its title says {printed_epoch(panel)}, a card {card.shown}"


def _of_a_curve(panel: CurvesPanel, context, epoch: int) -> Iterator[str]:
    if panel.shown_line.value() != epoch:
        yield f"its line stands at {panel.shown_line.value()}"
    dots = panel.dots.getData()[0]
    if len(dots) and set(dots.tolist()) != {epoch}:
        yield f"its dots stand at {dots.tolist()}"
    for part, curve in (("train", panel.train), ("validation", panel.validation)):
        x, y = curve.getOriginalDataset()
        if x is None or not len(x):
            continue
        end = int(x[-1])
        if end > context.newest or (part == "train" and context.live and end != epoch):
            yield f"its {part} curve ends at epoch {end}"
        value = getattr(context.recording[end], f"{part}_{panel.measure}")
        drawn = float(panel.values(np.array([value]))[0])
        if not math.isclose(y[-1], drawn, rel_tol=1e-9):
            yield f"its {part} curve ends at {y[-1]}, it is {drawn} at epoch {end}"
    text = re.sub(r"<[^>]*>|&nbsp;", "", panel.legend.text())
    short = re.match(r"\s*([\d,]+):", text)  # "12:" where there is no room for "epoch 12"
    probed = epoch_of(text) if short is None else int(short[1].replace(",", ""))
    read = context.recording[epoch if probed is None else probed]
    # Where there is little room the names are left out: training first.
    numbers = re.findall(r"— (?:([a-z]\w*) )?(\S+)", text)
    if len(numbers) != 2:
        yield f"its read-out says {text!r}"
    for (_, number), part in zip(numbers, ("train", "validation"), strict=False):
        value = getattr(read, f"{part}_{panel.measure}")
        if not agrees(number, value if panel.measure == "loss" else 100 * value):
            yield f"its read-out says {text!r}, at epoch {read.epoch} it is {value}"


def _of_the_confusion(panel: Panel, context) -> Iterator[str]:
    """It prints its epoch with its numbers: they are those of that epoch."""
    if panel.result is None or panel.result[0] is not context.run:
        return
    said = panel.header.subtitle._text
    found = re.match(r"epoch ([\d,]+): ([\d,]+) of ([\d,]+) right, (\S+) %", said)
    if found is None:
        yield f"it says {said!r}"
        return
    at, right, count = (int(number.replace(",", "")) for number in found.groups()[:3])
    known = panel.result[2].metrics
    if at != known.epoch or not agrees(found[4], 100 * right / count):
        yield f"it says {said!r}"
    accuracy, validation = known.validation_score, panel.part.currentData() == "validation"
    recorded = validation and not math.isnan(accuracy)
    if recorded and not math.isclose(right / count, accuracy, abs_tol=1e-6):
        yield f"it says {said!r}, recorded is {accuracy}"


def _of_the_inspector(panel: Panel, context) -> Iterator[str]:
    if panel._found is None or panel._found.context.recording is not context.recording:
        return
    text, at = panel.view.toPlainText(), printed_epoch(panel)
    if epoch_of(text) != at:
        yield f"its title says epoch {at}, its page {epoch_of(text)}"
        return
    mean = re.search(r"mean loss, training part\s+(\S+)", text)
    if mean is not None and not agrees(mean[1], context.recording[at].train_loss):
        yield f"it says {mean[0]!r}, at epoch {at} it is {context.recording[at].train_loss}"
