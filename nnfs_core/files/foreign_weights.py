"""Layers under the names that other programs give them, and which way round they lie.

A dense layer computes ``W x + b``. Some keep ``W`` as (units_out, units_in), some as its
transpose. The shapes decide where they can: a bias has as many numbers as its layer has outputs,
and a layer has as many inputs as the one before has outputs. Where they fit both ways, which takes
square layers throughout, those who use such names decide, and that is said.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.disk.arrays import Arrays
from nnfs_core.disk.npz import HoldsObjectsError, listed
from nnfs_core.disk.pickled import SKLEARN
from nnfs_core.errors import UserError, shortened
from nnfs_core.model.network import MAX_PARAMETERS

Array = NDArray[np.floating[Any]]

MAX_WORDS, MAX_STEPS = 100, 10_000
"""Layers named by words whose order is looked for, and how many times one more is tried."""

NAME = 60
"""Characters of an array's name in a note."""

EXPECTED = (
    "W1, B1, W2, B2, …; or what PyTorch (0.weight, 0.bias, …), scikit-learn (coefs_0, "
    "intercepts_0, …) or Keras (arr_0, arr_1, …) calls them"
)

MAX_NUMBERS = 8 * MAX_PARAMETERS + 2**16
"""Bytes of all weights and biases; an array may unpack to far more than its file has."""

SECOND_OUTPUT = (
    "np.vstack([0 * W, W]) and np.append(0, b) make two of the one of a yes-or-no network"
)

_OWN = re.compile(r"([Ww])([1-9][0-9]{0,3})")
_NUMBERED = re.compile(r"(coefs_|arr_)(0|[1-9][0-9]{0,3})")
_TORCH = re.compile(r"(.+\.)?weight")
_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What was found, the input side first, each matrix (units_out, units_in).

    Attributes
    ----------
    weights, biases : tuple of ndarray
    notes : tuple of str
        What was seen by the shapes or assumed, a line each.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """One layer as it is in the file; ``bias`` is empty where it has none."""

    weight: str
    matrix: Array
    bias: str
    vector: Array | None

    def fits(self, out_first: bool) -> bool:
        return self.vector is None or len(self.vector) == self.units(out_first)[1]

    def units(self, out_first: bool) -> tuple[int, int]:
        """Return the units of the layer before and of this one."""
        rows, columns = self.matrix.shape
        return (columns, rows) if out_first else (rows, columns)


def read_layers(archive: Arrays, *, known: bool) -> Layers:
    """Read layers under any of the names that are understood.

    Parameters
    ----------
    archive : Arrays
    known : bool
        Whether layers named W1, B1, … were written by this program, so that there is no doubt
        which way round they lie.

    Raises
    ------
    UserError
        When there are none, when they make no network of dense layers, or when which one they
        make cannot be known.
    """
    if any(_OWN.fullmatch(name) for name in archive.names):
        kind: _Kind = _Own(archive)
    elif any(name == "coefs_" or name.startswith("coefs_") for name in archive.names):
        kind = _Sklearn(archive)
    elif any(_TORCH.fullmatch(name) for name in archive.names):
        kind = _Torch(archive)
    elif "arr_0" in archive.names:
        kind = _Keras(archive)
    else:
        raise UserError(
            "W1 is missing",
            where=archive.path,
            expected=EXPECTED,
            found=archive.describe_names(),
        )
    size = sum(archive.size(name) for name in kind.used())
    if size > MAX_NUMBERS:
        raise UserError(
            "holds too many numbers",
            where=archive.path,
            expected=f"at most {MAX_PARAMETERS:,} weights and biases",
            found=f"{size / 2**30:.1f} GiB",
        )
    try:
        layers, notes = kind.layers()
    except HoldsObjectsError as error:
        raise UserError(f"{error}; saved one by one, arrays open: {kind.cure}") from None
    return _oriented(archive, kind, layers, notes, known)


