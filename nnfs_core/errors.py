"""The one kind of error a person can cause, and the one way it is worded."""

from __future__ import annotations

import re

MESSAGE, PLACE, SIDE, VALUE = 1_000, 400, 160, 80
"""Characters of a whole message, of a place, of what was found there, and of one value."""


class UserError(ValueError):
    """Something that was typed, opened or dropped cannot be used.

    The message is one line that says what is wrong and where, and, when there
    is something to compare, what was expected and what was found. The command
    line prints it after ``error:``; the window shows it as it is. Values in it
    may be of any length and hold anything: long ones are shortened in the
    middle, and what would do something to a terminal is written out.

    Parameters
    ----------
    what : str
        What is wrong, as a short clause: ``"row 3 has too few columns"``.
    where : str or object, optional
        The file, field or option it is wrong in.
    expected, found : object, optional
        Both sides of the comparison, when there is one. :attr:`where` and :attr:`expected` are
        kept, for whoever says it beside the thing itself.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object | None = None,
        expected: object | None = None,
        found: object | None = None,
    ) -> None:
        self.where, self.expected = where, expected
        message = what if where is None else f"{shortened(str(where), PLACE)}: {what}"
        sides = [
            f"{name} {shortened(str(side), most)}"
            for name, side, most in (("expected", expected, PLACE), ("found", found, SIDE))
            if side is not None
        ]
        if sides:
            message += f" ({', '.join(sides)})"
        super().__init__(one_line(message))


def one_line(text: str, most: int = MESSAGE) -> str:
    r"""Return a text as one line that can be shown anywhere.

    Parameters
    ----------
    text : str
        May hold anything, also what no encoding has: the name of a file that was made
        elsewhere.
    most : int
        Characters; a longer text is shortened in the middle.

    Returns
    -------
    str
        Without line ends and doubled spaces; whatever is no visible character, such as the
        beginning of a terminal's command, is written as ``\x1b``.
    """
    # Long before it is looked at: a text of gigabytes shall not be copied a few times.
    text = readable(" ".join(shortened(text, 4 * most).split()))
    return shortened(visible(text), most)


def visible(text: str) -> str:
    """Return a text in which what is no visible character is written out, also line ends."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def shortened(text: str, most: int) -> str:
    """Return a text whole, or its beginning and its end where it is longer than ``most``."""
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return text[: most - 1 - end] + "…" + text[len(text) - end :]


def quoted(value: str) -> str:
    """Return a value that was typed in quotes, shortened where it is long."""
    return shortened(repr(readable(shortened(value, 4 * VALUE))), VALUE)


def readable(name: str) -> str:
    """Return a name as a person knows it, also where the system's encoding is too small for it.

    What Python could not read of a command line or a folder comes as surrogates. If they are
    UTF-8 after all, they are read as that, else each byte is written out.
    """
    return re.sub(
        "[\ud800-\udfff]+",
        lambda part: _bytes(part[0]).decode("utf-8", "backslashreplace"),
        name,
    )


def _bytes(surrogates: str) -> bytes:
    try:
        return surrogates.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # other halves of pairs, which stand for no byte
        return surrogates.encode("ascii", "backslashreplace")


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
