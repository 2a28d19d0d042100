"""How data is to be read: what an experiment says of it, and by which rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nnfs_core.errors import UserError, quoted

RULES = 2
"""The rules by which data is read, scaled and split; docs/data.md says what each number means.

Files of runs and weights name theirs, so that their data is read again as it was. What names
none was made by rules 1.
"""

OLD_RULES = 1

DTYPES = ("float32", "float64")
AUTO, NONE = "auto", "none"
_SHAPE = re.compile(r"([1-9][0-9]{0,4}) ?[x×] ?([1-9][0-9]{0,4})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """How data is to be read.

    Attributes
    ----------
    image : str
        Whether a sample is a picture: ``"auto"`` for what the data itself says, ``"none"``, or
        ``"ROWSxCOLUMNS"``.
    dtype : str
        Of the inputs, ``"float32"`` or ``"float64"``.
    rules : int
        From 1 to :data:`RULES`.

    Raises
    ------
    UserError
        When one of them is something else.
    """

    image: str = AUTO
    dtype: str = "float32"
    rules: int = RULES

    def __post_init__(self) -> None:
        if self.image not in (AUTO, NONE):
            image_shape(self.image)
        if self.dtype not in DTYPES:
            raise UserError(
                "not a number type", expected=" or ".join(DTYPES), found=quoted(str(self.dtype))
            )
        if not OLD_RULES <= self.rules <= RULES:
            raise UserError(
                "data was read by rules that this version of the program does not know",
                expected=f"{OLD_RULES} to {RULES}",
                found=self.rules,
            )

    @property
    def shape(self) -> tuple[int, int] | None:
        """Rows and columns, where :attr:`image` names them."""
        return None if self.image in (AUTO, NONE) else image_shape(self.image)


def image_shape(text: str) -> tuple[int, int]:
    """Read ``ROWSxCOLUMNS``.

    Raises
    ------
    UserError
        When it is something else.
    """
    match = _SHAPE.fullmatch(str(text).strip())
    if match is None:
        raise UserError(
            "not the shape of a picture", expected="ROWSxCOLUMNS, as 28x28", found=quoted(str(text))
        )
    return int(match[1]), int(match[2])
