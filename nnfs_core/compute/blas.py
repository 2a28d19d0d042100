"""How many threads the matrix library uses: one, since the threads are our own.

A thread of the library that waits for another one spins, which takes the processor from
whoever has something to do, and it shares out single products only. A thread of ours takes
samples through the whole network; see :mod:`nnfs_core.passes.full_pass`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def use_one_thread() -> None:
    """Have the matrix library use one thread, in the whole process."""
    for library in _controller().lib_controllers:
        if library.user_api == "blas":
            library.set_num_threads(1)
