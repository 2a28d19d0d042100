"""``evaluate``: what trained weights get right on samples they were not trained on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from nnfs_cli.notes import print_notes
from nnfs_cli.progress import with_bar
from nnfs_core.data import Progress, read_samples
from nnfs_core.data.reading import AUTO
from nnfs_core.diagnose.evaluation import Evaluation, measure
from nnfs_core.disk.whole import user_path
from nnfs_core.errors import UserError, one_line
from nnfs_core.files.meeting import Met, Visitor, meet
from nnfs_core.files.trained import load_trained
from nnfs_core.text.numbers import loss_text, percent


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be measured.

    Attributes
    ----------
    spec : str, optional
        The dataset; by default the one the weights were trained on, where the file says so.
    data_dir : Path, optional
        Where MNIST lies.
    part : str, optional
        Which of its samples; see :func:`~nnfs_core.files.meeting.meet`.
    image : str
        Whether a row is a picture, where nothing says.
    activation : str, optional
        Of the hidden layers, whatever the file says.
    """

    spec: str | None = None
    data_dir: Path | None = None
    part: str | None = None
    image: str = AUTO
    activation: str | None = None


def print_evaluation(weights: Path, question: Question, *, as_json: bool) -> int:
    """Measure trained weights on some data, and print what comes out.

    Raises
    ------
    UserError
        When weights or data cannot be used, or do not fit each other.
    """
    path = user_path(weights)
    trained = load_trained(path, question.activation)
    spec = question.spec or trained.dataset
    if spec is None:
        raise UserError("the weights do not say what they were trained on; --dataset is needed")
    visitor = Visitor.of(trained, path)
    rules = visitor.reading().rules
    dtype = trained.parameters.flat.dtype

    def meeting(progress: Progress | None) -> Met:
        samples = read_samples(spec, question.data_dir, progress, rules)
        return meet(
            visitor,
            spec,
            samples,
            question.part,
            image=question.image,
            dtype=dtype,
            progress=progress,
        )

    met = with_bar(meeting)
    result = measure(trained.network, trained.parameters, met.x, met.y)
    assert isinstance(result, Evaluation), "what predicts a number does not meet files"
    notes = (*trained.notes, *met.notes)
    if as_json:
        report = {
            "weights": str(path),
            "dataset": met.name,
            "part": met.part,
            "trained_on_it": met.own,
            "samples": result.samples,
            "accuracy": result.accuracy,
            "loss": None if math.isnan(result.loss) else result.loss,
            "classes": list(met.classes),
            "confusion": result.confusion.tolist(),
            "unknown_classes": met.unknown,
            "notes": list(notes),
        }
        print(json.dumps(report))
        return 0
    if met.part == "all":
        which = f"all {result.samples} samples of {met.name}"
    else:
        which = f"{result.samples} {met.part} samples of {met.name}"
    if not met.own and trained.meaning.data is not None:
        which += ", not the data it was trained on last"  # what came before is not known
    loss = "" if math.isnan(result.loss) else f"  loss {loss_text(result.loss)}"
    print(f"{percent(result.accuracy, 2)} of {one_line(which)}{loss}")
    print_notes(notes)
    return 0
