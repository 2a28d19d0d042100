"""What classes are called and in which order they stand; and which labels are no classes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from nnfs_core.data.prepare import MAX_CLASSES, IntArray
from nnfs_core.data.reading import OLD_RULES, RULES
from nnfs_core.errors import UserError

MOST_NUMBERS = 20
"""Different numbers that may be classes, however seldom each comes."""

MOST_DECIMAL = 5
"""The same for numbers that are not whole."""

EXACT = 2**53
"""Whole numbers below this are exact as floating-point numbers."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,18})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+(\.0*)?([eE][+]?[0-9]+)?", re.ASCII)
_DIGITS = re.compile(r"([0-9]+)", re.ASCII)

NO_CLASS = (
    "the labels are measurements, so there is a number to predict (regression) rather than a "
    "class; from Python, Dataset.from_arrays(x, y, task='regression') takes it"
)


def sorted_classes(labels: Sequence[str], rules: int = RULES) -> tuple[tuple[str, ...], IntArray]:
    """Return the classes in the order a person would put them, and the class of each label.

    Parameters
    ----------
    labels : sequence of str
        Different ones, as they are written. Whole numbers that are written in several ways, as
        ``1``, ``1.0`` and ``1e0``, are one class.
    rules : int
        Rules 1 knew no exponents.
    """
    classes: list[str]
    if all(_WHOLE.fullmatch(label) for label in labels):
        labels = [str(int(label.partition(".")[0])) for label in labels]
        classes = sorted(set(labels), key=int)
    elif all(_DECIMAL.fullmatch(label) for label in labels):
        classes = sorted(set(labels), key=lambda label: (float(label), label))
    elif rules > OLD_RULES and all(map(_NUMBER.fullmatch, labels)):
        if all(_is_whole(float(label)) for label in labels):
            labels = [str(int(float(label))) for label in labels]
        classes = sorted(set(labels), key=lambda label: (float(label), label))
    else:
        classes = sorted(set(labels), key=_natural)
    position = {name: index for index, name in enumerate(classes)}
    return tuple(classes), np.array([position[label] for label in labels], np.int64)


def _is_whole(number: float) -> bool:
    return abs(number) < EXACT and number == int(number)


def _natural(name: str) -> tuple[list[str | tuple[int, str]], str]:
    """Return what puts ``class2`` before ``class10``: numbers within names count as numbers.

    Text and runs of digits alternate, so that like is compared with like; runs of any length
    are compared by how long they are without leading zeros, and then digit by digit.
    """
    parts: list[str | tuple[int, str]] = list(_DIGITS.split(name))
    for at in range(1, len(parts), 2):
        digits = str(parts[at]).lstrip("0")
        parts[at] = (len(digits), digits)
    return parts, name


def refuse_measurements(classes: Sequence[str], samples: int, where: object) -> None:
    """Refuse labels that are a number to predict: each would be a class of its own.

    Those are many decimal numbers, or numbers that hardly ever come twice.

    Parameters
    ----------
    classes : sequence of str
        Different labels.
    samples : int
        How many samples have them.
    where : object
        The place of the labels.

    Raises
    ------
    UserError
        Saying how many there are.
    """
    if len(classes) <= MOST_DECIMAL or not all(map(_NUMBER.fullmatch, classes)):
        return
    decimal = not all(map(_WHOLE_NUMBER.fullmatch, classes))
    seldom = 2 * len(classes) > samples
    if (seldom and (decimal or len(classes) > MOST_NUMBERS)) or (
        decimal and len(classes) > MOST_NUMBERS
    ):
        kind = "decimal" if decimal else "whole"
        raise UserError(
            NO_CLASS,
            where=where,
            expected="a few classes",
            found=f"{len(classes):,} different {kind} numbers in {samples:,} rows",
        )


def too_many(classes: Sequence[str], where: object) -> UserError:
    """Return the error for more different labels than there can be classes.

    Parameters
    ----------
    classes : sequence of str
        So many of them that it is known.
    where : object
        The place of the labels.
    """
    numbers = all(map(_NUMBER.fullmatch, classes))
    return UserError(
        NO_CLASS if numbers else "there are too many different labels",
        where=where,
        expected=f"at most {MAX_CLASSES} classes",
        found=f"more than {MAX_CLASSES} different {'numbers' if numbers else 'labels'}",
    )
