"""The page: weights, three ways to bring a picture, and what the network makes of it.

Handlers hold no state of their own: what a visitor has chosen is in the session's
:class:`Visit`, so that two visitors never see each other's pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from nnfs_core.disk.npz import open_zip
from nnfs_core.errors import UserError
from nnfs_core.pictures.file import read_grey
from nnfs_core.text.glossary import WORDS, words_in
from nnfs_web import plots
from nnfs_web.answer import Answer, Array, answer_picture, answer_sample
from nnfs_web.model import Model, load_model
from nnfs_web.pictures import data_url, decoded

HERE = Path(__file__).parent
TITLE = "What does the network see?"
HINT = '<p class="nnfs-hint">Pick a test picture, draw a digit, or open a picture of your own.</p>'
DRAW = '<p class="nnfs-hint" role="status">Draw a digit: the answer follows the pen.</p>'
SPOKEN = (
    "accuracy class epoch hidden layer parameters pixel probability relu sample softmax test unit "
    "weight"
)
"""The technical words that stand on the page."""

MAX_UNPACKED = 512 * 2**20
"""Weights from a visitor may not unpack to more bytes than this."""

Upload = Mapping[str, Any]
"""A file that a visitor has sent: where it is kept is its ``path``."""

PAD = """
<div class="nnfs-pad">
  <canvas tabindex="0" role="img" aria-label="Sketch pad. Draw with the mouse, a finger or a pen;
or with the keys: arrows move, space puts the pen down and up." title="Draw one digit. With the
keys: arrows move, Space puts the pen down and up, Ctrl+Z undoes, Delete clears."></canvas>
  <div class="nnfs-tools">
    <button type="button" class="nnfs-undo" title="Take back the last stroke (Ctrl+Z)">Undo</button>
    <button type="button" class="nnfs-clear" title="Take back everything (Delete)">Clear</button>
    <label title="How thick the next stroke is">Pen
      <input type="range" min="6" max="40" value="18" aria-label="Thickness of the pen"></label>
  </div>
