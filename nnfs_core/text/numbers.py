"""How numbers of a run are written, for people: on screen, in pictures, on a terminal, on a page.

Everything that prints such a number takes it from here, so that one number reads the same
everywhere. Four figures count; what has many places before or after its point is written with a
power of ten, 1.05×10⁻⁹, and a figure less. What is not 0 is never written as 0, what is not all
never as 100 %, and what is not none never as 0 %. What a program reads (JSON, tables, files) is
not written here: it keeps every digit.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

MINUS, SPACE, FIGURE_SPACE, NONE = "−", "\u00a0", "\u2007", "–"
"""A true minus, spaces as wide as a letter needs and as a figure is, and a dash for no number."""

FIGURES = 4
"""How many figures of a number count, unless it says otherwise."""

ROOM = 10
"""Characters that a number needs at most where its neighbours must not move: ``−0.0001234``."""

LEAST_POWER, LEAST_RAISED = -4, 5
"""Powers of ten from which numbers are written plainly, and from which they are not any more."""

FARTHEST = 1.0
"""Shares beyond this are none, and are written so that they can be read all the same."""

NEAR = 5e-4
"""Below this a probability is written as 1 minus what is missing."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


# Quantities: losses, weights, activations, gradients


def number(value: float, figures: int = FIGURES, *, signed: bool = False) -> str:
    """Write a number: ``0.07340``, ``2.303``, ``−1.05×10⁻⁹``, ``0``, ``∞``, ``not a number``.

    Parameters
    ----------
    value : float
    figures : int
        How many of it count; zeros at the end are among them.
    signed : bool
        Write a plus, too.
    """
    return _written(float(value), figures, signed=signed, zeros=True)


def brief(value: float, figures: int = FIGURES, *, signed: bool = False) -> str:
    """Write a number without zeros at its end: ``0.5``, ``1.5×10⁻⁷``; else as :func:`number`."""
    return _written(float(value), figures, signed=signed, zeros=False)


def setting(value: float) -> str:
    """Write a setting, such as a learning rate, as it was typed: ``0.001``, ``1×10⁻⁸``."""
    return brief(value, 7)


def plain(value: float) -> str:
    """Write a number, a whole one without decimals."""
    return brief(value) if abs(value) < 1000 and value == int(value) else number(value)


def short(value: float) -> str:
    """Write a number where there is room for few characters, such as beside a unit.

    Two decimals; a small one has as many as its first figure needs, or a power of ten.
    """
    value = float(value)
    if abs(value) < 0.995e-2:
        return brief(value, 1)
    if not abs(value) < 1e4:
        return number(value, 2)
    return f"{abs(value):.2f}" if value >= 0 else f"{MINUS}{-value:.2f}"


def fitted(value: float, room: int = ROOM) -> str:
    """Write a number with as many of its four figures as there is room for.

    Parameters
    ----------
    value : float
    room : int
        In characters; :data:`ROOM` is enough for every number of one figure at least.
    """
    for figures in range(FIGURES, 1, -1):
        text = number(value, figures)
        if len(text) <= room:
            return text
    return brief(value, 1)


def padded(value: float, room: int = ROOM, space: str = FIGURE_SPACE) -> str:
    """Write a number as :func:`fitted` does, at the end of just as many characters as ``room``."""
    return fitted(value, room).rjust(room, space)


def loss_text(loss: float) -> str:
    """Write a loss, in at most :data:`ROOM` characters; a dash where none was computed."""
    return NONE if math.isnan(loss) else fitted(loss)


def amount(value: float) -> str:
    """Write a round number, such as the end of a scale: ``1,500``, ``0.7``."""
    if abs(value) < 1e9 and value == int(value):
        return f"{int(value):,}".replace("-", MINUS)
    return brief(value, 3)


def power_of_ten(exponent: int) -> str:
    """Write a power of ten: ``10⁻³``."""
    return f"10{str(exponent).translate(RAISED)}"


def tick_text(mantissa: float, exponent: int) -> str:
    """Write mantissa·10^exponent beside an axis: ``0.002``, ``500``, ``10⁵``, ``2×10⁻⁵``.

    Parameters
    ----------
    mantissa : float
        From 1 to 10.
    exponent : int
        Any: the number after the largest one of a computer can be written, too.
    """
    if LEAST_POWER <= exponent < LEAST_RAISED:
        return brief(float(f"{mantissa:.2f}e{exponent}"), 3)
    first, power = brief(mantissa, 3), power_of_ten(exponent)
    return power if first == "1" else f"{first}×{power}"