class _Kind(ABC):
    """A way of naming layers."""

    keeper = ""
    """Whose it is, for notes."""

    cure = ""
    """How arrays are saved that cannot be read otherwise."""

    out_first = True
    """Whether who uses these names keeps a matrix as (units_out, units_in)."""

    hint = ""
    """What may be wrong where a layer does not fit the one before."""

    own = False
    """Whether these are the names of this program."""

    def __init__(self, archive: Arrays) -> None:
        self.archive = archive

    @abstractmethod
    def used(self) -> list[str]:
        """Return the names of all arrays that are read."""

    @abstractmethod
    def layers(self) -> tuple[list[_Layer], list[str]]:
        """Return the layers in order, and what is to be said of them."""

    def layer(self, weight: str, bias: str) -> _Layer:
        """Read a layer; one without a bias where its name is empty."""
        self.check_matrix(weight)
        vector = flat(floats(self.archive, bias)) if bias else None
        if vector is not None and vector.ndim != 1:
            raise self.no_layer(bias, "one number for each output")
        return _Layer(weight, floats(self.archive, weight), bias, vector)

    def check_matrix(self, name: str) -> None:
        """Refuse what is no matrix, before it is read."""
        if len(self.archive.shape(name)) != 2:
            raise self.no_layer(name, "a matrix of weights")

    def no_layer(self, name: str, expected: str) -> UserError:
        """Return the error for an array that no dense layer has."""
        return UserError(
            f"{name} belongs to no dense layer, and there are no others here",
            where=self.archive.path,
            expected=expected,
            found=f"shape {self.archive.shape(name)}",
        )


class _Own(_Kind):
    """``W1``, ``B1``, …, in capital letters or small ones."""

    keeper, own = "this program", True
    cure = 'np.savez("w.npz", W1=W1, B1=b1, W2=W2, B2=b2)'

    def __init__(self, archive: Arrays) -> None:
        super().__init__(archive)
        names = [match for name in archive.names if (match := _OWN.fullmatch(name))]
        capital = any(match[1] == "W" for match in names)
        self.letters = ("W", "B") if capital else ("w", "b")
        numbers = [
            int(name[1:])
            for name in archive.names
            if name[:1] in self.letters and re.fullmatch("[1-9][0-9]{0,3}", name[1:])
        ]
        self._count = max(numbers)

    def _pairs(self) -> Iterator[tuple[str, str]]:
        w, b = self.letters
        return ((f"{w}{layer}", f"{b}{layer}") for layer in range(1, self._count + 1))

    def used(self) -> list[str]:
        there = set(self.archive.names)
        return [name for pair in self._pairs() for name in pair if name in there]

    def layers(self) -> tuple[list[_Layer], list[str]]:
        return [self.layer(*pair) for pair in self._pairs()], []

    def check_matrix(self, name: str) -> None:
        """Leave it to who knows what these arrays must be."""

    def layer(self, weight: str, bias: str) -> _Layer:
        matrix, vector = floats(self.archive, weight), flat(floats(self.archive, bias))
        for name, array, sides, shape in (
            (weight, matrix, 2, "shape (units_out, units_in)"),
            (bias, vector, 1, "shape (units_out, 1)"),
        ):
            if array.ndim != sides:
                raise UserError(
                    f"{name} does not fit",
                    where=self.archive.path,
                    expected=shape,
                    found=array.shape,
                )
        return _Layer(weight, matrix, bias, vector)


class _Sklearn(_Kind):
    """``coefs_0``, ``intercepts_0``, …; or ``coefs_`` whole, where its layers are all alike."""

    keeper, out_first = "scikit-learn", False
    cure = f"{SKLEARN}, m being the classifier"

    def __init__(self, archive: Arrays) -> None:
        super().__init__(archive)
        self._stacked = "coefs_" in archive.names
        numbers = [name[6:] for name in archive.names if _NUMBERED.fullmatch(name)]
        self._count = max(map(int, numbers), default=0) + 1

    def used(self) -> list[str]:
        parts = ("coefs_", "intercepts_")
        if self._stacked:
            return list(parts)
        return [f"{part}{layer}" for layer in range(self._count) for part in parts]

    def layers(self) -> tuple[list[_Layer], list[str]]:
        if not self._stacked:
            pairs = zip(*(iter(self.used()),) * 2, strict=True)
            return [self.layer(weight, bias) for weight, bias in pairs], []
        matrices, vectors = (floats(self.archive, name) for name in self.used())
        if matrices.ndim != 3 or vectors.shape[:1] + vectors.shape[2:] != matrices.shape[:1]:
            raise self.no_layer("coefs_", "(layers, units_in, units_out)")
        return [
            _Layer(f"coefs_[{at}]", matrix, f"intercepts_[{at}]", vector)
            for at, (matrix, vector) in enumerate(zip(matrices, vectors, strict=True))
        ], []


