"""How samples are cut: how many go through a network together, and in how many products."""

from __future__ import annotations

from collections.abc import Iterator

BLOCK_BYTES = 8 * 2**20
"""Size of a block with its activations: small enough to be in cache still on the way back."""

BLOCK_SAMPLES = 4000
"""Samples of a block at most."""

SMALL_PRODUCT = 1_000_000
"""Multiplications up to which OpenBLAS takes its small-matrix kernels, which skip packing."""

THIN_PRODUCT = 1_200
"""Numbers in a result up to which it does so where samples lie in rows, as data does."""

WIDE = 24
"""Units of a first layer from which packing costs less than many products of a few samples."""


def spans(samples: int, sizes: tuple[int, ...], itemsize: int) -> Iterator[tuple[int, int]]:
    """Cut samples into blocks; what is left is cut where a stack of products would end.

    Parameters
    ----------
    samples : int
    sizes : tuple of int
        Units of the network's input and of each layer.
    itemsize : int
        Bytes of a number.

    Yields
    ------
    start, end : int
        Of a block of one sample at least; each starts where the one before it ends.
    """
    at, most, each = 0, _samples_of_block(sizes, itemsize), _samples_of_product(sizes)
    while at < samples:
        left = samples - at
        if left > most:
            end = at + most
        elif each < 32 or left // products_of(left, sizes) <= each or in_one_product(left, sizes):
            end = samples
        else:
            end = at + left - left % each
        yield at, end
        at = end


def products_of(samples: int, sizes: tuple[int, ...]) -> int:
    """Return in how many products of equal size the samples of a block go."""
    most = _samples_of_product(sizes)
    each = max((n for n in range(32, most + 1) if samples % n == 0), default=samples)
    return samples // each


def in_one_product(samples: int, sizes: tuple[int, ...]) -> bool:
    """Say whether the first layer's product is small for all of the samples together."""
    return samples * sizes[0] * sizes[1] <= SMALL_PRODUCT


def _samples_of_block(sizes: tuple[int, ...], itemsize: int) -> int:
    """Return how many samples at most go through a network of these sizes at a time."""
    most = min(BLOCK_SAMPLES, max(500, BLOCK_BYTES // (sum(sizes) * itemsize)))
    thin = _samples_of_product(sizes)
    return most - most % thin if 32 <= thin <= most else most


def _samples_of_product(sizes: tuple[int, ...]) -> int:
    """Return how many samples at most make a small product with the first layer's weights.

    Whole vectors of them: the kernels are several times slower on an odd rest.
    """
    features, units = sizes[:2]
    most = min(THIN_PRODUCT // units, SMALL_PRODUCT // (features * units)) if units <= WIDE else 0
    return most - most % 16