</div>
"""


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """What one visitor has chosen.

    Attributes
    ----------
    model : str
        The name of the weights in use.
    own : Model, or None
        Weights this visitor has brought.
    sample : int, or None
        The test picture in view.
    grey : ndarray, or None
        The drawing or the own picture in view.
    """

    model: str
    own: Model | None = None
    sample: int | None = None
    grey: Array | None = None


class Page:
    """Builds the page for some models and answers what happens on it.

    Parameters
    ----------
    models : mapping of str to Model
        What every visitor can choose from; the first is in use to begin with.
    load : callable
        Makes a model of a visitor's file: ``load(path, name)``.
    """

    def __init__(
        self, models: Mapping[str, Model], load: Callable[[Path, str], Model] = load_model
    ) -> None:
        self._models = dict(models)
        self._load = load
        self._first = next(iter(self._models))

    def model(self, visit: Visit) -> Model:
        """Return the model in use; after a restart of the server the first one."""
        if visit.own is not None and visit.own.name == visit.model:
            return visit.own
        return self._models.get(visit.model, self._models[self._first])

    def names(self, visit: Visit) -> list[str]:
        """Return the names of the weights a visitor can choose from."""
        return [*self._models, *([visit.own.name] if visit.own else [])]

    def on_pick(self, visit: Visit, event: gr.EventData) -> tuple[Visit, str]:
        """Show a test picture."""
        index = getattr(event, "index", None)
        visit = replace(visit, sample=index if type(index) is int else -1, grey=None)
        return visit, numbered(self.shown(visit), event)

    def on_drawn(self, visit: Visit, event: gr.EventData) -> tuple[Visit, str]:
        """Show what has been drawn so far."""
        if not getattr(event, "picture", ""):
            return replace(visit, sample=None, grey=None), numbered(DRAW, event)
        try:
            grey = read_grey(decoded(event.picture), "the drawing")
        except UserError as error:
            return visit, numbered(failure(error), event)
        visit = replace(visit, sample=None, grey=grey)
        return visit, numbered(self.shown(visit), event)

    def on_picture(self, visit: Visit, file: Upload | None) -> tuple[Visit, str]:
        """Show a picture that was opened; an unreadable one changes nothing."""
        if file is None:
            return visit, self.shown(visit)
        path = file["path"]
        try:
            grey = read_grey(Path(path).read_bytes(), Path(path).name)
            opened = replace(visit, sample=None, grey=grey)
            answer_picture(self.model(opened), grey)
        except UserError as error:
            return visit, failure(error)
        return opened, self.shown(opened)

    def on_choose(self, visit: Visit, name: str) -> tuple[Visit, str, str, str]:
        """Use other weights, for the picture that is in view where they can."""
        if name not in self.names(visit):
            model = self.model(visit)
            said = failure(UserError("there are no such weights", found=name))
            return visit, status(model) + said, gallery(model, visit.sample), self.shown(visit)
        visit = replace(visit, model=name)
        if visit.sample is not None and visit.sample >= len(self.model(visit).x):
            visit = replace(visit, sample=None)
        model = self.model(visit)
        return visit, status(model), gallery(model, visit.sample), self.shown(visit)

    def on_weights(self, visit: Visit, file: Upload | None) -> tuple[Visit, Any, str, str, str]:
        """Use a visitor's own weights; a bad file, or none, leaves everything as it was."""
        if file is None:
            return visit, gr.skip(), gr.skip(), gr.skip(), gr.skip()
        path = file["path"]
        name = Path(path).name
        try:
            check_unpacked(Path(path), name)
            own = self._load(Path(path), _other_than(name, self._models))
        except UserError as error:
            model = self.model(visit)
            said = failure(str(error).replace(path, name))
            same = gr.update(value=visit.model)
            return visit, same, status(model) + said, gr.skip(), gr.skip()
        visit = replace(visit, own=own)
        visit, line, pictures, shown = self.on_choose(visit, own.name)
        choices = gr.update(choices=self.names(visit), value=own.name)
        return visit, choices, line, pictures, shown

    def answer(self, visit: Visit) -> Answer | None:
        """Return the answer for what is in view, None when nothing is."""
        if visit.sample is not None:
            return answer_sample(self.model(visit), visit.sample)
        return None if visit.grey is None else answer_picture(self.model(visit), visit.grey)

    def shown(self, visit: Visit) -> str:
        """Return what the right-hand side shows."""
        try:
            answer = self.answer(visit)
        except UserError as error:
            return failure(error)
        return HINT if answer is None else plots.result(answer)

    def build(self) -> gr.Blocks:
        """Make the page."""
        model = self._models[self._first]
        first = Visit(self._first, sample=0 if len(model.x) else None)
        with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 3600)) as page:
            visit = gr.State(first)
            gr.HTML(
                f'<header class="nnfs-head"><h1>{TITLE}</h1><p>A neural network written by hand '
                "in NumPy reads digits. Every number here is its own.</p></header>"
            )
            with gr.Row(elem_id="nnfs-columns"):
                with gr.Column(scale=5, min_width=320):
                    with gr.Column(elem_classes="nnfs-panel"):
                        choice = gr.Radio(
                            self.names(first), value=first.model, label="Weights", elem_id="weights"
                        )
                        own = gr.UploadButton(
                            "Use own weights …",
                            file_types=[".npz", ".safetensors"],
                            size="sm",
                            elem_id="own-weights",
                        )
                        line = gr.HTML(status(model), elem_id="status")
                    with gr.Column(elem_classes="nnfs-panel"), gr.Tabs():
                        with gr.Tab("Test pictures"):
                            pictures = gr.HTML(
                                gallery(model, first.sample),
                                elem_id="gallery",
                                js_on_load=_script("pace.js", "gallery.js"),
                            )
                        with gr.Tab("Draw"):
                            pad = gr.HTML(
                                html_template=PAD, js_on_load=_script("pace.js", "pad.js")
                            )
                        with gr.Tab("Own picture"):
                            opened = gr.File(
                                label="A picture of one digit",
                                file_types=["image"],
                                elem_id="own-picture",
                                height=150,
                            )
                with gr.Column(scale=7, min_width=320, elem_classes="nnfs-panel"):
                    shown = gr.HTML(self.shown(first), elem_id="result")
            gr.HTML(explained())
            seen = [visit, shown]
            everything = [visit, line, pictures, shown]
            live: dict[str, Any] = {
                "show_progress": "hidden",
                "queue": False,
                "trigger_mode": "multiple",
                "api_visibility": "private",
            }
            pictures.pick(self.on_pick, visit, seen, **live)
            pad.drawn(self.on_drawn, visit, seen, **live)
            # What was chosen is checked by the handler, which says what is wrong on the page.
            live["preprocess"] = False
            opened.change(self.on_picture, [visit, opened], seen, **live)
            choice.input(self.on_choose, [visit, choice], everything, **live)
            own.upload(self.on_weights, [visit, own], [visit, choice, *everything[1:]], **live)
        return page