class _Torch(_Kind):
    """A state dict of PyTorch: ``0.weight``, ``0.bias``, …, ``fc1.weight``, …."""

    keeper = "PyTorch"
    hint = (
        "; layers are taken in the order of their names, which numbers decide: 0.weight, 1.weight"
    )
    cure = 'np.savez("w.npz", **{k: v.numpy() for k, v in model.state_dict().items()})'

    def __init__(self, archive: Arrays) -> None:
        super().__init__(archive)
        self._layers = [name[:-6] for name in archive.names if _TORCH.fullmatch(name)]
        known = {f"{layer}{part}" for layer in self._layers for part in ("weight", "bias")}
        known.add("test_acc")
        self._others = tuple(name for name in archive.names if name not in known)

    def used(self) -> list[str]:
        there = set(self.archive.names)
        pairs = ((f"{layer}weight", f"{layer}bias") for layer in self._layers)
        return [name for pair in pairs for name in pair if name in there]

    def layers(self) -> tuple[list[_Layer], list[str]]:
        for name in self._others:
            if "." in name or name in {"bias", "running_mean", "running_var"}:
                raise self.no_layer(name, "weight and bias of each layer")
        there = set(self.archive.names)
        for layer in self._layers:
            self.check_matrix(f"{layer}weight")
        found = {
            layer: self.layer(f"{layer}weight", f"{layer}bias" if f"{layer}bias" in there else "")
            for layer in self._layers
        }
        order, notes = self._ordered(found)
        if self._others:
            notes.append(f"{_named(self._others)} in the file is not used")
        return [found[layer] for layer in order], notes

    def _ordered(self, found: dict[str, _Layer]) -> tuple[list[str], list[str]]:
        """Order by the numbers in the names; where they are words, by the file or the shapes."""
        given, by_name = list(found), sorted(found, key=_natural)
        if len({_DIGITS.sub("#", layer) for layer in found}) == 1:
            return by_name, []

        def fits(order: Sequence[str]) -> bool:
            layers = [found[layer] for layer in order]
            return any(_chained(layers, out_first) for out_first in (True, False))

        if self.archive.order_is_given and fits(given):
            said = f"the layers are taken in the file's order: {_named(given, '.')}"
            return given, [] if given == by_name else [said]
        if not fits(by_name):
            order = _only_chain(found)
            said = f"the layers are taken in the only order that fits: {_named(order, '.')}"
            return (order, [said]) if order else (by_name, [])
        shapes = {found[layer].matrix.shape for layer in found}
        if len(shapes) < len(found):  # two of them could change places
            return by_name, [f"the layers are taken in the names' order: {_named(by_name, '.')}"]
        return by_name, []


class _Keras(_Kind):
    """What ``np.savez("w.npz", *model.get_weights())`` calls them: ``arr_0``, ``arr_1``, …."""

    keeper, out_first = "Keras", False
    cure = 'np.savez("w.npz", *model.get_weights())'

    def __init__(self, archive: Arrays) -> None:
        super().__init__(archive)
        numbers = [name[4:] for name in archive.names if _NUMBERED.fullmatch(name)]
        self._names = [f"arr_{number}" for number in range(max(map(int, numbers)) + 1)]

    def used(self) -> list[str]:
        return self._names

    def layers(self) -> tuple[list[_Layer], list[str]]:
        sides = [len(self.archive.shape(name)) for name in self._names]
        found: list[_Layer] = []
        at = 0
        while at < len(sides):
            self.check_matrix(self._names[at])
            has_bias = sides[at + 1 : at + 2] == [1]
            found.append(self.layer(self._names[at], self._names[at + 1] if has_bias else ""))
            at += 2 if has_bias else 1
        if len(found) == 1 and found[0].vector is not None and not found[0].fits(False):
            raise UserError(
                "arr_0 and arr_1 are no layer as Keras has it; they may be samples and labels",
                where=self.archive.path,
                expected="W1 of shape (units_out, units_in) and B1, if they are weights",
                found=f"shapes {found[0].matrix.shape} and {found[0].vector.shape}",
            )
        return found, []


def floats(archive: Arrays, name: str) -> Array:
    """Read floating-point numbers of at most 64 bits, read-only and in this machine's order.

    Raises
    ------
    UserError
        When they are something else.
    """
    array = archive.read(name)
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise UserError(
            f"{name} has the wrong type",
            where=archive.path,
            expected="floating-point numbers of at most 64 bits",
            found=array.dtype,
        )
    # ascontiguousarray() would make a vector of a single number.
    native = array.astype(array.dtype.newbyteorder("="), order="C", copy=False)
    native.flags.writeable = False
    return native


def flat(bias: Array) -> Array:
    """Return a bias that is written as a column or a row as a vector; anything else as it is."""
    return bias.reshape(-1) if bias.ndim == 2 and 1 in bias.shape else bias


