"""What stands in place of numbers that cannot be shown."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtWidgets import QWidget

from visualizer.jobs.failures import failures, in_words
from visualizer.kit.cover import Cover
from visualizer.panels.base import Panel


class Covers:
    """Has parts of a view show something, and covers the ones that fail."""

    def __init__(self) -> None:
        self._covers: dict[QWidget, list[Cover]] = {}

    def over(self, part: QWidget) -> list[Cover]:
        """Return the covers of a part: first the one of its numbers; none if it never had any."""
        return self._covers.get(part, [])

    def tried(self, part: QWidget, epoch: int | None, show: Callable[[], object]) -> bool:
        """Have a part of the view show something: should it fail, the others still do.

        What a part shows that has failed may be half of one epoch and half of another, so it is
        covered until it can show an epoch again.
        """
        try:
            show()
        except Exception as error:
            title = part.title if isinstance(part, Panel) else part.accessibleName()
            which = "an epoch" if epoch is None else f"epoch {epoch:,}"
            words, why = f"{title} cannot show {which}", in_words(error)
            failures().report(error, words)
            self.cover(part, f"{words}.\n{why}")
            return False
        return True

    def cover(self, part: QWidget, text: str, *, calm: bool = False) -> None:
        """Hide the numbers of a part, and say why in their place."""
        if part not in self._covers:
            self._covers[part] = [Cover(part, getattr(part, "numbers_area", None))]
            if isinstance(part, Panel):
                self._covers[part].append(Cover(part.header, part.header.numbers_area))
        covers = self._covers[part]
        covers[0].say(text, calm=calm)
        for other in covers[1:]:
            other.say("")

    def uncover(self, part: QWidget) -> None:
        """Have the numbers of a part seen again."""
        for cover in self._covers.get(part, ()):
            cover.hide()
