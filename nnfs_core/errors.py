"""The one kind of error a person can cause, and the one way it is worded."""

from __future__ import annotations


class UserError(ValueError):
    """Something that was typed, opened or dropped cannot be used.

    The message is one line that says what is wrong and where, and, when there
    is something to compare, what was expected and what was found. The command
    line prints it after ``error:``; the window shows it as it is.

    Parameters
    ----------
    what : str
        What is wrong, as a short clause: ``"row 3 has too few columns"``.
    where : str or object, optional
        The file, field or option it is wrong in.
    expected, found : object, optional
        Both sides of the comparison, when there is one.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object | None = None,
        expected: object | None = None,
        found: object | None = None,
    ) -> None:
        message = what if where is None else f"{where}: {what}"
        sides = [
            f"{name} {side}"
            for name, side in (("expected", expected), ("found", found))
            if side is not None
        ]
        if sides:
            message += f" ({', '.join(sides)})"
        super().__init__(" ".join(message.split()))
