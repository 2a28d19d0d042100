"""What every section of the inspector's page is written with: names, links and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from nnfs_core.explain import Explanation, Term, WeightedSum
from nnfs_core.model.places import Place
from nnfs_core.text.numbers import missing_to_one, probability
from nnfs_core.training.trainer import EpochFrame
from visualizer.kit.place_names import column_name, full_name, short_name
from visualizer.panels.inspector.formulas import Typesetter
from visualizer.state.context import ViewContext

SHORT = 3
"""Digits of the numbers in a table of terms, so that four columns fit a narrow panel."""


@dataclass(frozen=True, slots=True)
class Writer:
    """An explanation, and what it is of.

    Attributes
    ----------
    explanation : Explanation
    frame : EpochFrame
    context : ViewContext
    ink : Typesetter
    words, formulas : bool
        Whether each part has its sentence, and its formulas.
    """

    explanation: Explanation
    frame: EpochFrame
    context: ViewContext
    ink: Typesetter
    words: bool = True
    formulas: bool = True

    def part(self, sentence: str, formulas: Iterable[str]) -> Iterator[str]:
        """Write a part as it is wanted: its sentence, its formulas, or one below the other."""
        if self.words and sentence:
            yield self.ink.line(escape(sentence))
        if self.formulas or not sentence:
            yield from formulas

    def name(self, place: Place) -> str:
        """Return a place's full name."""
        return full_name(place, self.context.run)

    def to(self, place: Place, inner: str) -> str:
        """Make rich text lead to a place that is named by it."""
        return self.ink.link(place, inner, self.name(place))

    def short(self, place: Place) -> str:
        """Return a link to a unit or an input, in few letters."""
        return self.to(place, escape(short_name(place, self.context.run)))

    def valued(
        self, place: Place, value: float, symbol: str, digits: int = 4, *, signed: bool = True
    ) -> str:
        """Return a number as a link to where it stands."""
        tooltip = f"{symbol} of {self.name(place)}"
        return self.ink.value(place, value, tooltip, digits, signed=signed)

    def missing(self, unit: int) -> float | None:
        """Return 1 − p of an output unit if its p is written that way; None otherwise."""
        return missing_to_one(self.explanation.sample.a[-1], unit)

    def p(self, unit: int, *, factor: bool = False) -> str:
        """Write the probability of an output unit.

        Parameters
        ----------
        unit : int
        factor : bool
            Whether it stands beside an operator, so that a difference needs brackets.
        """
        return probability(self.explanation.sample.a[-1], unit, factor=factor)

    def linked_p(self, place: Place, *, factor: bool = False) -> str:
        """Return the probability of an output unit as a link to it."""
        return self.ink.link(place, self.p(place.unit, factor=factor), f"p of {self.name(place)}")

    def is_shown(self, stage: str) -> bool:
        """Say whether slow motion shows a stage of this kind."""
        return self.context.stage is not None and self.context.stage.kind == stage

    def terms(self, found: WeightedSum, weight: str, value: str) -> str:
        """Return a sum of products as a table, each factor a link to where it stands."""
        if not found.terms:
            count = found.rest_count
            return self.ink.note(f"all {count:,} products are 0") if count else ""
        head = column_name(found.terms[0].value_place, self.context.run)
        signed = value == "δ"

        def row(term: Term) -> tuple[str, ...]:
            return (
                self.short(term.value_place),
                self.valued(term.weight_place, term.weight, weight, SHORT),
                self.valued(term.value_place, term.value, value, SHORT, signed=signed),
                self.ink.signed(term.product, SHORT),
            )

        return self.ink.table(
            (head, weight, value, f"{weight}·{value}"),
            map(row, found.terms),
            self.others(found.rest_count, 4, self.ink.signed(found.rest, SHORT)),
        )

    @staticmethod
    def others(count: int, columns: int, total: str = "") -> tuple[str, ...]:
        """Return the row of a table that stands for all that are not named."""
        if not count:
            return ()
        return (
            f"{count:,} other{'' if count == 1 else 's'}",
            *("" for _ in range(columns - 2)),
            total,
        )