def _written(value: float, figures: int, *, signed: bool, zeros: bool) -> str:
    if not math.isfinite(value):
        return f"{MINUS if value < 0 else ''}∞" if math.isinf(value) else "not a number"
    if value == 0:
        return "0"
    sign, size = MINUS if value < 0 else "+" if signed else "", abs(value)
    power = int(f"{size:.{figures - 1}e}".split("e")[1])
    if LEAST_POWER <= power < max(LEAST_RAISED, figures):
        text = f"{size:.{max(0, figures - 1 - power)}f}"
        return sign + (text if zeros else _without_zeros(text))
    # A power of ten takes room; what it leaves is a figure less, but not less than two.
    decimals = max(min(figures, 2), figures - 1) - 1
    mantissa, exponent = f"{size:.{decimals}e}".split("e")
    if not zeros:
        mantissa = _without_zeros(mantissa)
    return f"{sign}{mantissa}×{power_of_ten(int(exponent))}"


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


# Shares: accuracies, confidences


def figures_of(share: float, decimals: int = 1) -> str:
    """Write a share as per cent, without the sign.

    Parameters
    ----------
    share : float
        From 0 to 1; nan is written as a dash.
    decimals : int

    Returns
    -------
    str
        Rounded. What is below 1 is never written as 100 but as ``">99.9"``, and what is
        above 0 never as 0 but as ``"<0.1"``.
    """
    share = float(share)
    if math.isnan(share):
        return NONE
    if not 0 <= share <= FARTHEST:
        return number(100 * share)
    text, step = f"{100 * share:.{decimals}f}", 10.0**-decimals
    if share < 1 and float(text) >= 100:
        return f">{100 - step:.{decimals}f}"
    if share > 0 and float(text) <= 0:
        return f"<{step:.{decimals}f}"
    # A share of −0 is one of 0.
    return text.removeprefix("-")


def percent(share: float, decimals: int = 1) -> str:
    """Write a share as per cent: ``97.2 %``, ``>99.9 %``; see :func:`figures_of`."""
    return NONE if math.isnan(share) else f"{figures_of(share, decimals)} %"


def explained(score: float, decimals: int = 1) -> str:
    """Write R², with two decimals more than a share in per cent; never 1 for what is not."""
    if math.isnan(score):
        return NONE
    if not abs(score) < 10:
        return number(score)
    text = f"{score:.{decimals + 2}f}"
    if score < 1 and float(text) == 1:
        return f">0.{'9' * (decimals + 2)}"
    return text.replace("-", MINUS)


def chance_figures(probabilities: ArrayLike, k: int, decimals: int = 1) -> str:
    """Write the probability of a class as per cent, without the sign.

    Parameters
    ----------
    probabilities : array_like, shape (classes,)
        Of all classes. Where p_k has been rounded to 1, they tell whether that is all.
    k : int
        The class.
    decimals : int
        As for :func:`figures_of`.
    """
    return figures_of(_less_than_all(probabilities, k), decimals)


def chance(probabilities: ArrayLike, k: int, decimals: int = 1) -> str:
    """Write the probability of a class as per cent: see :func:`chance_figures`."""
    return percent(_less_than_all(probabilities, k), decimals)


def _less_than_all(probabilities: ArrayLike, k: int) -> float:
    p = np.asarray(probabilities)
    # Others of 10⁻⁹ are lost in float32 beside their 1: it is not all of it.
    return math.nextafter(1, 0) if p[k] == 1 and np.count_nonzero(p) > 1 else float(p[k])


# Probabilities in formulas, where four figures cannot tell them from 1


def missing_to_one(probabilities: ArrayLike, k: int) -> float | None:
    """Return 1 − p_k where p_k is to be written that way.

    Parameters
    ----------
    probabilities : array_like, shape (classes,)
        Of all classes; they sum to 1.
    k : int
        The class.

    Returns
    -------
    float or None
        The sum of all other probabilities, which has the digits that 1 − p_k would lose; None
        where p_k can be written as it is, also where nothing is missing at all.
    """
    others = float(np.delete(np.asarray(probabilities, np.float64), k).sum())
    return others if 0 < others < NEAR else None


def probability(probabilities: ArrayLike, k: int, *, factor: bool = False) -> str:
    """Write the probability of a class; one that is nearly 1 as 1 minus what is missing.

    Parameters
    ----------
    probabilities : array_like, shape (classes,)
        Of all classes; they sum to 1.
    k : int
        The class.
    factor : bool
        Whether it stands beside an operator, so that a difference needs brackets.
    """
    missing = missing_to_one(probabilities, k)
    if missing is None:
        return number(float(np.asarray(probabilities)[k]))
    text = f"1{SPACE}{MINUS}{SPACE}{number(missing)}"
    return f"({text})" if factor else text


# Time


def speed_text(rate: float | None) -> str:
    """Write a speed that was chosen, in epochs per second; None is as fast as it goes."""
    if rate is None:
        return "full speed"
    return f"{amount(rate)} epoch{'' if rate == 1 else 's'}/s"


def pace_text(seconds: float) -> str:
    """Write how fast epochs follow each other, given what one takes: 0 where no clock tells."""
    if seconds < 1e-6:
        return "more than 1,000,000 epochs/s"
    if seconds < 0.2:
        return f"{round(1 / seconds):,} epochs/s"
    return f"{brief(seconds, 3)} s/epoch"
