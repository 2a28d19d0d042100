"""How many threads the matrix library uses: one where a product is too small to share."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

LARGE_PRODUCT = 20_000_000
"""Multiplications of a product from which a second thread earns more than its waiting costs.

A thread that waits for another one spins. With small products, and with a window drawing
on the other core, most of the time would go into that.
"""


@cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@cache
def _threads_at_start() -> dict[str, int]:
    return {pool["filepath"]: pool["num_threads"] for pool in _controller().info()}


def set_threads(sizes: tuple[int, ...], samples: int) -> int:
    """Set the threads for products of a network of these sizes on so many samples at a time.

    Returns
    -------
    int
        How many threads a product now has.
    """
    largest = samples * max(into * out for into, out in pairwise(sizes))
    before = _threads_at_start()
    most = 1
    for library in _controller().lib_controllers:
        if library.user_api == "blas":
            wanted = before.get(library.filepath, 1) if largest >= LARGE_PRODUCT else 1
            library.set_num_threads(wanted)
            most = max(most, wanted)
    return most