def explained() -> str:
    """Explain the technical words of the page, in the lines that the window has for them."""
    words = words_in(SPOKEN, most=len(WORDS))
    lines = "".join(
        f"<dt>{escape(word.name)}</dt><dd>{escape(word.line)} <i>{escape(word.formula)}</i></dd>"
        for word in words
    )
    return f'<details class="nnfs-words"><summary>Words</summary><dl>{lines}</dl></details>'


def status(model: Model) -> str:
    """Say in one line which network is in use, and what is assumed of it in one each."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in model.notes)
    more = f'<ul class="nnfs-notes">{notes}</ul>' if notes else ""
    return f'<p class="nnfs-status">{escape(model.about)}</p>{more}'


def failure(error: UserError | str) -> str:
    """Show an error: one line, and read out at once."""
    return f'<p class="nnfs-error" role="alert">{escape(str(error))}</p>'


def numbered(shown: str, event: gr.EventData) -> str:
    """Mark what is shown with the number of the event it answers, which the sender waits for."""
    number = getattr(event, "number", None)
    return f'<div data-number="{number}">{shown}</div>' if type(number) is int else shown


def gallery(model: Model, pressed: int | None = None) -> str:
    """Show the test pictures as buttons, or why there are none."""
    if model.problem:
        said = escape(model.problem)
        return f'<p class="nnfs-error">No test pictures: {said}. Drawing works.</p>'
    buttons = []
    for index, (x, y, found) in enumerate(zip(model.x, model.y, model.read_as, strict=True)):
        name = escape(model.classes[y])
        on = str(index == pressed).lower()
        missed = f", read as {escape(model.classes[found])}" if found != y else ""
        buttons.append(
            f'<button type="button" data-index="{index}" aria-pressed="{on}" '
            f'tabindex="{0 if index == (pressed or 0) else -1}" title="{name}{missed}" '
            f'aria-label="Test picture {index + 1}: {name}{missed}" '
            f'class="{"nnfs-missed" if missed else ""}">'
            f'<img src="{data_url(x.reshape(model.shape))}" alt=""></button>'
        )
    missed_all = int((model.read_as != model.y).sum())
    misread = f"✗ marks the {missed_all} it misreads" if missed_all else "it misreads none of them"
    note = f"{len(model.x)} pictures the network was not trained on; {misread}."
    return (
        f'<div class="nnfs-gallery" role="group" aria-label="Test pictures">{"".join(buttons)}'
        f'</div><p class="nnfs-dim">{note}</p>'
    )


def check_unpacked(path: Path, name: str) -> None:
    """Refuse an archive that would fill the server's memory.

    Raises
    ------
    UserError
        When what it claims to hold is too much; what is no archive is left to the reader.
    """
    try:
        with open_zip(path, "weights") as archive:
            claimed = sum(member.file_size for member in archive.infolist())
    except UserError:
        return
    if claimed > MAX_UNPACKED:
        raise UserError(
            "the weights are too large",
            where=name,
            expected=f"at most {MAX_UNPACKED // 2**20} MiB",
            found=f"{claimed // 2**20} MiB",
        )


def _other_than(name: str, taken: Mapping[str, Model]) -> str:
    return f"{name} (own)" if name in taken else name


def _script(*names: str) -> str:
    return "\n".join((HERE / name).read_text("utf-8") for name in names)
