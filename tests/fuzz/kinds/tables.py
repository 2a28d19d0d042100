"""Tables as text."""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import zlib
from pathlib import Path
from random import Random

from nnfs_core.data import load_dataset
from nnfs_core.data.csv_table import read_table
from nnfs_core.errors import UserError
from tests.fuzz.content import Content, of_number
from tests.fuzz.damage_bytes import damage as damage_bytes
from tests.fuzz.damage_values import damage_text

CELLS = (
    *("", " ", "nan", "inf", "-inf", "1e400", "-1e308", "5e-324", "0x10", "1_000", "1,5", "٣"),
    *("1e5", " 7 ", "+3", "-0", ".5", "5.", "--1", "1 2", '"4"', '"4', '""', "4\0", "#", "W" * 999),
    *("9" * 400, "true", "256", "-1", "0.1", "٣", "１", "1e", "NaN", "infinity", "1\t2", "a\rb"),
)
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?", re.ASCII)


def write(chance: Random, folder: Path) -> tuple[Path, Content]:
    columns, rows = chance.randrange(1, 8), chance.randrange(10, 40)
    words = chance.choice((["a", "b ä", "☃"], ["0", "1", "2"], ["10", "9", "x1", "x10"]))
    delimiter, end = chance.choice(",;\t"), chance.choice(("\n", "\r\n", "\r"))
    whole = chance.random() < 0.5
    at = chance.randrange(columns + 1)
    header = [f"c{number}" for number in range(columns)]
    header.insert(at, chance.choice(("label", "Label", " LABEL ")))
    lines, found = [header], []
    for number in range(rows):
        values = [
            chance.randrange(256) if whole else chance.uniform(-1e3, 1e3) for _ in range(columns)
        ]
        label = words[number % len(words)]
        found.append([label, [of_number(value) for value in values]])
        cells = [repr(value) for value in values]
        cells.insert(at, f'"{label}"' if chance.random() < 0.1 else label)
        lines.append(cells)
    text = end.join(delimiter.join(line) for line in lines) + chance.choice(("", end, end * 3))
    data = text.encode(chance.choice(("utf-8", "utf-8-sig")))
    zipped = chance.random() < 0.3
    path = folder / f"table.csv{'.gz' if zipped else ''}"
    path.write_bytes(gzip.compress(data) if zipped else data)
    return path, found


def damage(chance: Random, path: Path) -> None:
    data, zipped = path.read_bytes(), path.suffix == ".gz"
    if zipped and chance.random() < 0.2:
        path.write_bytes(damage_bytes(chance, data))
        return
    try:
        plain = gzip.decompress(data) if zipped else data
        text = plain.decode("utf-8-sig")
    except (OSError, EOFError, ValueError, zlib.error):  # it is damaged already
        path.write_bytes(damage_bytes(chance, data))
        return
    what = chance.random()
    if what < 0.15:
        plain = damage_bytes(chance, plain)
    elif what < 0.3:
        plain = damage_text(chance, text)
    elif what < 0.35:
        blank = chance.choice(("\n", " ", ",", "0,", "\0"))
        plain = (text + blank * chance.choice((10**3, 10**6))).encode()
    else:
        lines = text.splitlines()
        at = chance.randrange(len(lines)) if lines else 0
        delimiter = next((mark for mark in "\t;," if lines and mark in lines[0]), ",")
        cells = lines[at].split(delimiter) if lines else [""]
        cells[chance.randrange(len(cells))] = chance.choice(CELLS)
        if chance.random() < 0.2:
            cells = cells * 2 if chance.random() < 0.5 else cells[:-1]
        lines[at : at + 1] = [delimiter.join(cells)]
        plain = "\n".join(lines).encode("utf-8", "surrogatepass")
    path.write_bytes(gzip.compress(plain, 1) if zipped else plain)


def read(path: Path) -> Content:
    table = read_table(path)
    try:
        data = load_dataset(path)
        assert len(data.train_x) + len(data.validation_x) == len(table.values)
    except UserError as error:
        # Too few samples, nothing to tell apart, numbers no scale can hold: said in one line.
        assert "\n" not in str(error)
    return [
        [table.classes[label], [of_number(value) for value in row]]
        for label, row in zip(table.labels.tolist(), table.values.tolist(), strict=True)
    ]


def meaning(path: Path) -> Content:
    csv.field_size_limit(2**24)
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8-sig").read()  # ends of lines as anywhere
    lines = [line for line in text.split("\n") if line.strip()]
    for delimiter in ",;\t":
        header = next(csv.reader([lines[0]], delimiter=delimiter))
        names = [name.strip().lower() for name in header]
        if "label" in names:
            break
    at = names.index("label")
    rows = []
    for line in lines[1:]:
        cells = next(csv.reader([line], delimiter=delimiter))
        label = cells.pop(at).strip()
        numbers = [float(cell.strip()) for cell in cells]  # of blanks as Unicode has them
        assert len(cells) == len(names) - 1 and all(map(math.isfinite, numbers))
        rows.append([label, [of_number(number) for number in numbers]])
    labels = [label for label, _ in rows]
    if not all(map(WHOLE.fullmatch, labels)) and all(map(NUMBER.fullmatch, labels)):
        if all(abs(float(label)) < 2**53 and float(label).is_integer() for label in labels):
            rows = [[str(int(float(label))), numbers] for label, numbers in rows]
    elif all(map(WHOLE.fullmatch, labels)):
        rows = [[str(int(label.partition(".")[0])), numbers] for label, numbers in rows]
    return rows