def _oriented(
    archive: Arrays, kind: _Kind, layers: list[_Layer], notes: list[str], known: bool
) -> Layers:
    """Turn every matrix to (units_out, units_in), as the shapes or else the names have it."""
    ways = [
        way for way in ((True,) if known and kind.own else (True, False)) if _chained(layers, way)
    ]
    if not ways:
        raise _misfit(archive, kind, layers)
    out_first = kind.out_first if kind.out_first in ways else ways[0]
    if out_first != kind.out_first:
        names = _named([layer.weight for layer in layers])
        usual = _shape(kind.out_first)
        notes.append(
            f"{names}: stored as {_shape(out_first)}, as the shapes show, and used as that; "
            f"{kind.keeper} keeps {usual}"
        )
    elif len(ways) == 2:
        notes.append(
            f"{_named([layer.weight for layer in layers])}: taken as {_shape(out_first)}, as "
            f"{kind.keeper} keeps them; the shapes fit the other way round too"
        )
    without = [layer.weight for layer in layers if layer.vector is None]
    if without:
        notes.append(f"{_named(without)}: there is no bias in the file; 0 is used")
    units = layers[-1].units(out_first)[1]
    if units == 1 and not kind.own:
        raise UserError(
            f"{layers[-1].weight} has one output, and the probability of a single class is always "
            f"1; {SECOND_OUTPUT}",
            where=archive.path,
            expected="one output for each class",
            found=units,
        )
    weights = tuple(layer.matrix if out_first else layer.matrix.T for layer in layers)
    biases = tuple(
        np.zeros(len(matrix), matrix.dtype) if layer.vector is None else layer.vector
        for layer, matrix in zip(layers, weights, strict=True)
    )
    return Layers(weights, biases, tuple(notes))


def _chained(layers: Sequence[_Layer], out_first: bool) -> bool:
    """Say whether the layers, this way round, have their biases and fit each other."""
    before = None
    for layer in layers:
        units_in, units_out = layer.units(out_first)
        if not layer.fits(out_first) or before not in (None, units_in):
            return False
        before = units_out
    return True


def _only_chain(found: Mapping[str, _Layer]) -> list[str]:
    """Return the order in which layers fit each other, or nothing unless there is exactly one."""
    orders: list[list[str]] = []
    steps = 0

    def grow(order: list[str], rest: list[str], way: bool) -> None:
        nonlocal steps
        steps += 1
        if not rest and order not in orders:
            orders.append(order)
        for at, name in enumerate(rest):
            if len(orders) > 1 or steps > MAX_STEPS:
                return
            after = found[order[-1]].units(way)[1] if order else None
            if found[name].fits(way) and after in (None, found[name].units(way)[0]):
                grow([*order, name], rest[:at] + rest[at + 1 :], way)

    if len(found) <= MAX_WORDS:
        for way in (True, False):
            grow([], list(found), way)
    return orders[0] if len(orders) == 1 and steps <= MAX_STEPS else []


def _misfit(archive: Arrays, kind: _Kind, layers: list[_Layer]) -> UserError:
    """Return the error for layers that fit neither way round, told as the names have it."""
    before: _Layer | None = None
    for layer in layers:
        units_in, units_out = layer.units(kind.out_first)
        if before is not None and units_in != (wanted := before.units(kind.out_first)[1]):
            shape = (units_out, wanted) if kind.out_first else (wanted, units_out)
            side = "column" if kind.out_first else "row"
            other = "row" if kind.out_first else "column"
            return UserError(
                f"{layer.weight} does not fit{kind.hint}",
                where=archive.path,
                expected=f"shape {shape}, one {side} for each {other} of {before.weight}",
                found=layer.matrix.shape,
            )
        if not layer.fits(kind.out_first):
            return UserError(
                f"{layer.bias} does not fit",
                where=archive.path,
                expected=f"shape ({units_out}, 1)",
                found=None if layer.vector is None else layer.vector.shape,
            )
        before = layer
    raise AssertionError("they fit")


def _shape(out_first: bool) -> str:
    return "(units_out, units_in)" if out_first else "(units_in, units_out)"


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what names are sorted by so that 10 comes behind 2."""
    parts = _DIGITS.split(name)
    return [
        (int(part), "") if at % 2 and len(part) < 10 else (-1, part)
        for at, part in enumerate(parts)
    ]


def _named(names: Sequence[str], less: str = "") -> str:
    return listed(tuple(shortened(name.rstrip(less or " "), NAME) for name in names))
