"""Reading a labelled table of numbers from text, and saying where it is wrong."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

import numpy as np
from numpy.typing import NDArray

from nnfs_core.datasets.base import IntArray, Progress
from nnfs_core.datasets.prepare import MAX_CLASSES
from nnfs_core.errors import UserError
from nnfs_core.files import existing_file, unreadable

LABEL = "label"
MAX_LINE = 2**24
MAX_TEXT = 8 * 2**30
"""Characters; only a file made to fill the memory has more."""

_DELIMITERS = ",;\t"
_BATCH = 1000
# bytes are read three times as fast as floats and take an eighth of the room, but
# before 2.3 NumPy reads "0.5" and "256" as the byte 0, with no more than a warning
_EXACT_BYTES = np.lib.NumpyVersion(np.__version__) >= "2.3.0"
_TYPES: tuple[type[np.generic], ...] = (np.uint8, np.float64) if _EXACT_BYTES else (np.float64,)
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,18})?", re.ASCII)
_DIGITS = re.compile(r"([0-9]+)", re.ASCII)


class Table(NamedTuple):
    """The numbers and labels of a file.

    ``values`` has shape (samples, columns), of uint8 where every number is a
    whole one from 0 to 255, else of float64; ``labels`` are numbers of ``classes``.
    """

    path: Path
    values: NDArray[Any]
    labels: IntArray
    classes: tuple[str, ...]


def read_table(path: str | Path, progress: Progress | None = None) -> Table:
    """Read a header line with a column named ``label``, and a sample a line.

    Parameters
    ----------
    path : str or Path
        UTF-8 text, perhaps gzipped; comma, semicolon or tab between columns.
    progress : callable, optional
        Called after each thousand lines.

    Raises
    ------
    UserError
        Naming the line and column, when there is one to name.
    """
    path = existing_file(path, "a .csv file")
    try:
        with path.open("rb") as raw:
            zipped = raw.peek(2)[:2] == b"\x1f\x8b"
            stream = cast(io.BufferedReader, gzip.GzipFile(fileobj=raw)) if zipped else raw
            with io.TextIOWrapper(stream, encoding="utf-8-sig") as text:
                rows = _Rows(path, text)
                size = path.stat().st_size
                blocks = []
                for block in rows:
                    blocks.append(block)
                    if progress is not None:
                        progress(f"Reading {path.name}", raw.tell(), size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"is damaged: {error}", where=path, expected="a gzip file") from error
    except UnicodeDecodeError as error:
        raise UserError(
            "is not UTF-8 text",
            where=path,
            expected="a table saved as UTF-8",
            found=f"byte {error.object[error.start]:#04x}",
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if not blocks:
        raise UserError("there is nothing below the header", where=path, expected="rows of numbers")
    classes, labels = _sorted_classes(list(rows.codes), np.array(rows.labels, np.int64))
    return Table(path, np.concatenate(blocks), labels, classes)


class _Rows:
    """The lines below the header, as blocks of numbers; gathers the labels on the way."""

    def __init__(self, path: Path, text: TextIO) -> None:
        self.path = path
        self.codes: dict[str, int] = {}
        self.labels: list[int] = []
        self._lines = self._numbered(text)
        self._read_header()

    def __iter__(self) -> Iterator[NDArray[Any]]:
        while lines := list(itertools.islice(self._lines, _BATCH)):
            yield self._numbers(
                [(number, self._take_label(number, line)) for number, line in lines]
            )

    def _numbered(self, text: TextIO) -> Iterator[tuple[int, str]]:
        """Yield every line that is not blank with its number; the first has number 1."""
        total = 0
        for number in itertools.count(1):
            line = text.readline(MAX_LINE)
            total += len(line)
            if len(line) == MAX_LINE or total > MAX_TEXT:
                raise self._error("is far too long for a table", number)
            if not line:
                return
            if not line.isspace():
                yield number, line.rstrip("\n")

    def _read_header(self) -> None:
        number, line = next(self._lines, (0, ""))
        if not line:
            raise UserError(
                "is empty", where=self.path, expected="a header line with a column named label"
            )
        if "\0" in line:
            raise UserError("is not a table", where=self.path, expected="text", found="binary data")
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

    def _take_label(self, number: int, line: str) -> str:
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
        self.labels.append(self.codes.setdefault(label, len(self.codes)))
        if len(self.codes) > MAX_CLASSES:
            raise self._error(
                "there are too many different labels",
                number,
                self._label,
                expected=f"at most {MAX_CLASSES}",
            )
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
            for column, cell in enumerate(text.split(self._delimiter)):
                if self._parsed([cell], np.float64) is None:
                    return self._not_a_number(number, column + (column >= self._label), cell)
        return self._error("cannot be read as numbers", rows[0][0])

    def _not_a_number(self, number: int, column: int, cell: str) -> UserError:
        what = "is not a finite number" if cell.strip() else "a number is missing"
        return self._error(what, number, column, "a number", repr(cell.strip()[:40]))

    def _error(
        self,
        what: str,
        number: int,
        column: int | None = None,
        expected: object | None = None,
        found: object | None = None,
    ) -> UserError:
        where = f"{self.path}, line {number}"
        if column is not None:
            where += f", column {column + 1} ({self._header[column].strip()[:40]})"
        return UserError(what, where=where, expected=expected, found=found)


def _sorted_classes(labels: list[str], codes: IntArray) -> tuple[tuple[str, ...], IntArray]:
    """Return the classes in natural order, and each sample's class."""
    classes: list[str]
    if all(_WHOLE.fullmatch(label) for label in labels):
        labels = [str(int(label.partition(".")[0])) for label in labels]
        classes = sorted(set(labels), key=int)
    elif all(_DECIMAL.fullmatch(label) for label in labels):
        classes = sorted(set(labels), key=lambda label: (float(label), label))
    else:
        classes = sorted(set(labels), key=_natural)
    position = {name: index for index, name in enumerate(classes)}
    return tuple(classes), np.array([position[label] for label in labels], np.int64)[codes]


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
