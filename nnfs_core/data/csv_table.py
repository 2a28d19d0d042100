"""Reading a labelled table of numbers from text, and saying where it is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnfs_core.data.base import IntArray, Progress
from nnfs_core.data.classes import sorted_classes, too_many
from nnfs_core.data.csv_lines import Lines, opened_lines
from nnfs_core.data.prepare import MAX_CLASSES, check_numbers
from nnfs_core.data.reading import RULES
from nnfs_core.errors import UserError, quoted
from nnfs_core.progress import Look, looking

LABEL = "label"
MAX_COLUMNS = 2**17
"""Beside the label; pictures of 360×360 have fewer."""

MAX_LABEL = 10_000
"""Characters."""

_DELIMITERS = ",;\t"
# bytes are read three times as fast as floats and take an eighth of the room, but
# before 2.3 NumPy reads "0.5" and "256" as the byte 0, with no more than a warning
_EXACT_BYTES = np.lib.NumpyVersion(np.__version__) >= "2.3.0"
_TYPES: tuple[type[np.generic], ...] = (np.uint8, np.float64) if _EXACT_BYTES else (np.float64,)


class Table(NamedTuple):
    """The numbers and labels of a file.

    ``values`` has shape (samples, columns), of uint8 where every number is a
    whole one from 0 to 255, else of float64; ``labels`` are numbers of ``classes``; ``inputs``
    are the names of the columns, as the header has them.
    """

    path: Path
    values: NDArray[Any]
    labels: IntArray
    classes: tuple[str, ...]
    inputs: tuple[str, ...]


def read_table(path: str | Path, progress: Progress | None = None, rules: int = RULES) -> Table:
    """Read a header line with a column named ``label``, and a sample a line.

    Parameters
    ----------
    path : str or Path
        UTF-8 text, perhaps gzipped; comma, semicolon or tab between columns.
    progress : callable, optional
        Called between two pieces of work.
    rules : int
        By which classes are named and ordered.

    Raises
    ------
    UserError
        Naming the line and column, when there is one to name.
    """
    with opened_lines(path, progress) as lines:
        rows = _Rows(lines)
        blocks = list(rows)
    path = lines.path
    if not blocks:
        raise UserError("there is nothing below the header", where=path, expected="rows of numbers")
    classes, position = sorted_classes(list(rows.codes), rules)
    labels = position[np.concatenate(rows.labels)]
    values = _joined(blocks, looking(progress, f"Scaling {path.name}"))
    return Table(path, values, labels, classes, rows.inputs)


def _joined(blocks: list[NDArray[Any]], look: Look) -> NDArray[Any]:
    """Put blocks of rows into one array, and let go of each when it is there."""
    rows, columns = sum(map(len, blocks)), blocks[0].shape[1]
    dtype = np.result_type(*{block.dtype for block in blocks})
    whole = np.empty((rows, columns), dtype)
    blocks.reverse()
    at = 0
    while blocks:
        look()
        block = blocks.pop()
        whole[at : at + len(block)] = block
        at += len(block)
    return whole


class _Rows:
    """The lines below the header, as blocks of numbers; gathers the labels on the way."""

    def __init__(self, lines: Lines) -> None:
        self.path, self._lines = lines.path, lines
        self.codes: dict[str, int] = {}
        self.labels: list[IntArray] = []
        self._read_header()
        names = (name.strip() for name in self._header)
        self.inputs = tuple(name for at, name in enumerate(names) if at != self._label)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        samples, columns = 0, len(self._header) - 1
        while lines := self._lines.take():
            samples += len(lines)
            check_numbers(samples, columns, f"{self.path}, line {lines[-1][0]}")
            labels: list[int] = []
            rows = [(number, self._take_label(number, line, labels)) for number, line in lines]
            self.labels.append(np.array(labels, np.int64))
            yield self._numbers(rows)

    def _read_header(self) -> None:
        (number, line), *_ = self._lines.take(1) or [(0, "")]
        if not line:
            raise UserError(
                "is empty", where=self.path, expected="a header line with a column named label"
            )
        if "\0" in line:
            raise UserError("is not a table", where=self.path, expected="text", found="binary data")
        most = max(line.count(delimiter) for delimiter in _DELIMITERS)
        if most > MAX_COLUMNS:
            raise self._error(
                "there are too many columns", number, None, f"at most {MAX_COLUMNS:,}", f"{most:,}"
            )
        for self._delimiter in _DELIMITERS:
            self._header = self._cells(number, line)
            found = [i for i, name in enumerate(self._header) if name.strip().lower() == LABEL]
            if found:
                break
        else:
            raise UserError(
                "no column is named label",
                where=f"{self.path}, line {number}",
                expected="label,pixel0,pixel1,…",
                found=line if len(line) <= 60 else f"{line[:57]}...",
            )
        if len(found) > 1:
            raise self._error("more than one column is named label", number, found[1])
        if len(self._header) == 1:
            raise self._error("there are no columns beside label", number)
        self._label = found[0]

    def _cells(self, number: int, line: str) -> list[str]:
        if '"' not in line:
            return line.split(self._delimiter)
        try:
            return next(csv.reader([line], delimiter=self._delimiter))
        except csv.Error as error:
            raise self._error(f"cannot be split into cells: {error}", number) from error

    def _take_label(self, number: int, line: str, labels: list[int]) -> str:
        """Note the line's label, and return the rest of the line."""
        quoted = '"' in line
        cells = self._cells(number, line) if quoted else []
        found = len(cells) if quoted else line.count(self._delimiter) + 1
        if found != len(self._header):
            raise self._error(
                "has another number of columns than the header",
                number,
                expected=len(self._header),
                found=found,
            )
        # Kaggle's files have the label first: taking it off must not split 784 cells
        if not quoted and self._label == 0:
            label, _, rest = line.partition(self._delimiter)
        else:
            cells = cells or line.split(self._delimiter)
            for column, cell in enumerate(cells):
                if quoted and column != self._label and self._delimiter in cell:
                    raise self._not_a_number(number, column, cell)
            label = cells.pop(self._label)
            rest = self._delimiter.join(cells)
        label = label.strip()
        if not label:
            raise self._error("the label is missing", number, self._label)
        if len(label) > MAX_LABEL:
            raise self._error(
                "the label is far too long",
                number,
                self._label,
                f"at most {MAX_LABEL:,} characters",
                f"{len(label):,}",
            )
        labels.append(self.codes.setdefault(label, len(self.codes)))
        if len(self.codes) > MAX_CLASSES:
            raise too_many(list(self.codes), self._where(number, self._label))
        return rest

    def _numbers(self, rows: list[tuple[int, str]]) -> NDArray[Any]:
        texts = [text for _, text in rows]
        for dtype in _TYPES:
            block = self._parsed(texts, dtype)
            if block is not None and block.shape == (len(rows), len(self._header) - 1):
                return block
        raise self._located(rows)

    def _parsed(self, texts: list[str], dtype: type[np.generic]) -> NDArray[Any] | None:
        """Return the numbers, or None when a cell is not a finite number of that type."""
        if all(text.isspace() or not text for text in texts):
            return None
        # NumPy looks other characters up beyond the end of a table: some crash it,
        # some come out as numbers
        if not all(text.isascii() for text in texts):
            return None
        try:
            block = np.loadtxt(texts, dtype, delimiter=self._delimiter, comments=None, ndmin=2)
        except ValueError:
            return None
        return block if np.isfinite(block).all() else None

    def _located(self, rows: list[tuple[int, str]]) -> UserError:
        """Return the error for the first cell that is not a finite number."""
        for number, text in rows:
            if self._parsed([text], np.float64) is not None:
                continue
            cells = text.split(self._delimiter)
            column = self._first_wrong(cells)
            if column < len(cells):
                shown = column + (column >= self._label)
                return self._not_a_number(number, shown, cells[column])
        return self._error("cannot be read as numbers", rows[0][0])

    def _first_wrong(self, cells: list[str]) -> int:
        """Return which cell is the first that is no number; lines may have very many."""
        right, wrong = 0, len(cells) + 1  # how many from the left are right; and are not
        while wrong - right > 1:
            middle = (right + wrong) // 2
            text = self._delimiter.join(cells[:middle])
            if middle <= len(cells) and self._parsed([text], np.float64) is not None:
                right = middle
            else:
                wrong = middle
        return right

    def _not_a_number(self, number: int, column: int, cell: str) -> UserError:
        what = "is not a finite number" if cell.strip() else "a number is missing"
        return self._error(what, number, column, "a number", quoted(cell.strip()))

    def _error(
        self,
        what: str,
        number: int,
        column: int | None = None,
        expected: object | None = None,
        found: object | None = None,
    ) -> UserError:
        return UserError(what, where=self._where(number, column), expected=expected, found=found)

    def _where(self, number: int, column: int | None) -> str:
        where = f"{self.path}, line {number}"
        if column is not None:
            where += f", column {column + 1} ({self._header[column].strip()[:40]})"
        return where
