"""Whether a sample is a picture: by what the data says of itself, and by what a person says."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import NamedTuple

from nnfs_core.data.prepare import square_shape
from nnfs_core.data.reading import AUTO, NONE, Reading
from nnfs_core.data.samples import Samples
from nnfs_core.data.scaling import Extent
from nnfs_core.errors import UserError

FEWEST = 64
"""Columns from which whole numbers without names may be the pixels of a picture."""

_BY_PLACE = re.compile(
    r"([0-9]{1,4}) ?[x×] ?([0-9]{1,4})"
    r"|(?:pixels?|pix|px)[ _.-]?([0-9]{1,4})(?: ?[x×_.,-] ?)([0-9]{1,4})"
    r"|r(?:ow)?[ _.-]?([0-9]{1,4})[ _.-]?c(?:ol|olumn)?[ _.-]?([0-9]{1,4})",
    re.ASCII | re.IGNORECASE,
)
"""``1x1``, ``28x28``, ``pixel_0_7``, ``r3c4``: a row and a column. Numbers of questions, as
``1.2``, or of dates are no places."""

_BY_NUMBER = re.compile(r"(?:pixels?|pix|px)[ _.-]?([0-9]{1,6})", re.ASCII | re.IGNORECASE)
"""``pixel0``, ``pixel783``."""

_NO_NAME = re.compile(r"([a-z]{0,3}|col|column|feature|feat|attr|var|input)[ _.-]?([0-9]+)", re.I)
"""A name that only counts: ``0``, ``x1``, ``V784``, ``col_3``."""


class Kind(NamedTuple):
    """What the samples are: pictures of a shape, or rows of a table; and what to say of it."""

    shape: tuple[int, int] | None
    note: str | None = None


def kind_of(samples: Samples, reading: Reading, extent: Callable[[], Extent]) -> Kind:
    """Decide whether samples are pictures.

    Arrays of pictures are, and columns that are called as pixels are. As many whole numbers from
    0 to 255 as make a square, without names, may be: that is said. How many columns there are
    says nothing by itself: sixteen attributes are no picture of 4×4.

    Parameters
    ----------
    samples : Samples
    reading : Reading
        Where a person says what they are, that holds.
    extent : callable
        Returns that of all columns of the training part; only asked where it is needed.

    Raises
    ------
    UserError
        When the named shape has another number of pixels.
    """
    if reading.image == NONE:
        return Kind(None)
    if (shape := reading.shape) is not None:
        if math.prod(shape) != samples.columns:
            raise UserError(
                f"pictures of {reading.image} do not fit",
                where=samples.all.where,
                expected=f"{samples.columns} pixels",
                found=math.prod(shape),
            )
        return Kind(shape)
    assert reading.image == AUTO
    if samples.image_shape is not None:
        return Kind(samples.image_shape)
    if samples.inputs and (named := _by_names(samples.inputs)) is not None:
        return named
    return _by_content(samples, extent)


def _by_content(samples: Samples, extent_of: Callable[[], Extent]) -> Kind:
    shape = square_shape(samples.columns)
    if shape is None or samples.columns < FEWEST or not _without_names(samples.inputs):
        return Kind(None)
    extent = extent_of()
    size = f"{shape[0]}x{shape[1]}"
    if extent.whole and extent.high > 1:
        return Kind(
            shape,
            f"{samples.columns} whole numbers without names are taken for pictures of {size}; "
            "--image none takes them for a table",
        )
    if extent.are_pixels:
        return Kind(
            None,
            f"{samples.columns} numbers without names are taken for a table; if they are "
            f"pictures, --image {size} says so",
        )
    return Kind(None)


def _by_names(names: tuple[str, ...]) -> Kind | None:
    """Return what columns are that are called as pixels; None where they are not.

    A picture's pixels follow each other row by row.
    """
    if len(names) < 2:
        return None
    order = "they do not follow each other row by row"
    if (places := _numbers(_BY_PLACE, names)) is not None:
        first, last = places[0], places[-1]
        rows, columns = last[0] - first[0] + 1, last[1] - first[1] + 1
        if columns < 1 or rows * columns != len(names):
            return _no_picture(order)
        wanted = [(first[0] + at // columns, first[1] + at % columns) for at in range(len(names))]
        return Kind((rows, columns)) if places == wanted else _no_picture(order)
    if (counted := _numbers(_BY_NUMBER, names)) is None:
        return None
    side, start = math.isqrt(len(names)), counted[0][0]
    if side * side != len(names):
        return _no_picture(f"{len(names)} of them make no square")
    running = counted == [(at,) for at in range(start, start + len(names))]
    return Kind((side, side)) if running else _no_picture(order)


def _no_picture(why: str) -> Kind:
    return Kind(
        None,
        f"the columns are called pixels, but {why}: taken for a table; --image ROWSxCOLUMNS "
        "takes them for pictures as they come",
    )


def _numbers(pattern: re.Pattern[str], names: tuple[str, ...]) -> list[tuple[int, ...]] | None:
    """Return the numbers in names that are all of one form."""
    found = []
    for name in names:
        if (match := pattern.fullmatch(name.strip())) is None:
            return None
        found.append(tuple(int(number) for number in match.groups() if number is not None))
    return found


def _without_names(names: tuple[str, ...]) -> bool:
    """Say whether columns have no names, or only such as count them."""
    matches = [_NO_NAME.fullmatch(name.strip()) for name in names]
    if not all(matches):
        return False
    order = [(match[1].lower(), int(match[2])) for match in matches if match]
    return all(a[0] == b[0] and b[1] == a[1] + 1 for a, b in itertools.pairwise(order))
