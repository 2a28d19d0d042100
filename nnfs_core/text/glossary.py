"""Every technical word on screen, in a line for a sixteen-year-old, with its formula beside it.

The window, the web page and the guide all take their words from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Word:
    """A technical word.

    Attributes
    ----------
    name : str
    line : str
        What it means, in a sentence or two.
    formula : str
        Empty where there is none.
    also : tuple of str
        Other ways it is written on screen.
    """

    name: str
    line: str
    formula: str = ""
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Name, meaning and formula in one line."""
        formula = f"  {self.formula}" if self.formula else ""
        return f"{self.name}: {self.line}{formula}"


WORDS = (
    Word(
        "accuracy",
        "How many of the samples the network gets right, of a hundred.",
        "right / all · 100 %",
    ),
    Word(
        "activation",
        "The number a unit passes on; also the rule that makes it from the unit's sum.",
        "a = f(z)",
        ("activations",),
    ),
    Word(
        "adam",
        "An optimizer that gives every weight a step length of its own, from the gradients so far.",
        "w ← w − η·m̂ / (√v̂ + ε)",
    ),
    Word("backward", "The way back from the loss to every weight, layer by layer."),
    Word(
        "batch",
        "The samples that are looked at before each step of the weights; full is all of them.",
        also=("batches", "mini-batch", "mini-batches"),
    ),
    Word(
        "bias",
        "A number that a unit adds to its sum whatever comes in.",
        "z = Σ w·x + b",
        ("biases",),
    ),
    Word("branch", "Another way the same run went on from one of its epochs.", also=("branches",)),
    Word(
        "central difference",
        "A slope found by trying: move a number a little up and down, and see what the loss does.",
        "(L(w + h) − L(w − h)) / 2h",
    ),
    Word("class", "One of the answers the network can give.", also=("classes",)),
    Word(
        "confusion",
        "A table that counts which class is taken for which: rows are true, columns are answers.",
    ),
    Word("connection", "A weight, drawn as a line between two units.", also=("connections",)),
    Word("constant", "A schedule: the learning rate stays as it is.", "η"),
    Word(
        "cosine",
        "A schedule: the learning rate falls slowly, then quickly, then slowly to nearly 0.",
        "η · (1 + cos(π·(n − 1)/N)) / 2",
    ),
    Word(
        "cross-entropy",
        "A loss that looks at how sure the network is of the right answer: unsure is costly.",
        "L = −ln p",
    ),
    Word(
        "dead",
        "A unit that gives 0 for every sample: nothing passes, so it cannot learn any more.",
    ),
    Word(
        "delta",
        "How much the loss changes when the sum of a unit changes; it travels backwards.",
        "δ = ∂L/∂z",
        ("δ",),
    ),
    Word(
        "epoch",
        "One time through all training samples.",
        also=("epochs",),
    ),
    Word(
        "float32",
        "Numbers of 32 bits, about seven digits: quick, and exact enough to learn.",
    ),
    Word("float64", "Numbers of 64 bits, about sixteen digits."),
    Word("forward", "The way of a sample through the network, from the input to the answer."),
    Word(
        "gradient",
        "For every weight the direction and steepness in which the loss grows; a step goes the "
        "other way.",
        "∂L/∂w",
        ("gradients",),
    ),
    Word(
        "he",
        "First weights drawn at random so that relu layers pass on numbers of the same size.",
        "w ~ N(0, 2/inputs)",
    ),
    Word(
        "hidden layer", "Units between the input and the output.", also=("hidden layers", "hidden")
    ),
    Word("identity", "An activation that passes the sum on as it is.", "a = z"),
    Word("initializer", "The rule by which the first weights are drawn at random."),
    Word("input", "What the network is given: the brightness of each pixel, or a row of a table."),
    Word("keyframe", "A state of the network that is kept to go back to.", also=("keyframes",)),
    Word(
        "leaky_relu",
        "Like relu, but a little of what is below zero leaks through, so that units do not die.",
        "a = max(0.01·z, z)",
    ),
    Word(
        "learning rate",
        "How long a step is: too small and it takes for ever, too large and it jumps about.",
        "w ← w − η·g",
        ("η", "rate"),
    ),
    Word("logit", "The sum of an output before softmax makes a share of it.", "z", ("logits",)),
    Word("loss", "How wrong the network is, in one number; lower is better.", also=("L",)),
    Word(
        "mean-absolute-error",
        "How far predicted numbers are off, on average, whichever way.",
        "L = |z − t|",
        ("mean absolute error",),
    ),
    Word(
        "mean-squared-error",
        "A loss: how far each output is from what it should be, squared, and the mean of that.",
        "L = Σ (p − t)² / K",
    ),
    Word(
        "momentum",
        "An optimizer that keeps rolling: part of the last step is added to the next.",
        "v ← μ·v + g,  w ← w − η·v",
    ),
    Word(
        "nats",
        "The unit of the cross-entropy, made with the natural logarithm.",
        "−ln p",
    ),
    Word(
        "optimizer",
        "The rule that makes a step of the weights from the gradient.",
    ),
    Word(
        "overfitting",
        "Learning the training samples by heart: the network gets better on them, and worse on "
        "others.",
    ),
    Word("parameter", "A weight or a bias: a number that is learned.", also=("parameters",)),
    Word(
        "patience",
        "For how many epochs training waits for a lower validation loss before it stops by itself.",
    ),
    Word("pixel", "One dot of a picture, as a number: 0 is dark, 1 is bright.", also=("pixels",)),
    Word(
        "precision",
        "Of all samples that were called this class, how many are of it.",
        "right / called so",
    ),
    Word(
        "probability",
        "How sure the network is of a class, from 0 to 100 %.",
        "p = softmax(z)",
        ("probabilities",),
    ),
    Word("recall", "Of all samples of this class, how many were found.", "right / there are"),
    Word(
        "relu",
        "An activation that passes on what is above zero, and nothing else.",
        "a = max(0, z)",
    ),
    Word(
        "rmsprop",
        "An optimizer that takes shorter steps where gradients have been large.",
        "w ← w − η·g / (√s + ε)",
    ),
    Word(
        "saliency",
        "Which pixels matter: how much each would move the answer.",
        "∂p/∂x",
    ),
    Word("sample", "One example of the data, such as one picture.", also=("samples",)),
    Word(
        "saturated",
        "A tanh or sigmoid unit at the end of its range, where it hardly learns.",
    ),
    Word("schedule", "How the learning rate goes on while training does."),
    Word(
        "score",
        "How good the network is, in one number: the accuracy, or R² where it predicts a number.",
    ),
    Word("seed", "The number that random numbers start from: the same seed gives the same run."),
    Word(
        "sgd",
        "The plain optimizer: each step goes against the gradient.",
        "w ← w − η·g",
    ),
    Word("sigmoid", "An activation that squeezes every sum to between 0 and 1.", "a = 1/(1 + e⁻ᶻ)"),
    Word(
        "softmax",
        "Makes shares of 100 % out of the outputs' sums: the largest sum gets the largest share.",
        "p = eᶻ / Σ eᶻ",
    ),
    Word(
        "step-decay",
        "A schedule: the learning rate drops to a part of itself every so many epochs.",
    ),
    Word("tanh", "An activation that squeezes every sum to between −1 and 1.", "a = tanh(z)"),
    Word("test", "Samples kept aside, to see what the network can do with new ones."),
    Word("training", "The samples that are learned from; also the learning.", also=("train",)),
    Word(
        "uniform",
        "First weights drawn at random, each value of a range as likely as another.",
        "w ~ U(−½, ½)",
    ),
    Word(
        "unit",
        "One circle of the network: it adds up what comes in, and passes a number on. Also called "
        "a neuron.",
        "a = f(Σ w·x + b)",
        ("units", "neuron", "neurons"),
    ),
    Word("update", "What a step adds to a weight.", "Δw", ("updates",)),
    Word(
        "validate every",
        "Epochs from one look at the validation samples to the next.",
    ),
    Word(
        "validation",
        "Samples that are not learned from, to see how the network does on ones it does not know.",
        also=("val", "val."),
    ),
    Word(
        "warm-up",
        "A schedule: the learning rate rises to its full size over the first epochs.",
        "η · n / warm-up",
    ),
    Word(
        "weight",
        "A number on a connection: how much of what comes in is passed on, and with which sign.",
        "w",
        ("weights",),
    ),
    Word(
        "weight decay",
        "A pull of every weight towards 0, so that none grows large without need.",
        "(λ/2)·Σ w²",
    ),
    Word(
        "xavier",
        "First weights drawn at random so that tanh layers pass on numbers of the same size.",
        "w ~ U(−l, l),  l = √(6/(inputs + outputs))",
    ),
    Word("zeros", "First weights that are all 0: then all units learn the same."),
)
"""In the order of the alphabet."""

MOST = 4
"""Words that are explained at once."""


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, Word]]:
    known = {spelling.lower(): word for word in WORDS for spelling in (word.name, *word.also)}
    # The longest first: "weight decay" is not a weight.
    spellings = sorted(known, key=len, reverse=True)
    either = "|".join(map(re.escape, spellings))
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])", re.IGNORECASE), known


def words_in(text: str, most: int = MOST) -> list[Word]:
    """Return the technical words of a text, in their order, each once."""
    pattern, known = _pattern()
    found = dict.fromkeys(
        known[match[0].lower()]
        for match in pattern.finditer(text)
        if match[0] != "l" and not (match[0].lower() == "he" and match[0] != "he")
    )
    return list(found)[:most]
